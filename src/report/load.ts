import type { StepSummary } from '../measurement/summary.ts';
import type { Load } from '../record/run.ts';

type Place = Pick<StepSummary, 'load' | 'repeat'>;

/** Due times come from a schedule, not from the replies: latency counts from `due`. */
export const isOpenLoop = (load: Load): boolean => load.kind !== 'concurrency';

/** A load as a phrase, e.g. `16 in flight`, `50 req/s (poisson)`. */
export function loadPhrase(load: Load): string {
  switch (load.kind) {
    case 'concurrency':
      return `${plain(load.value)} in flight`;
    case 'rate':
      return `${rateWords(load)} req/s (${load.arrivals})`;
    case 'trace':
      return `trace ${load.file}${load.value === 1 ? '' : ` at ${plain(load.value)}× speed`}`;
  }
}

/** The head of a column of `loadLabel`s. */
export function loadHead(steps: readonly Place[]): string {
  const kinds = new Set(steps.map((step) => step.load.kind));
  if (kinds.size > 1) return 'load';
  return { concurrency: 'in flight', rate: 'req/s', trace: 'trace' }[[...kinds][0] ?? 'concurrency'];
}

/** The shortest name that tells the steps of a run apart: the value, with its kind or repeat only where needed. */
export function loadLabel(step: Place, steps: readonly Place[]): string {
  const mixed = new Set(steps.map((s) => s.load.kind)).size > 1;
  const arrivals = new Set(steps.flatMap((s) => (s.load.kind === 'rate' ? [s.load.arrivals] : [])));
  const { load } = step;
  let name = mixed
    ? loadPhrase(load)
    : load.kind === 'trace'
      ? `${load.file} ×${plain(load.value)}`
      : load.kind === 'rate'
        ? rateWords(load)
        : plain(load.value);
  if (!mixed && load.kind === 'rate' && arrivals.size > 1) name += ` ${load.arrivals}`;
  return steps.some((s) => s.repeat > 0) ? `${name} #${step.repeat + 1}` : name;
}

const rateWords = ({ value, shape }: Extract<Load, { kind: 'rate' }>): string => shape ?? plain(value);

const plain = (value: number): string => String(Number(value.toPrecision(12)));
