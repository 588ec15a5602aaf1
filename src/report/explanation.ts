import { type Block, type Cell, type Document, heading, type Table } from '../document/document.ts';
import type { Entry } from '../procurement/entry.ts';
import { type Explanation, fig } from '../procurement/explanation.ts';
import { statedWords } from './decision-words.ts';
import { simulatedBanner } from './lint.ts';

/** A figure of one offer, down to its assumptions. */
export interface Explained {
  readonly offer: string;
  readonly steps: readonly Explanation[];
}

/** `--explain`: formula, numbers and sources of one figure, for each offer. */
export function explanationDocument(
  report: { readonly date: string; readonly simulated: boolean },
  explanations: readonly Explained[],
  command = 'cost',
): Document {
  const blocks = explanations.flatMap(({ offer, steps }): Block[] => [
    heading(offer, 2),
    ...steps.flatMap((step): Block[] => [
      {
        kind: 'facts',
        items: [
          {
            key: step.id,
            value: step.value === null ? 'unknown' : `${fig(step.value)} ${step.unit}`,
          },
          { key: 'formula', value: step.formula },
          { key: 'numbers', value: step.numbers },
        ],
      },
      ...(step.inputs.length === 0 ? [] : [inputTable(step)]),
    ]),
  ]);
  return {
    title: `tokbench ${command} · explained`,
    subtitle: `prices of ${report.date}`,
    banners: simulatedBanner(report.simulated),
    verdict: null,
    blocks,
    rows: null,
  };
}

function inputTable({ inputs }: Explanation): Table {
  return {
    kind: 'table',
    title: null,
    columns: [{ label: 'assumption' }, { label: 'value' }, { label: 'source' }],
    rows: inputs.map((entry): Cell[] => [
      entry.id,
      `${entry.symbol} = ${typeof entry.value === 'number' ? statedWords(entry.value, entry.unit) : String(entry.value)}`,
      sourceWords(entry),
    ]),
    scale: 'row',
    footnotes: [],
  };
}

/** Who says so, when, and where it is written. */
function sourceWords({ sourceText, date, origin, source }: Entry): string {
  const said = [sourceText, date].filter((part) => part !== null).join(', ');
  const place = source === 'default' ? 'default' : origin.replace(/^tokbench\/profiles\//, '');
  return said === '' ? place : `${said} (${place})`;
}
