import type { Evidence } from './state.ts';

/** Results of cost lints (section 8). */
export type LintId = `E${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20}`;
/** error blocks ranking, warn is printed and exported, info is exported. */
export type LintSeverity = 'error' | 'warn' | 'info';

export interface LintFired {
  readonly id: LintId;
  readonly outcome: 'fired';
  readonly severity: LintSeverity;
  readonly sentence: string;
  readonly evidence: Evidence;
}
export interface LintPassed {
  readonly id: LintId;
  readonly outcome: 'pass';
}
/** Inputs are lacking: neither a pass nor a finding. */
export interface LintUnchecked {
  readonly id: LintId;
  readonly outcome: 'cannot-check';
  readonly missing: readonly string[];
}
export type LintResult = LintFired | LintPassed | LintUnchecked;

/** What one part of a rule found; null when it found nothing. */
export interface Finding {
  readonly sentence: string;
  readonly evidence: Evidence;
}
export type Clause = Finding | null | { readonly missing: readonly string[] };

type Known<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> };

/** One part of a rule: looks for a finding when all its inputs are known, else says which are missing. */
export function clause<T extends object>(inputs: T, find: (known: Known<T>) => Finding | null): Clause {
  const missing = Object.entries(inputs).flatMap(([name, value]) =>
    value === null || value === undefined ? [name] : [],
  );
  return missing.length > 0 ? { missing } : find(inputs as unknown as Known<T>);
}

/** A rule of several parts joined by "or": one finding is enough; without one, a part that could not look leaves it open. */
export function judge(id: LintId, severity: LintSeverity, clauses: readonly Clause[]): LintResult {
  const found = clauses.filter((part): part is Finding => part !== null && 'sentence' in part);
  if (found[0]) {
    const evidence = Object.assign({}, ...found.map((part) => part.evidence)) as Evidence;
    return { id, outcome: 'fired', severity, sentence: found.map(({ sentence }) => sentence).join(' '), evidence };
  }
  const missing = [...new Set(clauses.flatMap((part) => (part !== null && 'missing' in part ? part.missing : [])))];
  return missing.length > 0 ? { id, outcome: 'cannot-check', missing } : { id, outcome: 'pass' };
}

/** Figures in sentences: four significant digits, shares in percent. */
export const figure = (value: number): string => String(Number(value.toPrecision(4)));
export const percent = (share: number): string => `${String(Number((share * 100).toFixed(1)))} %`;
