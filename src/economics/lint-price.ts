import type { EnergyBasis } from './energy.ts';
import { type Clause, clause, figure, judge, type LintResult, percent } from './finding.ts';
import type { PriceClass } from './quantity.ts';

/** Lints about prices and cost: E3 to E6, E9, E10, E16, E17. A null input is one that nobody knows. */

export interface DenominatorFacts {
  /** Class that the price claims to be of, and class of the tokens it was divided by. */
  readonly priceClass: PriceClass | null;
  readonly tokenClass: PriceClass | null;
  /** Class of the price that it is compared with; null where there is no comparison. */
  readonly comparedClass: PriceClass | null;
}

const sameClass = (a: PriceClass, b: PriceClass) => a === b;

/** E3: price class and token class differ, or prices of different classes are compared. */
export function lintDenominator(facts: DenominatorFacts): LintResult {
  const { priceClass, tokenClass, comparedClass } = facts;
  const divided = clause({ priceClass, tokenClass }, ({ priceClass, tokenClass }) =>
    sameClass(priceClass, tokenClass)
      ? null
      : {
          sentence: `A price per ${priceClass} token was divided by ${tokenClass} tokens.`,
          evidence: { priceClass, tokenClass },
        },
  );
  const compared: Clause =
    comparedClass === null
      ? null
      : clause({ priceClass }, ({ priceClass }) =>
          sameClass(priceClass, comparedClass)
            ? null
            : {
                sentence: `A price per ${priceClass} token is compared with one per ${comparedClass} token.`,
                evidence: { priceClass, comparedClass },
              },
        );
  return judge('E3', 'error', [divided, compared]);
}

export interface AttributionFacts {
  readonly usdPerHour: number | null;
  readonly priced: readonly { readonly usdPerMillion: number; readonly tokensPerHour: number }[] | null;
}

/** E4: Σ class price × delivered tokens exceeds C_h by more than 1e-6 relative. */
export function lintDoubleAttribution(facts: AttributionFacts): LintResult {
  return judge('E4', 'error', [
    clause(facts, ({ usdPerHour, priced }) => {
      const pricedUsdPerHour = priced.reduce((total, p) => total + (p.usdPerMillion * p.tokensPerHour) / 1e6, 0);
      if (pricedUsdPerHour <= usdPerHour * (1 + 1e-6)) return null;
      const factor = usdPerHour > 0 ? pricedUsdPerHour / usdPerHour : null;
      const times = factor === null ? '' : `, ${figure(factor)} times`;
      return {
        sentence: `The class prices charge $${figure(pricedUsdPerHour)} an hour for $${figure(usdPerHour)} that it costs${times}.`,
        evidence: { usdPerHour, pricedUsdPerHour, factor },
      };
    }),
  ]);
}

export interface BillPoint {
  readonly utilization: number;
  readonly usdPerMonth: number;
  readonly energyUsdPerMonth: number;
}

export interface BillFacts {
  /** Whether it is paid whether used or not; an on-demand option that scales, and an API, are not. */
  readonly alwaysPaid: boolean | null;
  /** The monthly cost at two utilisations. */
  readonly low: BillPoint | null;
  readonly high: BillPoint | null;
}

/** E5: the bill of an owned, committed or always-on option changes with U by more than its energy. */
export function lintBillScaled(facts: BillFacts): LintResult {
  if (facts.alwaysPaid === false) return judge('E5', 'error', []);
  return judge('E5', 'error', [
    clause(facts, ({ low, high }) => {
      const change = Math.abs(high.usdPerMonth - low.usdPerMonth);
      const energy = Math.abs(high.energyUsdPerMonth - low.energyUsdPerMonth);
      if (change <= energy + 1e-6 * Math.max(1, Math.abs(high.usdPerMonth))) return null;
      return {
        sentence: `What is paid whether used or not changes by $${figure(change)} a month with utilisation, but its energy by $${figure(energy)}.`,
        evidence: {
          changeUsdPerMonth: change,
          energyChangeUsdPerMonth: energy,
          from: low.utilization,
          to: high.utilization,
        },
      };
    }),
  ]);
}

export interface EnergyFacts {
  readonly basis: EnergyBasis | null;
  readonly colocationIncludesPower: boolean | null;
  readonly energyUsdPerYear: number | null;
  readonly pueApplied: number | null;
}

/** E6: thermal design power, energy that colocation includes already, or a PUE on a figure at utility level. */
export function lintEnergy(facts: EnergyFacts): LintResult {
  const { basis, colocationIncludesPower, energyUsdPerYear, pueApplied } = facts;
  return judge('E6', 'warn', [
    clause({ basis }, ({ basis }) =>
      basis === 'tdp'
        ? { sentence: 'Energy is computed from thermal design power, not measured.', evidence: { basis } }
        : null,
    ),
    colocationIncludesPower === false
      ? null
      : clause({ colocationIncludesPower, energyUsdPerYear }, ({ energyUsdPerYear: energy }) =>
          energy > 0
            ? {
                sentence: `Colocation includes power, yet $${figure(energy)} a year of energy is added.`,
                evidence: { energyUsdPerYear: energy },
              }
            : null,
        ),
    basis !== null && basis !== 'all-in-utility'
      ? null
      : clause({ basis, pueApplied }, ({ basis, pueApplied: pue }) =>
          pue !== 1
            ? {
                sentence: `The power figure includes the facility; a PUE of ${figure(pue)} counts it twice.`,
                evidence: { basis, pueApplied: pue },
              }
            : null,
        ),
  ]);
}

export interface PriceFact {
  readonly id: string;
  /** null where the price has no date. */
  readonly ageDays: number | null;
  readonly limitDays: number;
  readonly source: string | null;
}

/** E9: a price older than the limit of its kind, or without source or date. A warning, and an error where it ranks. */
export function lintPriceAge(facts: {
  readonly prices: readonly PriceFact[] | null;
  readonly usedToRank: boolean;
}): LintResult {
  return judge('E9', facts.usedToRank ? 'error' : 'warn', [
    clause({ prices: facts.prices }, ({ prices }) => {
      const unsourced = prices.filter((p) => p.source === null || p.ageDays === null).map(({ id }) => id);
      const stale = prices.filter((p) => p.ageDays !== null && p.ageDays > p.limitDays);
      if (unsourced.length + stale.length === 0) return null;
      const old = stale.map((p) => `${p.id} is ${figure(p.ageDays!)} days old (limit ${p.limitDays})`);
      const bare = unsourced.map((id) => `${id} has no source or date`);
      return {
        sentence: `Prices that cannot be relied on: ${[...old, ...bare].join('; ')}.`,
        evidence: { stale: stale.map(({ id }) => id), unsourced },
      };
    }),
  ]);
}

export interface ComparedOffer {
  readonly name: string;
  readonly purchaseClass: 'own' | 'on-demand' | 'committed' | 'spot' | 'api' | null;
  /** Precision of the weights, such as fp8; null where unknown. */
  readonly precision: string | null;
}

/** E10: compared offers differ in purchase class or precision of the weights, and nobody declared that they may. */
export function lintUnlikeOffers(facts: {
  readonly offers: readonly ComparedOffer[] | null;
  readonly declared: boolean;
}): LintResult {
  const { offers, declared } = facts;
  if (declared || (offers !== null && offers.length < 2)) return judge('E10', 'error', []);
  if (offers === null) return judge('E10', 'error', [{ missing: ['offers'] }]);
  const differs = (name: 'purchaseClass' | 'precision', said: string): Clause => {
    const values = offers.map((offer) => offer[name]);
    const known = [...new Set(values.filter((value) => value !== null))];
    if (known.length > 1)
      return { sentence: `The compared offers differ in ${said}: ${known.join(', ')}.`, evidence: { [name]: known } };
    return values.includes(null) ? { missing: [name] } : null;
  };
  return judge('E10', 'error', [
    differs('purchaseClass', 'how they are bought'),
    differs('precision', 'weight precision'),
  ]);
}

export interface MarginFacts {
  /** What is called a margin, as a share. */
  readonly margin: number | null;
  readonly price: number | null;
  readonly cost: number | null;
}

/** E16: a "margin" above 100 %, or one that equals (price − cost)/cost. */
export function lintMargin(facts: MarginFacts): LintResult {
  const { margin, price, cost } = facts;
  const above = clause({ margin }, ({ margin }) =>
    margin > 1
      ? { sentence: `A margin of ${percent(margin)} is a markup: no margin exceeds 100 %.`, evidence: { margin } }
      : null,
  );
  // Price and cost only sharpen the finding; a margin alone can be judged.
  const equals =
    price === null || cost === null || cost <= 0 || price <= cost
      ? null
      : clause({ margin }, ({ margin }) => {
          const [markup, real] = [(price - cost) / cost, (price - cost) / price];
          return Math.abs(margin - markup) <= 0.005 * markup && Math.abs(margin - real) > 0.005 * real
            ? {
                sentence: `It is (price − cost)/cost; the margin is ${percent(real)}.`,
                evidence: { markup, grossMargin: real },
              }
            : null;
        });
  return judge('E16', 'warn', [above, equals]);
}

export type OwnedLine = 'wacc' | 'residual' | 'staff' | 'spares' | 'network' | 'facility';

/** E17: an owned option lacks a cost line; a line set to 0 on purpose is given. null for an option that is not owned. */
export function lintCostLines(facts: { readonly given: Readonly<Record<OwnedLine, boolean>> | null }): LintResult {
  return judge('E17', 'warn', [
    clause(facts, ({ given }) => {
      const missing = Object.entries(given).flatMap(([line, there]) => (there ? [] : [line]));
      return missing.length > 0
        ? {
            sentence: `The cost of owning has no ${missing.join(', no ')}; set to 0 what really costs nothing.`,
            evidence: { missing },
          }
        : null;
    }),
  ]);
}
