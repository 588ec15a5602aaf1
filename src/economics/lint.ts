import type { LintFired, LintId, LintResult } from './finding.ts';
import {
  lintOperatingPoint,
  lintScope,
  lintShape,
  lintUtilization,
  lintWarmup,
  lintWholeUnits,
  type OperatingPointFacts,
  type ScopeFacts,
  type ShapeFacts,
  type UtilizationFacts,
  type WarmupFacts,
} from './lint-capacity.ts';
import {
  type ApiPricingFacts,
  type CacheFacts,
  type ClientFacts,
  type CountedFacts,
  lintAggregatePricing,
  lintCache,
  lintClient,
  lintFailuresCounted,
  lintReasoning,
  lintTokenizer,
  type ReasoningFacts,
  type TokenizerFacts,
} from './lint-measurement.ts';
import {
  type AttributionFacts,
  type BillFacts,
  type ComparedOffer,
  type DenominatorFacts,
  type EnergyFacts,
  lintBillScaled,
  lintCostLines,
  lintDenominator,
  lintDoubleAttribution,
  lintEnergy,
  lintMargin,
  lintPriceAge,
  lintUnlikeOffers,
  type MarginFacts,
  type OwnedLine,
  type PriceFact,
} from './lint-price.ts';

/** All cost lints of section 8 over what is known of an offer or a comparison. */

/** Facts by lint. A lint whose facts are null cannot check; one that is left out does not apply and gives no result. */
export interface LintFacts {
  readonly E1?: UtilizationFacts | null;
  readonly E2?: OperatingPointFacts | null;
  readonly E3?: DenominatorFacts | null;
  readonly E4?: AttributionFacts | null;
  readonly E5?: BillFacts | null;
  readonly E6?: EnergyFacts | null;
  readonly E7?: ScopeFacts | null;
  readonly E8?: { readonly unitCounts: Readonly<Record<string, number>> | null } | null;
  readonly E9?: { readonly prices: readonly PriceFact[] | null; readonly usedToRank: boolean } | null;
  readonly E10?: { readonly offers: readonly ComparedOffer[] | null; readonly declared: boolean } | null;
  readonly E11?: CacheFacts | null;
  readonly E12?: ApiPricingFacts | null;
  readonly E13?: CountedFacts | null;
  readonly E14?: ReasoningFacts | null;
  readonly E15?: TokenizerFacts | null;
  readonly E16?: MarginFacts | null;
  readonly E17?: { readonly given: Readonly<Record<OwnedLine, boolean>> | null } | null;
  readonly E18?: WarmupFacts | null;
  readonly E19?: ShapeFacts | null;
  readonly E20?: ClientFacts | null;
}

type Rules = { readonly [K in LintId]: (facts: NonNullable<LintFacts[K]>) => LintResult };
const rules: Rules = {
  E1: lintUtilization,
  E2: lintOperatingPoint,
  E3: lintDenominator,
  E4: lintDoubleAttribution,
  E5: lintBillScaled,
  E6: lintEnergy,
  E7: lintScope,
  E8: lintWholeUnits,
  E9: lintPriceAge,
  E10: lintUnlikeOffers,
  E11: lintCache,
  E12: lintAggregatePricing,
  E13: lintFailuresCounted,
  E14: lintReasoning,
  E15: lintTokenizer,
  E16: lintMargin,
  E17: lintCostLines,
  E18: lintWarmup,
  E19: lintShape,
  E20: lintClient,
};

export const lintNames: Readonly<Record<LintId, string>> = {
  E1: 'Full utilisation assumed',
  E2: 'Throughput beyond the objective or overloaded',
  E3: 'Wrong denominator',
  E4: 'Double attribution',
  E5: 'Bill scaled by utilisation',
  E6: 'Energy basis',
  E7: 'Scope mix',
  E8: 'Fractional servers',
  E9: 'Stale or unsourced price',
  E10: 'Unlike offers',
  E11: 'Cache mismatch',
  E12: 'Aggregate API pricing',
  E13: 'Failed requests counted',
  E14: 'Reasoning tokens ignored',
  E15: 'Tokenizer mismatch',
  E16: 'Markup taken for margin',
  E17: 'Missing cost lines',
  E18: 'Warm-up inside the window',
  E19: 'Shape mismatch',
  E20: 'Client-bound run',
};

/** Runs every lint that applies, in the order E1 to E20. */
export function lint(facts: LintFacts): LintResult[] {
  const ids = Object.keys(rules) as LintId[];
  return ids.flatMap((id) => {
    const given = facts[id];
    if (given === undefined) return [];
    if (given === null) return [{ id, outcome: 'cannot-check', missing: [lintNames[id].toLowerCase()] } as const];
    return [(rules[id] as (given: NonNullable<LintFacts[LintId]>) => LintResult)(given)];
  });
}

/** Lints at error: whatever they concern may not be ranked, and a gate on them ends with exit 6. */
export function lintErrors(results: readonly LintResult[]): LintFired[] {
  return results.filter((result) => result.outcome === 'fired').filter(({ severity }) => severity === 'error');
}
