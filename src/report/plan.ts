import { type Column, type Document, type Facts, heading, note, number } from '../document/document.ts';
import { formatNumber } from '../document/number.ts';
import type { Load } from '../record/run.ts';
import { loadHead, loadLabel } from './load.ts';

interface OutlineWords {
  readonly requests: number | null;
  readonly requestsAtLeast: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly seconds: number | null;
  readonly secondsAtMost: number;
}

/** What `check` says of a plan, as data; the plan itself is not known here. */
export interface PlanFindings {
  readonly suite: string;
  readonly planSha256: string;
  readonly url: string | null;
  readonly protocol: string;
  readonly model: string | null;
  readonly workload: string;
  readonly lengths: { readonly meanInputTokens: number | null; readonly meanOutputTokens: number | null };
  readonly objectives: readonly string[];
  readonly steps: readonly (OutlineWords & { readonly load: Load; readonly repeat: number })[];
  readonly total: OutlineWords;
  readonly price?: PriceWords | null;
}

interface PriceWords {
  readonly price: string | null;
  readonly usdPerRequest: number | null;
  readonly usd: number | null;
  readonly usdAtMost: number | null;
  readonly budgetUsd: number | null;
  readonly maxTokens: number | null;
}

const unknown = { reason: 'depends on how fast the server is' };

function priceItems(price: PriceWords | null, model: string | null): Facts['items'] {
  if (price === null) return [];
  const { usd, usdAtMost, usdPerRequest, budgetUsd, maxTokens } = price;
  const dollars = (value: number) => `${formatNumber(value)} USD`;
  const expected =
    usd !== null
      ? `${dollars(usd)} with nothing cached, warm-up on top`
      : usdPerRequest === null
        ? null
        : `${dollars(usdPerRequest)} a request; how many depends on how fast the server is${usdAtMost === null ? '' : `, at most ${dollars(usdAtMost)}`}`;
  const bounds = [
    budgetUsd === null ? null : dollars(budgetUsd),
    maxTokens === null ? null : `${formatNumber(maxTokens, true)} tokens`,
  ].filter((bound) => bound !== null);
  const why =
    price.price === null && model !== null
      ? `not known: no price of ${model} is listed; give it with --price input=0.15,output=0.6`
      : 'not known until the server names its model and lengths';
  return [
    { key: 'expected price', value: expected ?? why },
    ...(price.price === null ? [] : [{ key: 'price', value: price.price }]),
    ...(bounds.length === 0 ? [] : [{ key: 'stops before', value: bounds.join(' or ') }]),
  ];
}

/** The document of `tokbench check`. */
export function planDocument(found: PlanFindings): Document {
  const column = (label: string, unit: NonNullable<Column['unit']>): Column => ({ label, unit });
  const cells = (outline: OutlineWords) => [
    outline.requests === null && outline.requestsAtLeast !== null
      ? `at least ${outline.requestsAtLeast}`
      : number(outline.requests, 'requests', unknown),
    number(outline.inputTokens, 'tokens', unknown),
    number(outline.outputTokens, 'tokens', unknown),
    number(outline.seconds, 's', unknown),
    number(outline.secondsAtMost, 's'),
  ];
  const { meanInputTokens, meanOutputTokens } = found.lengths;
  return {
    title: `tokbench check · ${found.suite}`,
    subtitle: `plan ${found.planSha256.slice(0, 12)}`,
    banners: [],
    verdict: { tone: 'ok', label: 'OK', text: 'nothing is wrong with it; nothing was sent', notes: [] },
    blocks: [
      {
        kind: 'facts',
        items: [
          { key: 'target', value: found.url ?? 'the first server found on the usual local ports' },
          { key: 'model', value: `${found.model ?? 'the only one that the server lists'} · ${found.protocol}` },
          { key: 'workload', value: found.workload },
          { key: 'mean input', value: number(meanInputTokens, 'tokens', { reason: 'known when its data is read' }) },
          {
            key: 'mean output',
            value: number(meanOutputTokens, 'tokens', { reason: 'left to the data or the server' }),
          },
          ...priceItems(found.price ?? null, found.model),
          ...found.objectives.map((text, index) => ({ key: index === 0 ? 'objectives' : '', value: text })),
        ],
      },
      heading('What it would send', 2),
      {
        kind: 'table',
        title: null,
        columns: [
          { label: loadHead(found.steps) },
          { label: 'requests' },
          column('input', 'tokens'),
          column('output', 'tokens'),
          column('time', 's'),
          column('time at most', 's'),
        ],
        rows: [
          ...found.steps.map((step) => [loadLabel(step, found.steps), ...cells(step)]),
          ...(found.steps.length > 1 ? [['total', ...cells(found.total)]] : []),
        ],
        scale: 'column',
        footnotes: [],
      },
      note('info', 'Warm-up and drain come on top.'),
    ],
    rows: null,
  };
}
