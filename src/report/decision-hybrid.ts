import { type Block, type Cell, heading, number, paragraph } from '../document/document.ts';
import { percent } from '../economics/finding.ts';
import type { Decision } from '../procurement/decide-result.ts';

/** Base and burst, or classes (section 2.12). */
export function hybridBlocks({ hybrid }: Decision): Block[] {
  if (hybrid.state === 'refused') return [];
  const blocks: Block[] = [heading('Hybrid')];
  if (hybrid.method === null)
    return [...blocks, paragraph(`No hybrid plan: ${lower(hybrid.explanation ?? '')}`), ...busyBlocks(hybrid)];
  const servers = `${hybrid.serversOwned} ${hybrid.serversOwned === 1 ? 'server' : 'servers'}`;
  const plan =
    hybrid.method === 'base-and-burst'
      ? `${servers} for the base, ${percent(hybrid.selfShare!)} of the requests; the rest, and what a failed server leaves, goes to the API.`
      : `${servers} for ${percent(hybrid.selfShare!)} of the requests, by class; the other classes go to the API.`;
  return [...blocks, paragraph(plan), ...busyBlocks(hybrid), ...peakBlocks(hybrid), ...classBlocks(hybrid)];
}

const lower = (sentence: string) => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;

function busyBlocks(hybrid: Decision['hybrid']): Block[] {
  const { criticalBusyShare: critical, busyShares, serversOwned } = hybrid;
  if (critical === null) return [];
  if (busyShares.length === 0)
    return [paragraph(`A server is worth owning when it is busy more than ${percent(critical)} of its time.`)];
  return [
    {
      kind: 'chart',
      shape: 'bars',
      title: `How busy each server would be; worth owning above ${percent(critical)}`,
      categories: {
        label: 'server',
        names: busyShares.map((_, index) => `${index + 1}${index < (serversOwned ?? 0) ? ' owned' : ''}`),
      },
      series: [{ name: 'busy share', unit: 'share', values: busyShares }],
    },
  ];
}

/** A next server that would be busy enough but is not in the plan: with it there would be nothing left to burst. */
function peakBlocks({ method, busyShares, criticalBusyShare: critical, serversOwned }: Decision['hybrid']): Block[] {
  const next = busyShares[serversOwned ?? 0];
  if (method !== 'base-and-burst' || next === undefined || critical === null || next <= critical) return [];
  return [
    paragraph(
      `Server ${(serversOwned ?? 0) + 1} would be busy enough too, but with it the servers carry the whole peak or pass a limit of the study: owning everything is the purchase above, which has its own tests.`,
    ),
  ];
}

function classBlocks({ classes }: Decision['hybrid']): Block[] {
  if (classes.length === 0) return [];
  return [
    {
      kind: 'table',
      title: 'Where each class runs',
      columns: [{ label: 'class' }, { label: 'sensitive' }, { label: 'on own servers', unit: 'share' }],
      rows: classes.map(({ name, sensitive, selfShare }): Cell[] => [
        name,
        sensitive ? 'yes' : 'no',
        number(selfShare, 'share'),
      ]),
      scale: 'column',
      footnotes: [],
    },
  ];
}
