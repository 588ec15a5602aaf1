import type { Spread } from '../economics/distribution.ts';

/** What an assumption is of: one accelerator, replica, server … A figure without a scope could not be checked (section 1). */
export type AssumptionScope = 'accelerator' | 'replica' | 'server' | 'instance' | 'deployment' | 'request' | 'site';

/** What is known of an assumption before anybody gives it a value. */
export interface AssumptionDefinition<Id extends string = string> {
  /** Stable dotted id; with underscores for dots it names the cell of a spreadsheet. */
  readonly id: Id;
  /** Symbol of the formulas. */
  readonly symbol: string;
  readonly unit: string;
  readonly title: string;
  readonly scope: AssumptionScope;
  readonly type: 'number' | 'flag' | 'word' | 'hours';
  /** null: there is none, the user is asked for the value where a formula needs it. */
  readonly default: number | boolean | string | null;
  /** Why this default. */
  readonly basis: string | null;
  /** Low and high for tornado and Monte Carlo. */
  readonly range: readonly [number, number] | null;
  readonly spread: Spread;
  /** Beyond these a value is absurd, and refused. */
  readonly least: number;
  readonly most: number;
  /** `least` itself is refused too: a price of zero is a missing price. */
  readonly above: boolean;
  readonly whole: boolean;
  readonly words: readonly string[] | null;
  /** A price gets old: days after which it may not rank (E9); null for what is not a price. */
  readonly expiresAfterDays: number | null;
}

type Rest<Id extends string> = Partial<Omit<AssumptionDefinition<Id>, 'id' | 'symbol' | 'unit' | 'title' | 'scope'>>;

/** One line of the tables: a number from zero up, without a default, unless `rest` says otherwise. */
export function define<Id extends string>(
  id: Id,
  symbol: string,
  unit: string,
  scope: AssumptionScope,
  title: string,
  rest: Rest<Id> = {},
): AssumptionDefinition<Id> {
  const { type = 'number', range = null } = rest;
  return {
    id,
    symbol,
    unit,
    title,
    scope,
    type,
    default: null,
    basis: null,
    range,
    spread: range === null ? 'none' : 'triangular',
    least: 0,
    most: Number.MAX_VALUE,
    above: false,
    whole: false,
    words: null,
    expiresAfterDays: null,
    ...rest,
  };
}

/** Limits of the things that come up in every table. */
export const positive = { above: true } as const;
export const share = { most: 1 } as const;
export const count = { whole: true } as const;
