import type { TelemetryRecord } from '../record/telemetry.ts';
import type { Doubt, StepSummary } from './summary.ts';
import type { EnergySummary, HardwareSummary } from './telemetry-summary.ts';

export interface TelemetryDoubtInput {
  readonly step: Pick<StepSummary, 'server' | 'doubts'>;
  readonly hardware: HardwareSummary;
  readonly energy: EnergySummary;
  readonly telemetry: TelemetryRecord;
}

/** Clocks that were held down for longer measured another machine than the one that was bought. */
const mostHeat = 0.05;
const mostLost = 0.1;
/** Readings of a device that may be missing by chance. */
const mostMissed = 3;
/** Tools that tell every device each time; exporters leave out what repeats, and others what is not in use. */
const readsEvery = /-smi$/;

/**
 * What telemetry gives to doubt. Its absence is none, unless the user asked to fail without it.
 */
export function telemetryDoubts(input: TelemetryDoubtInput): Doubt[] {
  return [...required(input), ...heat(input), ...lost(input), ...gone(input), ...crowd(input)];
}

function required({ hardware, energy, telemetry }: TelemetryDoubtInput): Doubt[] {
  const doubts: Doubt[] = [];
  const failing = telemetry.required.includes('telemetry') ? lacking(hardware, telemetry) : null;
  if (failing !== null)
    doubts.push({
      code: 'telemetry_missing',
      severity: 'invalid',
      message: `Telemetry is required, and ${failing}`,
      evidence: {},
    });
  if (telemetry.required.includes('energy') && !energy.valid)
    doubts.push({
      code: 'energy_missing',
      severity: 'invalid',
      message: `Energy is required, and there is no valid one: ${energy.reasons.map(reasonWords).join('; ')}.`,
      evidence: { reasons: energy.reasons.join(' ') },
    });
  return doubts;
}

/** Every source that was named must deliver; where none was, one that watches more than this client's machine. */
function lacking({ sources }: HardwareSummary, { asked }: TelemetryRecord): string | null {
  const silent = sources.filter(({ name, ok }) => !ok && asked.includes(name));
  if (silent.length > 0)
    return `${silent.map(({ name, reason }) => `${name} did not deliver (${(reason ?? 'unknown reason').replace(/\.$/, '')})`).join('; ')}.`;
  const useful = sources.some(({ name, ok }) => ok && (name !== 'host' || asked.includes('host')));
  return useful ? null : 'no source told of a server or an accelerator: name one with --telemetry.';
}

function heat({ hardware }: TelemetryDoubtInput): Doubt[] {
  const shares = hardware.devices.flatMap(({ thermalThrottledShare }) => thermalThrottledShare ?? []);
  const share = Math.max(0, ...shares);
  if (share <= mostHeat) return [];
  return [
    {
      code: 'thermal_throttle',
      severity: 'suspect',
      message: `An accelerator ran at reduced clocks for ${Number((100 * share).toPrecision(3))} % of the window to stay cool: look to its cooling and measure again.`,
      evidence: { share },
    },
  ];
}

/** A gap in what was watched is worth a line: means are over what is left. */
function lost({ hardware }: TelemetryDoubtInput): Doubt[] {
  return hardware.sources.flatMap(({ name, samples, lost: missing, ok, reason }): Doubt[] => {
    if (!ok || missing <= Math.max(1, mostLost * (samples + missing))) return [];
    return [
      {
        code: 'telemetry_gaps',
        severity: 'info',
        message:
          `${name} delivered ${samples} of ${samples + missing} readings${reason === null ? '' : `: ${reason}`}.`.replace(
            /\.\.$/,
            '.',
          ),
        evidence: { samples, lost: missing },
      },
    ];
  });
}

/** A device that fell silent while others of its source went on: the load ran on other hardware than it began on, or so it seems. */
function gone({ hardware: { devices } }: TelemetryDoubtInput): Doubt[] {
  return devices.flatMap(({ id, host, index, source, samples }): Doubt[] => {
    if (!readsEvery.test(source)) return [];
    const others = devices.filter((each) => each.source === source && each.host === host);
    const most = Math.max(...others.map((each) => each.samples));
    if (most - samples <= Math.max(mostMissed, mostLost * most)) return [];
    const name = index === null ? id : `${host} ${index}`;
    return [
      {
        code: 'accelerator_lost',
        severity: 'suspect',
        message: `Accelerator ${name} was reported ${samples} times and others ${most} times: look whether it fell out, and measure again.`,
        evidence: { device: id, samples, most },
      },
    ];
  });
}

/** Seen in the server's own gauges, where its counters could not tell. */
function crowd({ step }: TelemetryDoubtInput): Doubt[] {
  const { identity } = step.server;
  if (identity?.verdict !== 'not_exclusive' || step.doubts.some(({ code }) => code === 'not_exclusive')) return [];
  return [
    {
      code: 'not_exclusive',
      severity: 'suspect',
      message:
        'The server had more requests under way than this run sent: others used it, so measure again when it is yours alone.',
      evidence: {},
    },
  ];
}

const words: Readonly<Record<string, string>> = {
  unavailable: 'no source tells power or energy',
  low_resolution: 'too few readings',
  window_not_bracketed: 'no reading on one side of the window',
  sampling_gap_exceeded: 'more than 3 s between two readings of power',
  insufficient_samples: 'fewer than two readings',
  invalid_power_sample: 'readings of power that contradict each other',
  expected_device_count_mismatch: 'another number of accelerators than --hardware says',
  duplicate_instance_rows: 'one device with several different values',
  counter_reset: 'the energy counter went back',
  edge_uncertainty_exceeded: 'readings too far apart for so short a window',
  partitioned_device: 'the device is shared or partitioned, so that its board energy belongs to others too',
  not_exclusive: 'others used the server or its devices',
};

/** A reason code of energy in words. */
export const reasonWords = (code: string): string => words[code] ?? code.replaceAll('_', ' ');
