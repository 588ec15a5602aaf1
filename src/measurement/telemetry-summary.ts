/** One source of telemetry over a step. */
export interface SourceSummary {
  readonly name: string;
  /** It delivered in the window of the step. */
  readonly ok: boolean;
  /** Why not, or what is wrong with what it delivered; null while all is well. */
  readonly reason: string | null;
  /** Distinct readings in the window: a repeated one counts once. */
  readonly samples: number;
  /** Readings that are missing between those that came, by the source's own period. */
  readonly lost: number;
  /** Readings that took longer than half of the period to come. */
  readonly late: number;
  /** Median distance of readings, seconds. */
  readonly periodS: number | null;
}

/** Which quantity stands as `utilization`: each is another one (see `Utilization` of a sample). */
export type UtilizationKind = 'kernel' | 'gr' | 'sm' | 'neuroncore' | 'mem_busy' | 'dram' | 'tensor';

/** One accelerator over the window of a step; null = its source does not tell. */
export interface DeviceSummary {
  readonly id: string;
  readonly name: string | null;
  readonly host: string;
  readonly index: number | null;
  readonly source: string;
  readonly utilizationMean: number | null;
  readonly utilizationP95: number | null;
  readonly utilizationKind: UtilizationKind | null;
  readonly smActiveMean: number | null;
  readonly tensorActiveMean: number | null;
  readonly dramActiveMean: number | null;
  readonly memoryUsedBytesMax: number | null;
  readonly memoryTotalBytes: number | null;
  readonly powerMeanW: number | null;
  readonly powerLimitW: number | null;
  readonly energyJ: number | null;
  readonly temperatureMaxC: number | null;
  readonly smClockMeanHz: number | null;
  /** Share of the window in which clocks were held down by power, heat or hardware. */
  readonly throttledShare: number | null;
  readonly powerThrottledShare: number | null;
  readonly thermalThrottledShare: number | null;
  readonly samples: number;
  /** Reason codes of what is doubtful. */
  readonly issues: readonly string[];
}

/** A machine over the window of a step. */
export interface HostSummary {
  readonly name: string;
  readonly cpuUtilizationMean: number | null;
  readonly cpuUtilizationP95: number | null;
  readonly stealMean: number | null;
  readonly memoryUsedBytesMax: number | null;
  readonly memoryTotalBytes: number | null;
  readonly networkReceivedBytesPerS: number | null;
  readonly networkSentBytesPerS: number | null;
  /** Seconds that the control group was kept from its processors. */
  readonly throttledS: number | null;
}

/** Means of what was read, in the slices of the step's `series`; null where nothing was read in a slice. */
export interface HardwareSeries {
  /** Mean over the accelerators. */
  readonly utilization: readonly (number | null)[];
  /** Sum over the accelerators. */
  readonly powerW: readonly (number | null)[];
  readonly serverWaiting: readonly (number | null)[];
  readonly kvUsage: readonly (number | null)[];
  readonly hostCpu: readonly (number | null)[];
}

export interface HardwareSummary {
  readonly sources: readonly SourceSummary[];
  readonly devices: readonly DeviceSummary[];
  /** The machine that tokbench ran on. */
  readonly host: HostSummary | null;
  /** Further machines that were watched. */
  readonly hosts: readonly HostSummary[];
  readonly utilizationMean: number | null;
  readonly utilizationP95: number | null;
  readonly utilizationKind: UtilizationKind | null;
  readonly series: HardwareSeries;
}

/** A model server's own view of the window; null = it does not tell. Several servers are summed. */
export interface ServerLoad {
  readonly dialect: string;
  readonly servers: number;
  readonly samples: number;
  readonly runningMean: number | null;
  readonly runningMax: number | null;
  readonly waitingMean: number | null;
  readonly waitingMax: number | null;
  readonly kvUsageMean: number | null;
  readonly kvUsageMax: number | null;
  readonly preemptions: number | null;
  /** Share of queried prompt tokens that the prefix cache had. */
  readonly prefixHitRate: number | null;
  /** Share of drafted tokens that were accepted. */
  readonly speculationAcceptance: number | null;
  /** Means over the requests that the server finished between two readings around the window. */
  readonly ttftMeanMs: number | null;
  readonly interTokenMeanMs: number | null;
  readonly queueMeanMs: number | null;
  readonly prefillMeanMs: number | null;
}

export interface DeviceEnergy {
  readonly id: string;
  readonly host: string;
  readonly energyJ: number | null;
  readonly edgeUncertaintyJ: number | null;
  readonly method: 'counter' | 'power' | null;
  readonly samples: number;
  readonly maxGapS: number | null;
  readonly effectivePeriodS: number | null;
  readonly issues: readonly string[];
}

/** Energy of the accelerators over the window of a step; `valid` only without a reason against it. */
export interface EnergySummary {
  readonly valid: boolean;
  readonly energyJ: number | null;
  readonly powerMeanW: number | null;
  readonly joulesPerOutputToken: number | null;
  readonly joulesPerTotalToken: number | null;
  readonly joulesPerRequest: number | null;
  /** The inverse of joules per output token: tokens per second and watt. */
  readonly outputTokensPerJ: number | null;
  /** J per request · mean end-to-end latency. */
  readonly energyDelayProductJs: number | null;
  /** Above what the same devices took at rest before the load, a quantity of its own. */
  readonly energyAboveIdleJ: number | null;
  readonly joulesAboveIdlePerOutputToken: number | null;
  readonly idlePowerW: number | null;
  readonly scope: string | null;
  readonly method: 'counter' | 'power' | 'mixed' | null;
  /** What the joules are and what they leave out, in one clause. */
  readonly basis: string | null;
  readonly edgeUncertaintyJ: number | null;
  readonly devicesExpected: number | null;
  readonly devicesObserved: number;
  readonly perDevice: readonly DeviceEnergy[];
  readonly crossCheck: {
    readonly integratedJ: number;
    readonly relativeError: number;
    readonly tolerance: number;
    readonly within: boolean;
  } | null;
  /** Why it is not valid; reason codes. */
  readonly reasons: readonly string[];
  /** What is worth knowing and does not make it invalid; reason codes. */
  readonly warnings: readonly string[];
}

/** An estimate with the formula that it comes from. */
export interface Estimate {
  readonly value: number | null;
  readonly formula: string;
  /** Why there is none. */
  readonly reason: string | null;
}

/** How near the roof of the hardware a step came, and what it gives for each accelerator, kilowatt and dollar. */
export interface EfficiencySummary {
  readonly accelerators: number | null;
  readonly outputTokensPerSPerAccelerator: number | null;
  /** Of measured power, where the energy is valid. */
  readonly outputTokensPerSPerKw: number | null;
  /** Per 1,000 USD of purchase price. */
  readonly outputTokensPerSPerKusd: number | null;
  readonly modelBandwidthUtilization: Estimate | null;
  readonly modelFlopsUtilization: Estimate | null;
}

export const bottleneckKinds = [
  'client',
  'network',
  'server_queue',
  'kv_cache',
  'compute',
  'memory_bandwidth',
  'power_throttle',
  'thermal_throttle',
  'load',
] as const;

/** What held the step back, with what says so. `load`: nothing did; more load would have given more. */
export interface Bottleneck {
  readonly kind: (typeof bottleneckKinds)[number];
  readonly sentence: string;
  readonly evidence: Readonly<Record<string, number | string | null>>;
}
