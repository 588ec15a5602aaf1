import { type AssumptionId, definitionOf } from './assumption.ts';
import type { Register } from './entry.ts';
import { missing } from './register.ts';

/** Assumptions as numbers by id, flags as 1 and 0: what one evaluation of the decision sees, and what sensitivities vary. */
export type Values = Readonly<Record<string, number>>;

/** The numbers and flags of a register; words and hours do not vary and stay outside. */
export function valuesOf(register: Register): Values {
  const pairs = register.entries.flatMap(({ id, value }): [string, number][] =>
    typeof value === 'number' ? [[id, value]] : typeof value === 'boolean' ? [[id, value ? 1 : 0]] : [],
  );
  return Object.fromEntries(pairs);
}

/** A number that a formula needs. @throws UserError `missing_assumption` */
export function need(values: Values, id: AssumptionId, purpose?: string): number {
  return values[id] ?? missing([id], purpose);
}

/** A number that is counted: a sensitivity walks through fractions, a purchase does not. */
export const needWhole = (values: Values, id: AssumptionId): number => Math.round(need(values, id));

/** Whether everything that `ids` name is there. */
export const has = (values: Values, ...ids: readonly AssumptionId[]): boolean => ids.every((id) => id in values);

/** Which of `ids` are lacking, with their titles, for a sentence. */
export function lacking(values: Values, ids: readonly AssumptionId[]): string[] {
  return ids.filter((id) => !(id in values)).map((id) => `${id} (${definitionOf(id)!.title.toLowerCase()})`);
}
