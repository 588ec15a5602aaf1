import type { Spread } from '../economics/distribution.ts';
import type { AssumptionId } from './assumption.ts';

/** Where a value comes from, by its nature (section 12). */
export type AssumptionKind = 'measured' | 'quoted' | 'list' | 'derived' | 'assumed';
export type Confidence = 'high' | 'medium' | 'low' | 'unverified';
export type AssumptionValue = number | boolean | string | readonly number[];
/** In the order in which a later one overrides an earlier one. */
export const layers = ['default', 'run', 'profile', 'study', 'flag'] as const;
export type Layer = (typeof layers)[number];

/** Somebody says what an assumption is. `origin` is `file:line`, a flag or a run, for messages and for the reader. */
export interface Statement {
  readonly id: string;
  readonly value: unknown;
  readonly layer: Layer;
  readonly origin: string;
  readonly unit?: string | null;
  readonly scope?: string | null;
  readonly sourceText?: string | null;
  readonly date?: string | null;
  readonly confidence?: Confidence | null;
  readonly kind?: AssumptionKind | null;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly spread?: Spread | null;
  readonly owner?: string | null;
  readonly note?: string | null;
  readonly expiresAfterDays?: number | null;
}

/** One resolved assumption, as the JSON of `decide` prints it. */
export interface Entry {
  readonly id: AssumptionId;
  readonly symbol: string;
  readonly title: string;
  readonly value: AssumptionValue;
  readonly unit: string;
  readonly scope: string;
  readonly source: Layer;
  readonly origin: string;
  readonly sourceText: string | null;
  readonly date: string | null;
  readonly confidence: Confidence;
  readonly kind: AssumptionKind;
  readonly range: readonly [number, number] | null;
  readonly spread: Spread;
  readonly owner: string | null;
  readonly note: string | null;
  readonly expiresAfterDays: number | null;
}

/** Every assumption that has a value, in alphabetical order of ids. `sha256` is over values, units, ranges and sources. */
export interface Register {
  readonly sha256: string;
  readonly entries: readonly Entry[];
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} values`;
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
