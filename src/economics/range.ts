import { UserError } from '../error/user-error.ts';

/**
 * The last line of defence of the model: an absurd number is a sentence with its name, never a NaN that travels on.
 * Whoever reads files checks earlier and names the entry and its line.
 */
export function outOfRange(name: string, rule: string, value: unknown): never {
  throw new UserError('out_of_range', `${name} must be ${rule}, but is ${String(value)}.`);
}

/** @throws UserError out_of_range unless `value` is a finite number */
export function requireFinite(value: number, name: string): number {
  return Number.isFinite(value) ? value : outOfRange(name, 'a finite number', value);
}

/** @throws UserError out_of_range unless 0 ≤ `value` < ∞ */
export function requireNonNegative(value: number, name: string): number {
  return Number.isFinite(value) && value >= 0 ? value : outOfRange(name, 'zero or more', value);
}

/** @throws UserError out_of_range unless 0 < `value` < ∞ */
export function requirePositive(value: number, name: string): number {
  return Number.isFinite(value) && value > 0 ? value : outOfRange(name, 'greater than zero', value);
}

/** @throws UserError out_of_range unless 0 ≤ `value` ≤ 1 */
export function requireShare(value: number, name: string): number {
  return value >= 0 && value <= 1 ? value : outOfRange(name, 'a share between 0 and 1', value);
}

/** @throws UserError out_of_range unless `value` is an integer ≥ `least` (INV-6) */
export function requireWhole(value: number, name: string, least = 0): number {
  return Number.isSafeInteger(value) && value >= least
    ? value
    : outOfRange(name, `a whole number of at least ${least}`, value);
}

/** An annual rate above −100 %. @throws UserError out_of_range */
export function requireRate(value: number, name: string): number {
  return Number.isFinite(value) && value > -1 ? value : outOfRange(name, 'a yearly rate above -1 (-100 %)', value);
}

/** @throws UserError out_of_range when a list that must hold something is empty */
export function requireSome<T>(values: readonly T[], name: string): readonly T[] {
  return values.length > 0 ? values : outOfRange(name, 'a list with at least one entry', 'empty');
}
