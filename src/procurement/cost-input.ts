import type { ShapeFit } from '../economics/regression.ts';
import type { ApiTrace } from './api-trace.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { CostLimits } from './cost-gate.ts';
import type { Register, Statement } from './entry.ts';
import type { Offer } from './offer.ts';

/** Declarations of the user that let unlike things be ranked together. */
export const declarations = ['quality', 'purchase'] as const;
export type Declaration = (typeof declarations)[number];

export interface CostInputs {
  /** Capacities of runs, typed or assumed; empty where only APIs are priced. */
  readonly capacities: readonly MeasuredCapacity[];
  readonly offers: readonly Offer[];
  /** What the requests of a capacity cost at an API, by `capacity.name` and offer name; null where no run was priced. */
  readonly traceOf: (capacity: MeasuredCapacity, offer: Offer) => ApiTrace | null;
  /** What holds for all offers, for the register of the report. */
  readonly statements: readonly Statement[];
  readonly declared: readonly Declaration[];
  readonly date: string;
  /** Gates of a CI job; none where it sets none. */
  readonly limits?: CostLimits;
}

/** What every row of a report shares. */
export interface Context extends CostInputs {
  readonly fit: ShapeFit | null;
  readonly ranked: boolean;
  readonly register: Register;
}
