import type { MeasuredCapacity } from './capacity.ts';
import { productionShape } from './deployment.ts';
import type { Statement } from './entry.ts';
import type { Register } from './register.ts';

/**
 * What a run says about the capacity of a replica for the requests of production: X over max(I/i, O/o), since the class that
 * runs out first decides (UTIL-3). Nothing where the run has no capacity.
 */
export function capacityStatements(
  capacity: MeasuredCapacity,
  register: Register,
  startedAt: string | null,
): Statement[] {
  if (capacity.requestsPerS === null || !(capacity.requestsPerS > 0)) return [];
  const { shape } = capacity;
  const production = productionShape(capacity, register);
  const more = (here: number, there: number) => (here === 0 || there === 0 ? 0 : here / there);
  const factor =
    shape === null
      ? 1
      : Math.max(more(production.inputTokens, shape.inputTokens), more(production.outputTokens, shape.outputTokens)) ||
        1;
  const value = capacity.requestsPerS / factor;
  const [low, high] = capacity.interval ?? [1, 1];
  const said = {
    layer: 'flag',
    origin: capacity.name,
    sourceText: `measured${capacity.simulated ? ' on the simulated server' : ''}: ${capacity.name}`,
    date: startedAt?.slice(0, 10) ?? null,
    confidence: capacity.simulated ? 'low' : 'high',
    kind: 'measured',
  } as const;
  const note =
    Math.abs(factor - 1) < 1e-9
      ? null
      : `measured ${Number(capacity.requestsPerS.toPrecision(4))} requests/s of ${Math.round(shape!.inputTokens)}+${Math.round(shape!.outputTokens)} tokens`;
  const rate: Statement = {
    ...said,
    id: 'capacity.requests_per_s_per_replica',
    value,
    low: value * Math.min(1, low),
    high: value * Math.max(1, high),
    note,
  };
  const { accelerators } = capacity;
  return accelerators === null
    ? [rate]
    : [rate, { ...said, id: 'capacity.accelerators_per_replica', value: accelerators }];
}
