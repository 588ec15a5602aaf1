import { demandAssumptions } from './assumption-demand.ts';
import { supplyAssumptions } from './assumption-supply.ts';
import type { AssumptionDefinition } from './definition.ts';

export type { AssumptionDefinition, AssumptionScope } from './definition.ts';

/** Every assumption of the cost model. */
export const assumptions = [...supplyAssumptions, ...demandAssumptions];
export type AssumptionId = (typeof assumptions)[number]['id'];
export const assumptionIds: readonly AssumptionId[] = assumptions.map(({ id }) => id);

const byId: ReadonlyMap<string, AssumptionDefinition<AssumptionId>> = new Map(
  assumptions.map((each) => [each.id, each as AssumptionDefinition<AssumptionId>]),
);

/** The definition of an id; null for one that does not exist. */
export function definitionOf(id: string): AssumptionDefinition<AssumptionId> | null {
  return byId.get(id) ?? null;
}
