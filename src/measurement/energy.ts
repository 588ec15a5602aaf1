import type { Device } from './device.ts';
import { crossTolerance, energyOfDevice, type MeasuredEnergy } from './device-energy.ts';
import { round, roundOrNull } from './number.ts';
import type { Identity, StepSummary } from './summary.ts';
import type { EnergySummary } from './telemetry-summary.ts';
import { inside, meanOf, type SecondSpan, valuesOf } from './watched.ts';

/** Power at rest counts only when it was watched for so long (E-7). */
const leastIdleS = 30;
/** Tokens that others caused, as a share of ours, beyond which joules per token would be theirs too. */
const mostForeign = 0.01;

export interface EnergyInput {
  readonly devices: readonly Device[];
  readonly window: SecondSpan;
  /** When the devices were at rest before the load; null where that was not watched. */
  readonly idle: SecondSpan | null;
  /** Accelerators that the user says the server has; null where nobody says. */
  readonly devicesExpected: number | null;
  /** Accelerators that the batch system gave to this job, where it did. */
  readonly devicesAllotted: number | null;
  readonly step: Pick<StepSummary, 'throughput' | 'latency' | 'server'>;
}

/** Energy of all accelerators over the window, with every reason against it (section 9.5). */
export function energyOf(input: EnergyInput): EnergySummary {
  const { devices, window, step, devicesExpected } = input;
  const spanS = window.endS - window.startS;
  const measured = devices.map((device) => energyOfDevice(device, window));
  const known = measured.flatMap(({ summary }) => (summary.energyJ === null ? [] : [summary.energyJ]));
  const energyJ = known.length === 0 || known.length < measured.length ? null : sum(known);
  const crossCheck = crossCheckOf(measured);
  const reasons = reasonsOf(input, measured);
  const valid = reasons.length === 0 && energyJ !== null;
  const powerMeanW = energyJ === null || !(spanS > 0) ? null : energyJ / spanS;
  const idlePowerW = idlePowerOf(devices, input.idle);
  const aboveIdleJ = energyJ === null || idlePowerW === null ? null : energyJ - idlePowerW * spanS;
  return {
    valid,
    energyJ: roundOrNull(energyJ),
    powerMeanW: roundOrNull(powerMeanW),
    ...perUnit(valid ? powerMeanW : null, valid ? aboveIdleJ : null, spanS, step),
    energyAboveIdleJ: roundOrNull(aboveIdleJ),
    idlePowerW: roundOrNull(idlePowerW),
    ...provenance(devices, measured),
    edgeUncertaintyJ:
      energyJ === null ? null : round(sum(measured.map(({ summary }) => summary.edgeUncertaintyJ ?? 0))),
    devicesExpected,
    devicesObserved: devices.length,
    perDevice: measured.map(({ summary }) => summary),
    crossCheck,
    reasons,
    warnings: warningsOf(devices, crossCheck),
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function reasonsOf(input: EnergyInput, measured: readonly MeasuredEnergy[]): string[] {
  const { devices, devicesExpected, devicesAllotted, step } = input;
  const codes = new Set(measured.flatMap(({ summary }) => summary.issues));
  if (devices.length === 0) codes.add('unavailable');
  if (devicesExpected !== null && devices.length > 0 && devices.length !== devicesExpected)
    codes.add('expected_device_count_mismatch');
  // More than the job was given: the rest works for others.
  if (devicesAllotted !== null && devices.length > devicesAllotted) codes.add('not_exclusive');
  if (foreign(step.server.identity)) codes.add('not_exclusive');
  const scopes = new Set(devices.flatMap(({ readings }) => readings.flatMap(({ power_scope }) => power_scope ?? [])));
  if (scopes.size > 1) codes.add('invalid_power_sample');
  return [...codes].sort();
}

/** Others made the accelerators work: joules per token would be the price of their tokens too. */
function foreign(identity: Identity | null): boolean {
  if (identity === null || !['not_exclusive', 'unexplained'].includes(identity.verdict)) return false;
  return [identity.output, identity.input].some(
    ({ residual, client }) => residual !== null && residual > mostForeign * Math.max(1, client ?? 0),
  );
}

function crossCheckOf(measured: readonly MeasuredEnergy[]): EnergySummary['crossCheck'] {
  const both = measured.filter(({ counter, power }) => counter !== null && power !== null);
  if (both.length === 0) return null;
  const integratedJ = sum(both.map(({ power }) => power!.energyJ));
  const countedJ = sum(both.map(({ counter }) => counter!.energyJ));
  if (!(countedJ > 0)) return null;
  const relativeError = integratedJ / countedJ - 1;
  return {
    integratedJ: round(integratedJ),
    relativeError: round(relativeError),
    tolerance: crossTolerance,
    within: Math.abs(relativeError) <= crossTolerance,
  };
}

function warningsOf(devices: readonly Device[], crossCheck: EnergySummary['crossCheck']): string[] {
  const unnamed = devices.some(({ readings }) => readings.some(({ quality }) => quality.includes('identity_missing')));
  return [
    ...(crossCheck !== null && !crossCheck.within ? ['accumulator_mismatch'] : []),
    ...(unnamed ? ['identity_missing'] : []),
  ];
}

/** Mean power at rest, summed over the devices; null unless each was watched long enough. */
function idlePowerOf(devices: readonly Device[], idle: SecondSpan | null): number | null {
  if (idle === null || idle.endS - idle.startS < leastIdleS || devices.length === 0) return null;
  const means = devices.map(({ readings }) => {
    const resting = readings.filter((reading) => inside(idle, reading));
    const [first, last] = [resting[0], resting.at(-1)];
    if (first === undefined || last!.t_mono_s - first.t_mono_s < leastIdleS - 5) return null;
    return (
      meanOf(valuesOf(resting, ({ power_w }) => power_w)) ?? counterMean(first.energy_j, last!.energy_j, first, last!)
    );
  });
  return means.some((mean) => mean === null) ? null : sum(means as number[]);
}

function counterMean(
  a: number | undefined,
  b: number | undefined,
  first: { readonly t_mono_s: number },
  last: { readonly t_mono_s: number },
): number | null {
  if (a === undefined || b === undefined || b < a) return null;
  return (b - a) / (last.t_mono_s - first.t_mono_s);
}

/** Joules by what they bought: rates of the same window, so that both sides count the same time (section 9.6). */
function perUnit(
  powerW: number | null,
  aboveIdleJ: number | null,
  spanS: number,
  { throughput, latency }: EnergyInput['step'],
) {
  const per = (power: number | null, rate: number | null) =>
    power === null || rate === null || !(rate > 0) ? null : round(power / rate);
  const { outputTokensPerS, totalTokensPerS, requestsPerS } = throughput;
  const joulesPerOutputToken = per(powerW, outputTokensPerS);
  const joulesPerRequest = per(powerW, requestsPerS);
  const meanE2eMs = latency.e2eMs.mean;
  return {
    joulesPerOutputToken,
    joulesPerTotalToken: per(powerW, totalTokensPerS),
    joulesPerRequest,
    outputTokensPerJ:
      powerW === null || outputTokensPerS === null || !(powerW > 0) ? null : round(outputTokensPerS / powerW),
    energyDelayProductJs:
      joulesPerRequest === null || meanE2eMs === null ? null : round(joulesPerRequest * (meanE2eMs / 1000)),
    joulesAboveIdlePerOutputToken: aboveIdleJ === null ? null : per(aboveIdleJ / spanS, outputTokensPerS),
  };
}

const scopeWords: Readonly<Record<string, string>> = {
  gpu_board: 'of the accelerator boards',
  module: 'of the accelerator modules',
  wall: 'at the wall',
};

function provenance(
  devices: readonly Device[],
  measured: readonly MeasuredEnergy[],
): Pick<EnergySummary, 'scope' | 'method' | 'basis'> {
  const scopes = [...new Set(devices.flatMap(({ readings }) => readings.flatMap((each) => each.power_scope ?? [])))];
  const methods = [...new Set(measured.flatMap(({ summary }) => (summary.energyJ === null ? [] : [summary.method!])))];
  const scope = scopes.length === 1 ? scopes[0]! : scopes.length === 0 ? null : 'mixed';
  if (methods.length === 0) return { scope, method: null, basis: null };
  const method = methods.length === 1 ? methods[0]! : 'mixed';
  const how = { counter: 'energy counters', power: 'integrated power', mixed: 'energy counters and integrated power' }[
    method
  ];
  const sources = [...new Set(devices.map(({ source }) => source))].join(', ');
  const many = devices.length === 1 ? '1 device' : `${devices.length} devices`;
  const rest = scope === 'wall' ? '' : '; host, network, cooling and facility are not in it';
  return {
    scope,
    method,
    basis: `${how} ${scopeWords[scope ?? ''] ?? 'of the devices'}, ${many}, by ${sources}${rest}`,
  };
}
