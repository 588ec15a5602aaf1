import type { StepSummary } from './summary.ts';
import type { Bottleneck, EfficiencySummary, HardwareSummary, HostSummary, ServerLoad } from './telemetry-summary.ts';

export interface BottleneckInput {
  readonly step: Pick<StepSummary, 'doubts' | 'latency' | 'concurrency' | 'load' | 'client'>;
  readonly hardware: HardwareSummary;
  readonly server: ServerLoad | null;
  readonly efficiency: EfficiencySummary | null;
  /** The server runs on the machine that tokbench runs on. */
  readonly local: boolean;
}

type Evidence = Bottleneck['evidence'];

/** Above these, a part is what the others wait for. */
const limits = {
  thermal: 0.05,
  power: 0.25,
  kvUsage: 0.95,
  waitingPerRunning: 0.1,
  dram: 0.6,
  tensor: 0.6,
  sm: 0.85,
  bandwidth: 0.6,
  flops: 0.5,
  hostCpu: 0.9,
  network: 0.25,
  networkMs: 5,
} as const;

/**
 * What held the step back, by what telemetry shows: the client first, since a client that lies makes all else void, then
 * what holds the clocks down, what requests wait for, and what the accelerators were busy with. Null where nothing tells.
 */
export function bottleneckOf(input: BottleneckInput): Bottleneck | null {
  if (isBroken(input)) return null;
  const found =
    clientLimit(input) ??
    throttle(input) ??
    cache(input) ??
    accelerators(input) ??
    queue(input) ??
    network(input) ??
    processors(input);
  if (found !== null) return found;
  const { hardware, server, step } = input;
  if (server === null || server.waitingMean === null) return null;
  if (step.load.kind !== 'concurrency') return null;
  const waited = `${server.waitingMean === 0 ? 'no request' : 'hardly any request'} waited in the server`;
  return {
    kind: 'load',
    sentence: `The load itself: ${waited}${acceleratorsToo(hardware)}, so more in flight may give more.`,
    evidence: {
      waitingMean: server.waitingMean,
      kvUsageMax: server.kvUsageMax,
      utilizationMean: hardware.utilizationMean,
    },
  };
}

/** What can be said of the accelerators where none of their limits was found. */
function acceleratorsToo(hardware: HardwareSummary): string {
  if (hardware.devices.length === 0) return '';
  const profiled = most(
    hardware,
    ({ dramActiveMean, tensorActiveMean, smActiveMean }) =>
      [dramActiveMean, tensorActiveMean, smActiveMean].find((value) => value !== null) ?? null,
  );
  const busy = hardware.utilizationMean;
  if (profiled !== null) return ' and no accelerator was seen at a limit';
  if (busy === null) return ''; // nothing was seen of them
  return `; an accelerator had work for ${percent(busy)} of the time, which does not tell how full it was`;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
const short = (value: number): number => Number(value.toPrecision(3));

const failures = ['all_failed', 'high_failures', 'stopped_by_failures', 'rate_limited'];

/** Requests that fail at once wait for nothing: what parts did meanwhile says nothing of a load that is served. */
function isBroken({ step }: BottleneckInput): boolean {
  return step.doubts.some(({ code, severity }) => severity === 'invalid' && failures.includes(code));
}

function clientLimit({ step }: BottleneckInput): Bottleneck | null {
  const doubt = step.doubts.find(({ code, severity }) => code === 'client_limited' && severity !== 'info');
  if (doubt === undefined) return null;
  return {
    kind: 'client',
    sentence:
      doubt.severity === 'invalid'
        ? 'The client: it could not drive this load, so nothing here is a limit of the server.'
        : 'Perhaps the client: it kept up with this load badly, so nothing here is for certain a limit of the server.',
    evidence: { cpuShare: step.client.cpuShare, scheduleLagP99Ms: step.client.scheduleLagP99Ms },
  };
}

function most(
  hardware: HardwareSummary,
  of: (device: HardwareSummary['devices'][number]) => number | null,
): number | null {
  const values = hardware.devices.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

function throttle({ hardware }: BottleneckInput): Bottleneck | null {
  const heat = most(hardware, ({ thermalThrottledShare }) => thermalThrottledShare);
  if (heat !== null && heat > limits.thermal)
    return {
      kind: 'thermal_throttle',
      sentence: `Heat: an accelerator ran at reduced clocks for ${percent(heat)} of the window to stay cool.`,
      evidence: {
        thermalThrottledShare: heat,
        temperatureMaxC: most(hardware, ({ temperatureMaxC }) => temperatureMaxC),
      },
    };
  const power = most(hardware, ({ powerThrottledShare }) => powerThrottledShare);
  if (power === null || power <= limits.power) return null;
  const limitW = most(hardware, ({ powerLimitW }) => powerLimitW);
  return {
    kind: 'power_throttle',
    sentence: `The power limit${limitW === null ? '' : ` of ${limitW} W`}: it held an accelerator's clocks down for ${percent(power)} of the window.`,
    evidence: {
      powerThrottledShare: power,
      powerLimitW: limitW,
      powerMeanW: most(hardware, ({ powerMeanW }) => powerMeanW),
    },
  };
}

function isQueued({ waitingMean, runningMean }: ServerLoad): boolean {
  // Less than one is a request seen between its arrival and the next batch, not a queue.
  return waitingMean !== null && waitingMean >= 1 && waitingMean > limits.waitingPerRunning * (runningMean ?? 1);
}

function waitEvidence({ waitingMean, runningMean, kvUsageMax, preemptions }: ServerLoad): Evidence {
  return { waitingMean, runningMean, kvUsageMax, preemptions };
}

function cache({ server }: BottleneckInput): Bottleneck | null {
  if (server === null) return null;
  const { waitingMean, kvUsageMax, preemptions } = server;
  const [queued, evicted] = [isQueued(server), (preemptions ?? 0) > 0];
  if (kvUsageMax === null || kvUsageMax <= limits.kvUsage || !(queued || evicted)) return null;
  const words = [
    `up to ${percent(kvUsageMax)} of it was in use`,
    ...(evicted ? [`${preemptions} requests were preempted`] : []),
    ...(queued ? [`${short(waitingMean!)} requests waited on average`] : []),
  ];
  return { kind: 'kv_cache', sentence: `The KV cache: ${words.join(', ')}.`, evidence: waitEvidence(server) };
}

/** Requests wait although no part is known to be at its limit: the batch takes no more, by its settings. */
function queue({ server }: BottleneckInput): Bottleneck | null {
  if (server === null || !isQueued(server)) return null;
  const { waitingMean, runningMean, kvUsageMean } = server;
  const room = kvUsageMean === null ? '' : `, with ${percent(Math.max(0, 1 - kvUsageMean))} of the KV cache free`;
  const computed = runningMean === null ? '' : ` while ${short(runningMean)} were computed`;
  return {
    kind: 'server_queue',
    sentence: `The server's queue: ${short(waitingMean!)} requests waited on average${computed}${room}.`,
    evidence: waitEvidence(server),
  };
}

/** Time to first token that the server does not see: the way there, and whatever stands on it. */
function network({ step, server }: BottleneckInput): Bottleneck | null {
  const clientMs = step.latency.ttftMs.mean;
  const serverMs = server?.ttftMeanMs ?? null;
  if (clientMs === null || serverMs === null) return null;
  const outsideMs = clientMs - serverMs;
  if (outsideMs < limits.networkMs || outsideMs < limits.network * clientMs) return null;
  return {
    kind: 'network',
    sentence: `The way to the server: ${short(outsideMs)} ms of the mean TTFT of ${short(clientMs)} ms passed outside of it.`,
    evidence: { clientTtftMeanMs: clientMs, serverTtftMeanMs: serverMs },
  };
}

function accelerators({ hardware, efficiency }: BottleneckInput): Bottleneck | null {
  const dram = most(hardware, ({ dramActiveMean }) => dramActiveMean);
  const tensor = most(hardware, ({ tensorActiveMean }) => tensorActiveMean);
  const sm = most(hardware, ({ smActiveMean }) => smActiveMean);
  const bandwidth = efficiency?.modelBandwidthUtilization?.value ?? null;
  const flops = efficiency?.modelFlopsUtilization?.value ?? null;
  const evidence: Evidence = { dramActiveMean: dram, tensorActiveMean: tensor, smActiveMean: sm, bandwidth, flops };
  if (tensor !== null && tensor > limits.tensor && tensor >= (dram ?? 0))
    return { kind: 'compute', sentence: `Compute: the matrix units worked ${percent(tensor)} of the time.`, evidence };
  if (dram !== null && dram > limits.dram)
    return {
      kind: 'memory_bandwidth',
      sentence: `Memory bandwidth: the memory interface moved data ${percent(dram)} of the time.`,
      evidence,
    };
  if (bandwidth !== null && bandwidth > limits.bandwidth && bandwidth >= (flops ?? 0))
    return {
      kind: 'memory_bandwidth',
      sentence: `Memory bandwidth: decoding took about ${percent(bandwidth)} of the peak, by estimate.`,
      evidence,
    };
  if (flops !== null && flops > limits.flops)
    return { kind: 'compute', sentence: `Compute: about ${percent(flops)} of the peak, by estimate.`, evidence };
  if (sm !== null && sm > limits.sm)
    return {
      kind: 'compute',
      sentence: `Compute: the multiprocessors were busy ${percent(sm)} of the time.`,
      evidence,
    };
  return null;
}

/** A server without accelerators computes on processors; beside the client only where both share a machine. */
function processors({ hardware, local }: BottleneckInput): Bottleneck | null {
  if (hardware.devices.length > 0) return null;
  const machines: readonly HostSummary[] = [
    ...(local && hardware.host !== null ? [hardware.host] : []),
    ...hardware.hosts,
  ];
  const busiest = machines.reduce<HostSummary | null>(
    (most, each) => ((each.cpuUtilizationMean ?? 0) > (most?.cpuUtilizationMean ?? 0) ? each : most),
    null,
  );
  const share = busiest?.cpuUtilizationMean ?? null;
  if (share === null || share < limits.hostCpu) return null;
  return {
    kind: 'compute',
    sentence: `Compute: the processors of ${local ? 'this machine, which server and client share,' : busiest!.name} were busy ${percent(share)} of the time.`,
    evidence: { cpuUtilizationMean: share },
  };
}
