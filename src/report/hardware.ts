import { type Cell, type Column, number, type Series, type Table } from '../document/document.ts';
import { formatNumber, formatQuantity, type Unit } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import type {
  DeviceSummary,
  Estimate,
  HardwareSummary,
  HostSummary,
  UtilizationKind,
} from '../measurement/telemetry-summary.ts';
import { energyWords } from './energy.ts';

/** What each quantity is, in words: none of them is how much of a device worked. */
export const utilizationWords: Readonly<Record<UtilizationKind, string>> = {
  kernel: 'time with a kernel resident',
  gr: 'time with the compute engine active',
  sm: 'multiprocessors busy',
  neuroncore: 'NeuronCores busy',
  mem_busy: 'time with memory busy',
  dram: 'memory interface active',
  tensor: 'matrix units active',
};

const list = (parts: readonly (string | null)[]): string | null =>
  parts.filter((part) => part !== null).join(' · ') || null;
const share = (value: number | null): string | null => (value === null ? null : formatQuantity(value, 'share'));

/** Lines about machines in the method of a step; only those of which something is known. */
export function hardwareFacts(step: StepSummary): (readonly [key: string, value: string | null])[] {
  const { hardware } = step;
  if (hardware === null) return [['efficiency', efficiencyWords(step)]];
  return [
    ['accelerators', acceleratorWords(hardware)],
    ['energy', energyWords(step.energy, hardware.devices.length)],
    ['efficiency', efficiencyWords(step)],
    ['server said', serverWords(step)],
    ...(hardware.host === null ? [] : [['host', hostWords(hardware.host)] as const]),
    ...hardware.hosts.map((host) => [host.name, hostWords(host)] as const),
    ['bottleneck', step.bottleneck?.sentence ?? null],
    ['telemetry', sourceWords(hardware)],
  ];
}

function most(devices: readonly DeviceSummary[], of: (device: DeviceSummary) => number | null): number | null {
  const values = devices.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

/** `8 × NVIDIA H100 80GB HBM3 · 97 % busy, p95 100 % (time with a kernel resident) · 512 W each` */
export function acceleratorWords(hardware: HardwareSummary): string | null {
  const { devices, utilizationMean, utilizationP95, utilizationKind } = hardware;
  if (devices.length === 0) return null;
  const names = [...new Set(devices.map(({ name }) => name ?? 'accelerator'))].join(', ');
  const powers = devices.map(({ powerMeanW }) => powerMeanW).filter((watts) => watts !== null);
  const meanW = powers.length === 0 ? null : powers.reduce((a, b) => a + b, 0) / powers.length;
  const usedB = most(devices, ({ memoryUsedBytesMax }) => memoryUsedBytesMax);
  const totalB = most(devices, ({ memoryTotalBytes }) => memoryTotalBytes);
  const held = most(devices, ({ throttledShare }) => throttledShare);
  const activity = (of: (device: DeviceSummary) => number | null, what: string) => {
    const value = most(devices, of);
    return value === null ? null : `${what} ${share(value)}`;
  };
  const p95 = utilizationP95 === null ? '' : `, p95 ${share(utilizationP95)}`;
  return list([
    `${devices.length} × ${names}`,
    utilizationMean === null || utilizationKind === null
      ? null
      : `${share(utilizationMean)} busy${p95} (${utilizationWords[utilizationKind]})`,
    activity(({ dramActiveMean }) => dramActiveMean, 'memory interface'),
    activity(({ tensorActiveMean }) => tensorActiveMean, 'matrix units'),
    meanW === null ? null : `${formatQuantity(meanW, 'W')}${devices.length > 1 ? ' each' : ''}`,
    usedB === null
      ? null
      : `${formatQuantity(usedB, 'bytes')}${totalB === null ? '' : ` of ${formatQuantity(totalB, 'bytes')}`}`,
    share(held) === null || held! < 0.005 ? null : `clocks held down ${share(held)} of the time`,
  ]);
}

function serverWords({ server: { load } }: StepSummary): string | null {
  if (load === null) return null;
  const { runningMean, waitingMean, kvUsageMax, preemptions, prefixHitRate, speculationAcceptance, ttftMeanMs } = load;
  return list([
    runningMean === null ? null : `${formatNumber(runningMean)} running`,
    waitingMean === null ? null : `${formatNumber(waitingMean)} waiting on average`,
    kvUsageMax === null ? null : `KV cache up to ${share(kvUsageMax)}`,
    preemptions === null || preemptions === 0 ? null : `${formatNumber(preemptions, true)} preempted`,
    prefixHitRate === null || prefixHitRate === 0 ? null : `${share(prefixHitRate)} prefix hits`,
    speculationAcceptance === null ? null : `${share(speculationAcceptance)} of drafts accepted`,
    ttftMeanMs === null ? null : `TTFT ${formatQuantity(ttftMeanMs, 'ms')} there`,
  ]);
}

export function hostWords(host: HostSummary): string | null {
  const { cpuUtilizationMean: cpu, memoryUsedBytesMax: usedB, stealMean, throttledS } = host;
  return list([
    cpu === null ? null : `processors ${share(cpu)} busy`,
    usedB === null ? null : `memory up to ${formatQuantity(usedB, 'bytes')}`,
    stealMean === null || stealMean < 0.01 ? null : `${share(stealMean)} stolen by other machines`,
    throttledS === null || throttledS < 0.1 ? null : `kept from its processors for ${formatNumber(throttledS)} s`,
  ]);
}

/** Sources that did not do what they were asked for; null while all did. */
function sourceWords({ sources }: HardwareSummary): string | null {
  const wrong = sources.filter(({ ok, lost }) => !ok || lost > 0);
  return list(
    wrong.map(({ name, ok, reason, samples, lost }) =>
      ok ? `${name} lost ${lost} of ${samples + lost} readings` : `${name}: ${reason ?? 'no reading'}`,
    ),
  );
}

function efficiencyWords({ efficiency }: StepSummary): string | null {
  if (efficiency === null) return null;
  const { outputTokensPerSPerAccelerator, outputTokensPerSPerKw, outputTokensPerSPerKusd } = efficiency;
  const rate = (value: number | null, per: string) => (value === null ? null : `${formatNumber(value)} tok/s ${per}`);
  return list([
    rate(outputTokensPerSPerAccelerator, 'an accelerator'),
    rate(outputTokensPerSPerKw, 'a kW'),
    rate(outputTokensPerSPerKusd, 'per 1,000 USD of hardware'),
    estimateWords('model bandwidth', efficiency.modelBandwidthUtilization),
    estimateWords('model FLOPs', efficiency.modelFlopsUtilization),
  ]);
}

function estimateWords(name: string, estimate: Estimate | null): string | null {
  if (estimate === null) return null;
  const { value, formula, reason } = estimate;
  if (value === null) return reason === null ? null : `${name} not estimated: ${reason}`;
  return `${name} about ${share(value)} of the peak = ${formula}`;
}

/** One row a device where they differ; null where one line says it all. */
export function deviceTable({ hardware, energy }: StepSummary): Table | null {
  const devices = hardware?.devices ?? [];
  if (devices.length < 2 || !(differ(devices) || energy?.valid === false)) return null;
  const columns: (readonly [Column, (device: DeviceSummary) => Cell])[] = [
    [{ label: '' }, ({ host, index, id }) => (index === null ? id : `${host} ${index}`)],
    measure('busy', 'share', ({ utilizationMean }) => utilizationMean, 'mean'),
    measure('busy', 'share', ({ utilizationP95 }) => utilizationP95, 'p95'),
    measure('memory interface', 'share', ({ dramActiveMean }) => dramActiveMean),
    measure('matrix units', 'share', ({ tensorActiveMean }) => tensorActiveMean),
    measure('power', 'W', ({ powerMeanW }) => powerMeanW),
    measure('energy', 'J', ({ energyJ }) => energyJ),
    measure('memory', 'bytes', ({ memoryUsedBytesMax }) => memoryUsedBytesMax),
    measure('at most', 'celsius', ({ temperatureMaxC }) => temperatureMaxC),
    measure('held down', 'share', ({ throttledShare }) => throttledShare),
    [{ label: '' }, ({ issues }) => issues.map((code) => code.replaceAll('_', ' ')).join(', ')],
  ];
  const shown = columns.filter(([, cell]) => devices.some((device) => !isEmpty(cell(device))));
  return {
    kind: 'table',
    title: 'Accelerators',
    scale: 'column',
    columns: shown.map(([column]) => column),
    rows: devices.map((device) => shown.map(([, cell]) => cell(device))),
    footnotes: [],
  };
}

function measure(name: string, unit: Unit, of: (device: DeviceSummary) => number | null, label?: string) {
  const column: Column = label === undefined ? { label: name, unit } : { group: name, label, unit };
  return [column, (device: DeviceSummary): Cell => number(of(device), unit)] as const;
}

const isEmpty = (cell: Cell): boolean =>
  cell === null || cell === '' || (typeof cell === 'object' && 'value' in cell && cell.value === null);

/** More than five points of utilization or a tenth of power between devices, or something wrong with one. */
function differ(devices: readonly DeviceSummary[]): boolean {
  const spread = (of: (device: DeviceSummary) => number | null) => {
    const values = devices.map(of).filter((value) => value !== null);
    return values.length < 2 ? [0, 0] : [Math.min(...values), Math.max(...values)];
  };
  const [idle, busy] = spread(({ utilizationMean }) => utilizationMean);
  const [low, high] = spread(({ powerMeanW }) => powerMeanW);
  return (
    busy! - idle! > 0.05 ||
    high! > 1.1 * low! ||
    devices.some(({ issues }) => issues.some((code) => code !== 'low_resolution'))
  );
}

/** What accelerators and queue did, on the axis of throughput and TTFT; nothing where no accelerator was watched. */
export function hardwareSeries({ hardware }: StepSummary): Series[] {
  if (hardware === null || hardware.devices.length === 0) return [];
  const { utilization, powerW, serverWaiting, kvUsage } = hardware.series;
  const known = (values: readonly (number | null)[], least = 0) =>
    values.filter((v) => v !== null && v >= least).length > 1;
  const all: readonly (readonly [boolean, Series])[] = [
    [known(utilization), { name: 'accelerators busy', unit: 'share', values: utilization }],
    [known(powerW), { name: 'accelerators’ power', unit: 'W', values: powerW }],
    [known(serverWaiting, 0.5), { name: 'waiting in the server', unit: 'none', values: serverWaiting }],
    [known(kvUsage, 0.5), { name: 'KV cache in use', unit: 'share', values: kvUsage }],
  ];
  return all.flatMap(([drawn, series]) => (drawn ? [series] : []));
}
