import { requests, secondsPerHour, secondsPerMonth } from '../economics/quantity.ts';
import { replicasOn, serversFor, sizeDeployment } from '../economics/sizing.ts';
import { type Infeasible, infeasible, type Ok, ok } from '../economics/state.ts';
import { UserError } from '../error/user-error.ts';
import type { AssumptionId } from './assumption.ts';
import type { MeasuredCapacity, RequestShape } from './capacity.ts';
import type { Register } from './entry.ts';
import type { TokensPerHour } from './offer-cost.ts';
import { entryIn, missing, numberOf, numberOrNull } from './register.ts';

/** From a capacity and a demand to whole boxes and the tokens that they deliver (sections 2.1 and 2.2). */

/** One replica: what it delivers at the objectives, in requests and tokens per second. */
export interface Replica {
  readonly accelerators: number;
  readonly requestsPerS: number | null;
  readonly inputTokensPerS: number;
  readonly outputTokensPerS: number;
}

/** A server or an instance that replicas are put on. */
export interface Box {
  readonly accelerators: number;
  readonly spare: number;
  /** Boxes that serve, where somebody states them. */
  readonly stated: number | null;
}

/** Whole boxes and what they deliver. */
export interface Deployment {
  readonly replicas: number;
  readonly replica: Replica;
  readonly box: Box;
  readonly needed: number;
  readonly bought: number;
  readonly utilization: number;
  /** `demand`: an output of it; `stated`: where no demand is given. */
  readonly utilizationFrom: 'demand' | 'stated';
  /** null where only a utilisation of token rates is known. */
  readonly requestsPerHour: number | null;
  readonly tokens: TokensPerHour;
  readonly shape: RequestShape | null;
}

/** Shares that split input and output into classes: stated ones, else those measured. */
export interface Mix {
  readonly cachedShare: number;
  readonly cacheWriteShare: number;
  readonly reasoningShare: number;
}

export function mixOf(register: Register, capacity: MeasuredCapacity | null): Mix {
  const output = numberOrNull(register, 'demand.output_tokens');
  const reasoning = stated(register, 'demand.reasoning_tokens');
  const reasoningShare = reasoning !== null && output !== null && output > 0 ? reasoning / output : null;
  return {
    cachedShare: stated(register, 'demand.cached_share') ?? capacity?.cachedShare ?? 0,
    cacheWriteShare: stated(register, 'demand.cache_write_share') ?? 0,
    reasoningShare: reasoningShare ?? capacity?.reasoningShare ?? 0,
  };
}

/** A number that somebody stated, no default. */
export function stated(register: Register, id: AssumptionId): number | null {
  return entryIn(register, id)?.source === 'default' ? null : numberOrNull(register, id);
}

/** Input and output of one hour by class. */
export function tokensByClass(inputPerHour: number, outputPerHour: number, mix: Mix): TokensPerHour {
  const cacheRead = inputPerHour * mix.cachedShare;
  const cacheWrite = inputPerHour * mix.cacheWriteShare;
  const outputReasoning = outputPerHour * mix.reasoningShare;
  return {
    inputUncached: Math.max(0, inputPerHour - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    outputVisible: outputPerHour - outputReasoning,
    outputReasoning,
  };
}

/**
 * The capacity as that of one replica. A rate of an accelerator times the accelerators of a replica; a rate of a server or an
 * instance is that of all its accelerators, taken as one replica unless a smaller one is stated.
 *
 * @throws UserError `missing_assumption` where the accelerators of the scope are not known, `bad_throughput` where they do not
 * fit the stated replica
 */
export function replicaOf(capacity: MeasuredCapacity, register: Register): Replica {
  const perReplica = numberOrNull(register, 'capacity.accelerators_per_replica');
  const inScope = acceleratorsIn(capacity, register, perReplica);
  const accelerators = capacity.scope === 'replica' ? inScope : (perReplica ?? inScope);
  const copies = inScope / accelerators;
  if (copies > 1 && !Number.isInteger(copies))
    throw new UserError(
      'bad_throughput',
      `A ${capacity.scope} of ${inScope} accelerators does not hold whole replicas of ${accelerators} (capacity.accelerators_per_replica).`,
    );
  return {
    accelerators,
    requestsPerS: capacity.requestsPerS === null ? null : capacity.requestsPerS / copies,
    inputTokensPerS: capacity.inputTokensPerS / copies,
    outputTokensPerS: capacity.outputTokensPerS / copies,
  };
}

function acceleratorsIn(capacity: MeasuredCapacity, register: Register, perReplica: number | null): number {
  if (capacity.scope === 'replica')
    return (
      perReplica ??
      capacity.accelerators ??
      missing(
        ['capacity.accelerators_per_replica'],
        `The capacity of ${capacity.name}, whose hardware is not known (--hardware NAMExN),`,
      )
    );
  if (capacity.accelerators !== null) return capacity.accelerators;
  const id = capacity.scope === 'server' ? 'owned.server.accelerators' : 'rent.accelerators_per_instance';
  if (capacity.scope === 'deployment')
    throw new UserError(
      'bad_throughput',
      `${capacity.name}: say how many accelerators the deployment has, with accelerators=N.`,
    );
  const other = id === 'owned.server.accelerators' ? 'rent.accelerators_per_instance' : 'owned.server.accelerators';
  return (
    numberOrNull(register, id) ??
    numberOrNull(register, other) ??
    missing([id], `A throughput of one ${capacity.scope}`)
  );
}

/**
 * Boxes for the demand, or for one replica at a stated utilisation. Requests of production that differ from those measured
 * are counted as max(I/i, O/o) of them: the class that runs out first decides (UTIL-3).
 *
 * @param scale factor on the capacity, for the ends of its interval
 * @throws UserError `missing_assumption` where there is neither a demand nor a utilisation
 */
export function deploy(
  capacity: MeasuredCapacity,
  register: Register,
  box: Box,
  scale = 1,
): Ok<Deployment> | Infeasible {
  const replica = scaled(replicaOf(capacity, register), scale);
  const mix = mixOf(register, capacity);
  if (numberOrNull(register, 'demand.requests_per_month') !== null)
    return forDemand(capacity, replica, register, box, mix);
  const utilization = numberOrNull(register, 'demand.utilization');
  if (utilization === null)
    throw new UserError(
      'missing_assumption',
      'A price needs a demand: give --demand NAME, or --assume demand.requests_per_month=… --assume demand.peak_to_average=…, or demand.hourly; where there is none, --assume demand.utilization=… . No capacity is used all the time.',
    );
  const needed = box.stated ?? serversFor(1, box.accelerators, replica.accelerators);
  const bought = needed + box.spare;
  const copies = replicasOn(bought, box.accelerators, replica.accelerators);
  const busy = utilization * copies;
  const perHour = (rate: number) => rate * busy * secondsPerHour;
  return ok({
    ...{
      replicas: replicasOn(needed, box.accelerators, replica.accelerators),
      replica,
      box,
      needed,
      bought,
      utilization,
    },
    utilizationFrom: 'stated',
    requestsPerHour: replica.requestsPerS === null ? null : perHour(replica.requestsPerS),
    tokens: tokensByClass(perHour(replica.inputTokensPerS), perHour(replica.outputTokensPerS), mix),
    shape: capacity.shape,
  });
}

function forDemand(
  capacity: MeasuredCapacity,
  replica: Replica,
  register: Register,
  box: Box,
  mix: Mix,
): Ok<Deployment> | Infeasible {
  const perMonth = numberOf(register, 'demand.requests_per_month');
  const peakToAverage =
    numberOrNull(register, 'demand.peak_to_average') ?? missing(['demand.peak_to_average'], 'Sizing for a demand');
  const shape = productionShape(capacity, register);
  const capacityPerS = requestsOf(replica, capacity.shape, shape);
  const averagePerS = perMonth / secondsPerMonth;
  const sized = sizeDeployment({
    averagePerS: requests(averagePerS, 'deployment', 'second'),
    peakPerS: requests(averagePerS * peakToAverage, 'deployment', 'second'),
    headroom: numberOf(register, 'capacity.headroom'),
    capacityPerReplica: requests(capacityPerS, 'replica', 'second'),
    acceleratorsPerServer: box.accelerators,
    acceleratorsPerReplica: replica.accelerators,
    spareServers: box.spare,
    mostServers: null,
    kwProvisionedPerServer: null,
  });
  if (sized.state === 'infeasible') return sized;
  const { servers, replicas } = sized.value;
  if (box.stated !== null && box.stated < servers.needed)
    return infeasible(['above-capacity-at-slo'], { serversStated: box.stated, serversNeeded: servers.needed });
  const needed = box.stated ?? servers.needed;
  const bought = needed + box.spare;
  const requestsPerHour = averagePerS * secondsPerHour;
  return ok({
    ...{ replicas, replica: { ...replica, requestsPerS: capacityPerS }, box, needed, bought },
    utilization: averagePerS / (replicasOn(bought, box.accelerators, replica.accelerators) * capacityPerS),
    utilizationFrom: 'demand',
    requestsPerHour,
    tokens: tokensByClass(requestsPerHour * shape.inputTokens, requestsPerHour * shape.outputTokens, mix),
    shape,
  });
}

/** Mean tokens of a request in production: stated, else as measured. @throws UserError `missing_assumption` */
export function productionShape(capacity: MeasuredCapacity | null, register: Register): RequestShape {
  const input = numberOrNull(register, 'demand.input_tokens') ?? capacity?.shape?.inputTokens ?? null;
  const output = numberOrNull(register, 'demand.output_tokens') ?? capacity?.shape?.outputTokens ?? null;
  if (input !== null && output !== null) return { inputTokens: input, outputTokens: output };
  return missing(
    [
      ...(input === null ? (['demand.input_tokens'] as const) : []),
      ...(output === null ? (['demand.output_tokens'] as const) : []),
    ],
    'A price of requests',
  );
}

/** Requests of `shape` that a replica completes per second: X / max(I/i, O/o), or what its token rates allow. */
export function requestsOf(
  replica: Omit<Replica, 'accelerators'>,
  measured: RequestShape | null,
  shape: RequestShape,
): number {
  if (replica.requestsPerS !== null && measured !== null) {
    const more = (here: number, there: number) => (here === 0 ? 0 : here / there);
    const factor = Math.max(
      more(shape.inputTokens, measured.inputTokens),
      more(shape.outputTokens, measured.outputTokens),
    );
    return replica.requestsPerS / factor;
  }
  const by = (rate: number, tokens: number) => (tokens === 0 ? Number.POSITIVE_INFINITY : rate / tokens);
  return Math.min(by(replica.inputTokensPerS, shape.inputTokens), by(replica.outputTokensPerS, shape.outputTokens));
}

const scaled = (replica: Replica, scale: number): Replica => ({
  accelerators: replica.accelerators,
  requestsPerS: replica.requestsPerS === null ? null : replica.requestsPerS * scale,
  inputTokensPerS: replica.inputTokensPerS * scale,
  outputTokensPerS: replica.outputTokensPerS * scale,
});

/** Requests of production that are not those measured: the reader must know that a rule stands between the two. */
export function shapeNotes(capacity: MeasuredCapacity | null, { shape, utilizationFrom }: Deployment): string[] {
  const measured = capacity?.shape ?? null;
  if (
    capacity === null ||
    capacity.origin !== 'run' ||
    measured === null ||
    shape === null ||
    utilizationFrom !== 'demand'
  )
    return [];
  const differs = (a: number, b: number) => Math.abs(a - b) > 0.2 * Math.max(a, b);
  if (!differs(measured.inputTokens, shape.inputTokens) && !differs(measured.outputTokens, shape.outputTokens))
    return [];
  const words = ({ inputTokens, outputTokens }: RequestShape) =>
    `${Math.round(inputTokens).toLocaleString('en-US')} tokens in and ${Math.round(outputTokens).toLocaleString('en-US')} out`;
  return [
    `The run asked for ${words(measured)}, production asks for ${words(shape)}: a request of production is counted as max(I/i, O/o) of those measured. Measure with the workload of the demand to know.`,
  ];
}
