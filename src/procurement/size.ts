import type { StateName } from '../economics/state.ts';
import { reasonsOf } from '../economics/state.ts';
import type { MeasuredCapacity } from './capacity.ts';
import { deploy, mixOf, productionShape, replicaOf, shapeNotes } from './deployment.ts';
import type { Register } from './entry.ts';
import { type PeakLatency, peakLatency } from './peak-latency.ts';
import { missing, numberOf, numberOrNull, requireAssumptions } from './register.ts';

/** What must be bought for a demand inside the objectives: the document of `size --json`. */
export interface SizeReport {
  readonly schema: 'tokbench.size/1';
  readonly simulated: boolean;
  readonly state: StateName;
  readonly reasons: readonly string[];
  readonly replicas: number | null;
  /** Accelerators that serve replicas; those of whole servers, spares included, are `acceleratorsBought`. */
  readonly accelerators: number | null;
  readonly acceleratorsBought: number | null;
  readonly servers: { readonly needed: number | null; readonly spare: number | null; readonly bought: number | null };
  readonly powerKw: number | null;
  /** An output: average demand over what all bought servers could serve. */
  readonly utilization: number | null;
  /** The capacity was never driven to its limit: fewer servers may do. */
  readonly lowerBound: boolean;
  /** Servers bought at the ends of the capacity's 95 % interval; null without one. */
  readonly interval: { readonly bought: readonly [number, number] | null };
  /** Latency in the busiest hour; null where no run measured it. */
  readonly peak: PeakLatency | null;
  readonly demand: {
    readonly averagePerS: number;
    readonly peakPerS: number;
    readonly headroom: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedShare: number;
  };
  readonly capacity: {
    readonly origin: MeasuredCapacity['origin'];
    readonly name: string;
    readonly requestsPerSPerReplica: number | null;
    readonly acceleratorsPerReplica: number | null;
    readonly acceleratorsPerServer: number;
    readonly bracket: MeasuredCapacity['bracket'];
    readonly objectives: readonly string[];
  };
  readonly notes: readonly string[];
  readonly register: Register;
}

/**
 * Replicas, accelerators, whole servers, spares and power for the demand of the register (section 2.2).
 *
 * @throws UserError `missing_assumption` for a demand without volume or peak, or a server without accelerators
 */
export function sizeReport(capacity: MeasuredCapacity, register: Register): SizeReport {
  requireAssumptions(register, ['demand.requests_per_month', 'demand.peak_to_average'], 'Sizing');
  const perServer =
    numberOrNull(register, 'owned.server.accelerators') ??
    numberOrNull(register, 'rent.accelerators_per_instance') ??
    missing(['owned.server.accelerators'], 'Sizing');
  const box = {
    accelerators: perServer,
    spare: numberOf(register, 'owned.spare_servers'),
    stated: numberOrNull(register, 'owned.servers'),
  };
  const shape = productionShape(capacity.state === 'infeasible' ? null : capacity, register);
  const averagePerS = numberOf(register, 'demand.requests_per_month') / 2_628_000;
  const said = {
    schema: 'tokbench.size/1' as const,
    simulated: capacity.simulated,
    demand: {
      averagePerS,
      peakPerS: averagePerS * numberOf(register, 'demand.peak_to_average'),
      headroom: numberOf(register, 'capacity.headroom'),
      ...shape,
      cachedShare: mixOf(register, capacity).cachedShare,
    },
    lowerBound: capacity.reasons.includes('capacity-lower-bound'),
    notes: capacity.notes,
    register,
  };
  const measured = {
    ...{ origin: capacity.origin, name: capacity.name, bracket: capacity.bracket, objectives: capacity.objectives },
    acceleratorsPerServer: perServer,
  };
  const nothing = (state: StateName, reasons: readonly string[]): SizeReport => ({
    ...said,
    ...{
      state,
      reasons,
      replicas: null,
      accelerators: null,
      acceleratorsBought: null,
      powerKw: null,
      utilization: null,
    },
    servers: { needed: null, spare: null, bought: null },
    interval: { bought: null },
    peak: null,
    capacity: { ...measured, requestsPerSPerReplica: null, acceleratorsPerReplica: null },
  });
  if (capacity.state === 'infeasible') return nothing('infeasible', capacity.reasons);
  const replica = replicaOf(capacity, register);
  const found = deploy(capacity, register, box);
  if (found.state !== 'ok') return nothing(found.state, reasonsOf(found));
  const { needed, bought, replicas, utilization } = found.value;
  const notes = [...capacity.notes, ...shapeNotes(capacity, found.value)];
  const provisionedKw = numberOrNull(register, 'owned.server.power_provisioned_kw');
  const ends = (capacity.interval ?? []).flatMap((scale) => {
    const end = deploy(capacity, register, box, scale);
    return end.state === 'ok' ? [end.value.bought] : [];
  });
  return {
    ...said,
    notes,
    state: capacity.state,
    reasons: capacity.reasons,
    replicas,
    accelerators: replicas * replica.accelerators,
    acceleratorsBought: bought * perServer,
    servers: { needed, spare: bought - needed, bought },
    powerKw: provisionedKw === null ? null : bought * provisionedKw,
    utilization,
    peak: peakLatency(capacity, {
      peakPerS: said.demand.peakPerS,
      replicas,
      perReplica: found.value.replica.requestsPerS,
    }),
    interval: { bought: ends.length === 2 ? [Math.min(...ends), Math.max(...ends)] : null },
    capacity: {
      ...measured,
      requestsPerSPerReplica: found.value.replica.requestsPerS,
      acceleratorsPerReplica: replica.accelerators,
    },
  };
}
