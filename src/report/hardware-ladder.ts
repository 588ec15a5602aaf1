import { type Cell, type Column, type Facts, number, type Table } from '../document/document.ts';
import { formatQuantity, type Unit } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import { acceleratorWords, hardwareFacts, utilizationWords } from './hardware.ts';
import { loadHead, loadLabel } from './load.ts';

type Of = (step: StepSummary) => number | null;

const most = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};
const perDevice = ({ hardware, energy }: StepSummary) =>
  hardware === null || hardware.devices.length === 0 || energy?.powerMeanW == null
    ? most(hardware?.devices.map(({ powerMeanW }) => powerMeanW) ?? [])
    : energy.powerMeanW / hardware.devices.length;

const measures: readonly (readonly [label: string, group: string | null, unit: Unit, of: Of])[] = [
  ['mean', 'busy', 'share', (s) => s.hardware?.utilizationMean ?? null],
  ['p95', 'busy', 'share', (s) => s.hardware?.utilizationP95 ?? null],
  ['memory interface', null, 'share', (s) => most(s.hardware?.devices.map((d) => d.dramActiveMean) ?? [])],
  ['matrix units', null, 'share', (s) => most(s.hardware?.devices.map((d) => d.tensorActiveMean) ?? [])],
  ['power each', null, 'W', perDevice],
  ['held down', null, 'share', (s) => most(s.hardware?.devices.map((d) => d.throttledShare) ?? [])],
  ['J/tok', 'energy', 'none', (s) => s.energy?.joulesPerOutputToken ?? null],
  ['above rest', 'energy', 'none', (s) => s.energy?.joulesAboveIdlePerOutputToken ?? null],
  ['tok/s/W', 'energy', 'none', (s) => s.energy?.outputTokensPerJ ?? null],
  ['waiting', 'in the server', 'none', (s) => s.server.load?.waitingMean ?? null],
  ['KV cache', 'in the server', 'share', (s) => s.server.load?.kvUsageMax ?? null],
];

/** Accelerators beside the load, one row a step; null where none was watched. */
export function hardwareLadder(steps: readonly StepSummary[]): Table | null {
  if (!steps.some(({ hardware }) => (hardware?.devices.length ?? 0) > 0)) return null;
  const known = measures.filter(([, , , of]) => steps.some((step) => of(step) !== null));
  const kinds = new Set(steps.flatMap(({ hardware }) => hardware?.utilizationKind ?? []));
  const energies = new Set(steps.map(({ energy }) => energy?.basis ?? null).filter((basis) => basis !== null));
  const column = ([label, group, unit]: (typeof measures)[number]): Column =>
    group === null ? { label, unit } : { label, group, unit };
  return {
    kind: 'table',
    title: 'Accelerators',
    scale: 'column',
    columns: [{ label: loadHead(steps), unit: 'none' }, ...known.map(column)],
    rows: steps.map((step) => [
      loadLabel(step, steps),
      ...known.map(
        ([label, group, unit, of]): Cell => number(of(step), unit, { reason: reasonOf(step, group, label) }),
      ),
    ]),
    footnotes: [
      ...[...kinds].map((kind) => `busy: ${utilizationWords[kind]}`),
      ...[...energies].map((basis) => `energy: ${basis}`),
      ...known.flatMap(([label]) => (label === 'above rest' ? [aboveRest(steps)] : [])),
    ],
  };
}

function aboveRest(steps: readonly StepSummary[]): string {
  const idleW = steps.map(({ energy }) => energy?.idlePowerW ?? null).find((watts) => watts !== null);
  const power = idleW === undefined ? '' : `, ${formatQuantity(idleW, 'W')} in all`;
  return `above rest: J/tok without what the accelerators drew before the load${power}`;
}

function reasonOf({ energy }: StepSummary, group: string | null, label: string): string | null {
  if (group === 'energy')
    return energy?.valid === false ? `energy: ${energy.reasons.join(', ').replaceAll('_', ' ')}` : null;
  return label === 'p95' ? 'too few readings for a percentile' : null;
}

const perPrice = 'per 1,000 USD';
const yields: readonly (readonly [label: string, group: string, unit: Unit, of: Of])[] = [
  ['an accelerator', 'output', 'tokens/s', (s) => s.efficiency?.outputTokensPerSPerAccelerator ?? null],
  ['a kW', 'output', 'tokens/s', (s) => s.efficiency?.outputTokensPerSPerKw ?? null],
  [perPrice, 'output', 'tokens/s', (s) => s.efficiency?.outputTokensPerSPerKusd ?? null],
  ['bandwidth', 'of the peak, about', 'share', (s) => s.efficiency?.modelBandwidthUtilization?.value ?? null],
  ['FLOPs', 'of the peak, about', 'share', (s) => s.efficiency?.modelFlopsUtilization?.value ?? null],
];

/** What each load gives for an accelerator, a kilowatt and a dollar, with the formulas of what is estimated. */
export function efficiencyLadder(steps: readonly StepSummary[]): Table | null {
  const known = yields.filter(([, , , of]) => steps.some((step) => of(step) !== null));
  if (known.length === 0) return null;
  const estimates = steps.flatMap(({ efficiency }) => [
    ['bandwidth', efficiency?.modelBandwidthUtilization ?? null] as const,
    ['FLOPs', efficiency?.modelFlopsUtilization ?? null] as const,
  ]);
  const formulas = estimates.flatMap(([name, estimate]) =>
    estimate === null ? [] : [`${name}: ${estimate.value === null ? estimate.reason : estimate.formula}`],
  );
  return {
    kind: 'table',
    title: 'Efficiency',
    scale: 'column',
    columns: [
      { label: loadHead(steps), unit: 'none' },
      ...known.map(([label, group, unit]): Column => ({ label, group, unit })),
    ],
    rows: steps.map((step) => [loadLabel(step, steps), ...known.map(([, , unit, of]): Cell => number(of(step), unit))]),
    footnotes: [
      ...known.flatMap(([label]) =>
        label === perPrice ? [`${perPrice}: of the purchase price of complete servers`] : [],
      ),
      ...new Set(formulas),
    ],
  };
}

/** What the table does not say: which accelerators, the machine, and what held each load back. */
export function hardwareNotes(steps: readonly StepSummary[]): Facts['items'] {
  const machines = [...new Set(steps.flatMap(({ hardware }) => (hardware === null ? [] : [devicesOf(hardware)])))];
  const lines = [
    ['accelerators', machines.filter((words) => words !== null).join('; ') || null],
    ['host', hostLine(steps)],
    ['bottleneck', byLoad(steps, ({ bottleneck }) => bottleneck?.sentence ?? null)],
    ['telemetry', byLoad(steps, (step) => factOf(step, 'telemetry'))],
  ] as const;
  return lines.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
}

const devicesOf = (hardware: NonNullable<StepSummary['hardware']>): string | null =>
  acceleratorWords(hardware)?.split(' · ')[0] ?? null;

const factOf = (step: StepSummary, wanted: string): string | null =>
  hardwareFacts(step).find(([key]) => key === wanted)?.[1] ?? null;

/** `processors 12 to 97 % busy`, over all steps. */
function hostLine(steps: readonly StepSummary[]): string | null {
  const hosts = steps.flatMap(({ hardware }) => hardware?.host ?? []);
  const busy = hosts.flatMap(({ cpuUtilizationMean }) => cpuUtilizationMean ?? []);
  if (busy.length === 0) return null;
  const [low, high] = [Math.min(...busy), Math.max(...busy)].map((value) => formatQuantity(value, 'share'));
  const memory = most(hosts.map(({ memoryUsedBytesMax }) => memoryUsedBytesMax));
  const range = low === high ? low : `${low!.replace(/ %$/, '')} to ${high}`;
  return `processors ${range} busy${memory === null ? '' : ` · memory up to ${formatQuantity(memory, 'bytes')}`}`;
}

/** One sentence where all loads have the same, else each with its loads in front. */
function byLoad(steps: readonly StepSummary[], of: (step: StepSummary) => string | null): string | null {
  const groups = new Map<string, string[]>();
  for (const step of steps) {
    const words = of(step);
    if (words !== null) groups.set(words, [...(groups.get(words) ?? []), loadLabel(step, steps)]);
  }
  if (groups.size === 0) return null;
  const [[only, loads]] = [...groups] as [[string, string[]]];
  if (groups.size === 1 && loads.length === steps.length) return only;
  return Array.from(groups, ([words, labels]) => `${loadHead(steps)} ${labels.join(', ')}: ${words}`).join(' ');
}
