import type { EnergyBasis } from '../economics/energy.ts';
import type { LintResult } from '../economics/finding.ts';
import { type LintFacts, lint, lintNames } from '../economics/lint.ts';
import type { PriceFact } from '../economics/lint-price.ts';
import { hoursPerMonth, hoursPerYear } from '../economics/quantity.ts';
import type { Bill } from './bill.ts';
import type { MeasuredCapacity } from './capacity.ts';
import { type Deployment, mixOf, productionShape } from './deployment.ts';
import type { Register } from './entry.ts';
import type { Offer } from './offer.ts';
import type { PriceFactRow, PrintedLint, TokensPerHour, UsdPerMillion } from './offer-cost.ts';
import { entryIn, flagOf, numberOrNull } from './register.ts';

/** What the cost lints of section 8 look at, from an offer and the capacity behind it. */

/** Facts of a lint that applies; null when nobody knows them. */
type Facts<K extends keyof LintFacts> = NonNullable<LintFacts[K]> | null;

export interface LintedOffer {
  readonly offer: Offer;
  readonly capacity: MeasuredCapacity | null;
  readonly deployment: Deployment | null;
  readonly bill: Bill | null;
  readonly tokens: TokensPerHour | null;
  readonly usdPerMillion: UsdPerMillion;
  readonly prices: readonly PriceFactRow[];
  /** How an API was priced; null for other kinds. */
  readonly pricedBy: 'request' | 'lengths' | 'mean' | null;
  readonly usedToRank: boolean;
}

export function lintOffer(linted: LintedOffer): PrintedLint[] {
  const { offer, capacity } = linted;
  const api = offer.kind === 'api';
  const evidence = capacity?.evidence ?? null;
  const facts: LintFacts = {
    ...(api ? {} : capacityFacts(linted)),
    E4: attributionFacts(linted),
    ...(api ? {} : { E5: billFacts(linted), E8: unitFacts(linted) }),
    ...(offer.kind === 'own' ? { E6: energyFacts(linted), E17: { given: ownedLines } } : {}),
    E9: { prices: linted.prices.map(priceFact), usedToRank: linted.usedToRank },
    ...(api ? apiFacts(linted) : {}),
    ...(capacity === null
      ? {}
      : {
          E13:
            evidence === null
              ? null
              : {
                  countedRequests: evidence.countedRequests,
                  succeededRequests: evidence.succeededRequests,
                  countedTokens: evidence.outputTokens,
                  succeededTokens: evidence.outputTokens,
                },
        }),
  };
  return lint(facts).flatMap((result) => printed(result));
}

/** A lint as it is printed; one that passed says nothing. */
export function printed(result: LintResult): PrintedLint[] {
  const { id } = result;
  if (result.outcome === 'pass') return [];
  if (result.outcome === 'fired')
    return [
      { id, name: lintNames[id], severity: result.severity, sentence: result.sentence, evidence: result.evidence },
    ];
  const nothing = result.missing.length === 1 && result.missing[0] === lintNames[id].toLowerCase();
  const sentence = nothing
    ? 'Cannot be checked: nothing measured it.'
    : `Cannot be checked: ${result.missing.join(', ')} ${result.missing.length === 1 ? 'is' : 'are'} not known.`;
  return [{ id, name: lintNames[id], severity: 'cannot-check', sentence, evidence: { missing: result.missing } }];
}

function capacityFacts({ offer, capacity, deployment }: LintedOffer): LintFacts {
  const evidence = capacity?.evidence ?? null;
  const entry = entryIn(offer.register, 'demand.utilization');
  const source = entry?.source === 'flag' ? 'typed' : 'profile';
  const objectives = capacity?.objectives ?? [];
  return {
    E1: {
      utilization: deployment?.utilization ?? null,
      utilizationSource: deployment === null ? null : deployment.utilizationFrom === 'demand' ? 'profile' : source,
      interactive: objectives.length > 0 ? objectives.some((text) => /^(ttft|tpot|itl)/.test(text)) : null,
    },
    E2: evidence === null ? null : { ...operating(evidence), rates: 'steady' },
    E3: { priceClass: 'blended', tokenClass: 'blended', comparedClass: null },
    E7:
      deployment === null || capacity === null
        ? null
        : {
            throughputScope: capacity.scope,
            priceScope: offer.kind === 'own' ? 'server' : 'accelerator',
            converted: true,
            replicas: deployment.replicas,
            acceleratorsPerReplica: deployment.replica.accelerators,
            accelerators: deployment.replicas * deployment.replica.accelerators,
          },
    E18:
      evidence === null
        ? null
        : { windowStartMs: evidence.windowStartMs, warmupEndMs: evidence.warmupEndMs, loads: evidence.loads },
    E19: shapeFacts(offer.register, capacity, deployment),
    E20:
      evidence === null
        ? null
        : {
            sentPerS: evidence.sentPerS,
            offeredPerS: evidence.offeredPerS,
            cpuShare: evidence.cpuShare,
            loopLagP99Ms: evidence.loopLagP99Ms,
            saturationClaimed: false,
            serverQueueEmpty: null,
          },
  };
}

const operating = (evidence: NonNullable<MeasuredCapacity['evidence']>) => ({
  offeredPerS: evidence.offeredPerS,
  completedPerS: evidence.completedPerS,
  highestCompletedPerS: evidence.highestCompletedPerS,
  objectivesMissed: evidence.objectivesMissed,
});

function shapeFacts(
  register: Register,
  capacity: MeasuredCapacity | null,
  deployment: Deployment | null,
): Facts<'E19'> {
  if (capacity === null || capacity.shape === null) return null;
  const input = numberOrNull(register, 'demand.input_tokens');
  const output = numberOrNull(register, 'demand.output_tokens');
  return {
    benchmarkInputTokens: capacity.shape.inputTokens,
    benchmarkOutputTokens: capacity.shape.outputTokens,
    productionInputTokens: input,
    productionOutputTokens: output,
    recomputed: deployment?.utilizationFrom === 'demand',
  };
}

function attributionFacts({ bill, tokens, usdPerMillion }: LintedOffer): Facts<'E4'> {
  if (bill === null || tokens === null) return null;
  const classes = ['inputUncached', 'cacheRead', 'cacheWrite', 'outputVisible', 'outputReasoning'] as const;
  const priced = classes.flatMap((name) => {
    const price = usdPerMillion[name];
    return price === null ? [] : [{ usdPerMillion: price, tokensPerHour: tokens[name] }];
  });
  return { usdPerHour: bill.usdPerHour, priced };
}

/** The fleet is paid for whatever its use: the same bill at the utilisation that it has and at none. */
function billFacts({ bill, deployment }: LintedOffer): Facts<'E5'> {
  if (bill === null || deployment === null) return null;
  const usdPerMonth = bill.usdPerHour * hoursPerMonth;
  const energyUsdPerMonth = (bill.energyUsdPerHour ?? 0) * hoursPerMonth;
  const at = (utilization: number) => ({ utilization, usdPerMonth, energyUsdPerMonth });
  return { alwaysPaid: true, low: at(0), high: at(deployment.utilization) };
}

function unitFacts({ offer, deployment }: LintedOffer): Facts<'E8'> {
  if (deployment === null) return null;
  return {
    unitCounts: { [offer.kind === 'own' ? 'servers' : 'instances']: deployment.bought, replicas: deployment.replicas },
  };
}

function energyFacts({ offer, bill }: LintedOffer): Facts<'E6'> {
  if (bill === null) return null;
  return {
    basis: bill.energyBasis as EnergyBasis | null,
    colocationIncludesPower: flagOf(offer.register, 'site.colo_includes_power'),
    energyUsdPerYear: (bill.energyUsdPerHour ?? 0) * hoursPerYear,
    pueApplied: bill.pueApplied,
  };
}

/** Every line stands in the register, with its default where nobody gave it. */
const ownedLines = { wacc: true, residual: true, staff: true, spares: true, network: true, facility: true };

function apiFacts({ offer, capacity, pricedBy }: LintedOffer): LintFacts {
  const { api, register } = offer;
  const evidence = capacity?.evidence ?? null;
  const priced = mixOf(register, capacity).cachedShare;
  return {
    E11: {
      measuredHitRate: evidence?.hitRate ?? null,
      pricedHitRate: priced,
      randomPrompts: null,
      sharedPrefixDeclared: evidence?.sharedPrefix ?? null,
    },
    E12:
      api === null
        ? null
        : {
            tiered: api.tiered,
            timeOfDay: api.timeOfDay,
            // A mean request is no sum, but it may hide that some cross a tier: then nobody looked.
            pricedBy: pricedBy === 'mean' && (api.tiered || api.timeOfDay) ? null : 'request',
            requestsWithoutTime: 0,
          },
    E14: reasoningFacts(register, capacity),
    E15: tokenizerFacts(offer, capacity),
  };
}

function reasoningFacts(register: Register, capacity: MeasuredCapacity | null): Facts<'E14'> {
  const { reasoningShare } = mixOf(register, capacity);
  const evidence = capacity?.evidence ?? null;
  if (evidence === null && reasoningShare === 0) return null;
  const output = evidence?.outputTokens ?? productionShape(capacity, register).outputTokens;
  const reasoning = evidence?.reasoningTokens ?? output * reasoningShare;
  return {
    reasoningTokens: reasoning,
    reasoningModel: reasoning > 0 ? true : null,
    billedOutputTokens: output,
    visibleOutputTokens: output - reasoning,
  };
}

function tokenizerFacts({ api }: Offer, capacity: MeasuredCapacity | null): Facts<'E15'> {
  const here = capacity?.model ?? null;
  if (here === null || api === null) return null;
  const same = bare(here) === bare(api.requestedModel);
  return { tokenizer: same ? here : null, otherTokenizer: same ? here : null, measuredRatio: null };
}
const bare = (model: string) =>
  model
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/[^a-z0-9]/g, '');

const priceFact = (row: PriceFactRow): PriceFact => ({
  id: row.id,
  ageDays: row.ageDays,
  limitDays: row.limitDays,
  source: row.confidence === 'unverified' ? null : row.source,
});
