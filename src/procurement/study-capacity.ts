import type { MeasuredCapacity, RequestShape } from './capacity.ts';
import { productionShape, type Replica, replicaOf, requestsOf } from './deployment.ts';
import type { Statement } from './entry.ts';
import type { Register } from './register.ts';

/**
 * What a run, or a throughput typed by hand, says about the capacity of a replica for the requests of production: X over
 * max(I/i, O/o), since the class that runs out first decides (UTIL-3). Nothing where there is no capacity.
 *
 * @param register that of the offer, whose box a rate of a server or an instance is of
 * @throws UserError `bad_throughput`, `missing_assumption` where the scope of a typed rate does not say what it is of
 */
export function capacityStatements(
  capacity: MeasuredCapacity,
  register: Register,
  startedAt: string | null,
): Statement[] {
  if (capacity.state === 'infeasible') return [];
  const replica = replicaIn(capacity, register);
  const production = productionShape(capacity, register);
  const value =
    capacity.shape === null && replica.requestsPerS !== null
      ? replica.requestsPerS
      : requestsOf(replica, capacity.shape, production);
  if (!(value > 0 && Number.isFinite(value))) return [];
  const [low, high] = capacity.interval ?? [null, null];
  const said = saidOf(capacity, startedAt);
  const rate: Statement = {
    ...said,
    id: 'capacity.requests_per_s_per_replica',
    value,
    low: low === null ? (capacity.origin === 'run' ? value : null) : value * Math.min(1, low),
    high: high === null ? (capacity.origin === 'run' ? value : null) : value * Math.max(1, high),
    note: measuredWords(capacity, production),
  };
  const { accelerators } = replica;
  return accelerators === null
    ? [rate]
    : [rate, { ...said, id: 'capacity.accelerators_per_replica', value: accelerators }];
}

/** A run measures one replica, whatever the study said of its size; its accelerators are unknown without its hardware. */
function replicaIn(
  capacity: MeasuredCapacity,
  register: Register,
): Omit<Replica, 'accelerators'> & { accelerators: number | null } {
  return capacity.origin === 'run' ? capacity : replicaOf(capacity, register);
}

function saidOf(capacity: MeasuredCapacity, startedAt: string | null) {
  const { origin, name, simulated } = capacity;
  if (origin !== 'run')
    return {
      layer: 'flag',
      origin: '--throughput',
      sourceText: `typed by hand: ${name}`,
      date: null,
      confidence: 'low',
      kind: 'assumed',
    } as const;
  return {
    layer: 'flag',
    origin: name,
    sourceText: `measured${simulated ? ' on the simulated server' : ''}: ${name}`,
    date: startedAt?.slice(0, 10) ?? null,
    confidence: simulated ? 'low' : 'high',
    kind: 'measured',
  } as const;
}

/** The rate as it was measured, where requests of production are of another size. */
function measuredWords({ requestsPerS, shape, origin }: MeasuredCapacity, production: RequestShape): string | null {
  if (shape === null || requestsPerS === null) return null;
  const alike = shape.inputTokens === production.inputTokens && shape.outputTokens === production.outputTokens;
  const verb = origin === 'run' ? 'measured' : 'typed';
  return alike
    ? null
    : `${verb} ${Number(requestsPerS.toPrecision(4))} requests/s of ${Math.round(shape.inputTokens)}+${Math.round(shape.outputTokens)} tokens`;
}
