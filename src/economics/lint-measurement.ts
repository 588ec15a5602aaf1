import { leastCompletedShare } from './capacity.ts';
import { clause, figure, judge, type LintResult, percent } from './finding.ts';

/** Lints about what was counted and how: E11 to E15, E20. A null input is one that nobody knows. */

export interface CacheFacts {
  readonly measuredHitRate: number | null;
  /** Hit rate that the API price uses; 0 where it prices no cached token. */
  readonly pricedHitRate: number | null;
  readonly randomPrompts: boolean | null;
  readonly sharedPrefixDeclared: boolean | null;
}

/** E11: hit rates differ by more than 0.10, random prompts have a cached price, or a rate above 0.90 without a shared prefix. */
export function lintCache(facts: CacheFacts): LintResult {
  const { measuredHitRate, pricedHitRate, randomPrompts, sharedPrefixDeclared } = facts;
  return judge('E11', 'warn', [
    clause({ measuredHitRate, pricedHitRate }, ({ measuredHitRate, pricedHitRate }) =>
      Math.abs(measuredHitRate - pricedHitRate) > 0.1
        ? {
            sentence: `The run hit the cache for ${percent(measuredHitRate)} of its input, the API price counts on ${percent(pricedHitRate)}.`,
            evidence: { measuredHitRate, pricedHitRate },
          }
        : null,
    ),
    clause({ randomPrompts, pricedHitRate }, ({ randomPrompts, pricedHitRate }) =>
      randomPrompts && pricedHitRate > 0
        ? {
            sentence: 'Random prompts share no prefix, yet the price has cached input.',
            evidence: { randomPrompts, pricedHitRate },
          }
        : null,
    ),
    clause({ measuredHitRate, sharedPrefixDeclared }, ({ measuredHitRate, sharedPrefixDeclared }) =>
      measuredHitRate > 0.9 && !sharedPrefixDeclared
        ? {
            sentence: `A hit rate of ${percent(measuredHitRate)} without a declared shared prefix looks like repeated prompts.`,
            evidence: { measuredHitRate, sharedPrefixDeclared },
          }
        : null,
    ),
  ]);
}

export interface ApiPricingFacts {
  readonly tiered: boolean | null;
  readonly timeOfDay: boolean | null;
  readonly pricedBy: 'request' | 'total' | null;
  readonly requestsWithoutTime: number | null;
}

/** E12: a price with tiers or hours was applied to summed tokens, or a request lacks its time. */
export function lintAggregatePricing(facts: ApiPricingFacts): LintResult {
  const { tiered, timeOfDay, pricedBy, requestsWithoutTime } = facts;
  return judge('E12', 'error', [
    pricedBy === 'request'
      ? null
      : clause({ tiered, timeOfDay, pricedBy }, ({ tiered, timeOfDay, pricedBy }) =>
          pricedBy === 'total' && (tiered || timeOfDay)
            ? {
                sentence:
                  'The price depends on the size or the time of each call, but summed tokens were priced as one call.',
                evidence: { tiered, timeOfDay, pricedBy },
              }
            : null,
        ),
    clause({ requestsWithoutTime }, ({ requestsWithoutTime: count }) =>
      count > 0
        ? {
            sentence: `${count} requests have no time of their own to be priced at.`,
            evidence: { requestsWithoutTime: count },
          }
        : null,
    ),
  ]);
}

export interface CountedFacts {
  /** What the numerator of the throughput counts, and what of it succeeded in full. */
  readonly countedRequests: number | null;
  readonly succeededRequests: number | null;
  readonly countedTokens: number | null;
  readonly succeededTokens: number | null;
}

/** E13: failed, timed out or truncated answers are in the numerator of throughput. */
export function lintFailuresCounted(facts: CountedFacts): LintResult {
  const { countedRequests, succeededRequests, countedTokens, succeededTokens } = facts;
  return judge('E13', 'error', [
    clause({ countedRequests, succeededRequests }, ({ countedRequests: counted, succeededRequests: good }) =>
      counted > good
        ? {
            sentence: `${counted - good} requests that did not succeed are counted as throughput.`,
            evidence: { countedRequests: counted, succeededRequests: good },
          }
        : null,
    ),
    clause({ countedTokens, succeededTokens }, ({ countedTokens: counted, succeededTokens: good }) =>
      counted > good
        ? {
            sentence: `${counted - good} tokens of answers that did not succeed are counted as throughput.`,
            evidence: { countedTokens: counted, succeededTokens: good },
          }
        : null,
    ),
  ]);
}

export interface ReasoningFacts {
  readonly reasoningTokens: number | null;
  /** The model is known to reason. */
  readonly reasoningModel: boolean | null;
  readonly billedOutputTokens: number | null;
  readonly visibleOutputTokens: number | null;
}

/** E14: there is reasoning, yet billed output equals visible output. */
export function lintReasoning(facts: ReasoningFacts): LintResult {
  const { reasoningTokens, reasoningModel, billedOutputTokens, visibleOutputTokens } = facts;
  const reasons = reasoningTokens !== null && reasoningTokens > 0 ? true : reasoningModel;
  // Usage that reports no reasoning answers the question as well as a mark on the model does.
  const known = reasons ?? (reasoningTokens === 0 ? false : null);
  if (known === false) return judge('E14', 'error', []);
  return judge('E14', 'error', [
    clause({ reasoningModel: known, billedOutputTokens, visibleOutputTokens }, (all) =>
      all.billedOutputTokens <= all.visibleOutputTokens
        ? {
            sentence: 'The model reasons, but only its visible output is billed in the comparison.',
            evidence: { ...all, reasoningTokens },
          }
        : null,
    ),
  ]);
}

export interface TokenizerFacts {
  readonly tokenizer: string | null;
  readonly otherTokenizer: string | null;
  /** Tokens there per token here, measured; null where nobody did. */
  readonly measuredRatio: number | null;
}

/** E15: the two sides were counted with different tokenizers and no measured ratio. */
export function lintTokenizer(facts: TokenizerFacts): LintResult {
  const { tokenizer, otherTokenizer, measuredRatio } = facts;
  if (measuredRatio !== null) return judge('E15', 'warn', []);
  return judge('E15', 'warn', [
    clause({ tokenizer, otherTokenizer }, ({ tokenizer, otherTokenizer }) =>
      tokenizer === otherTokenizer
        ? null
        : {
            sentence: `Tokens of ${tokenizer} and of ${otherTokenizer} are not the same unit, and their ratio was not measured.`,
            evidence: { tokenizer, otherTokenizer },
          },
    ),
  ]);
}

export interface ClientFacts {
  readonly sentPerS: number | null;
  readonly offeredPerS: number | null;
  /** Share of one core. */
  readonly cpuShare: number | null;
  readonly loopLagP99Ms: number | null;
  readonly saturationClaimed: boolean | null;
  readonly serverQueueEmpty: boolean | null;
}

/** E20: the client, not the server, set the limit. */
export function lintClient(facts: ClientFacts): LintResult {
  const { sentPerS, offeredPerS, cpuShare, loopLagP99Ms, saturationClaimed, serverQueueEmpty } = facts;
  const saturation =
    saturationClaimed === false
      ? null
      : clause({ saturationClaimed, serverQueueEmpty }, ({ serverQueueEmpty }) =>
          serverQueueEmpty
            ? {
                sentence: 'Saturation is claimed while the queue of the server was empty.',
                evidence: { serverQueueEmpty },
              }
            : null,
        );
  return judge('E20', 'error', [
    clause({ sentPerS, offeredPerS }, ({ sentPerS, offeredPerS }) =>
      sentPerS < leastCompletedShare * offeredPerS
        ? {
            sentence: `The client sent ${figure(sentPerS)} of ${figure(offeredPerS)} requests/s.`,
            evidence: { sentPerS, offeredPerS },
          }
        : null,
    ),
    clause({ cpuShare }, ({ cpuShare }) =>
      cpuShare > 0.85 ? { sentence: `The client used ${percent(cpuShare)} of a core.`, evidence: { cpuShare } } : null,
    ),
    clause({ loopLagP99Ms }, ({ loopLagP99Ms: lag }) =>
      lag > 10
        ? { sentence: `The client's event loop lagged by ${figure(lag)} ms at p99.`, evidence: { loopLagP99Ms: lag } }
        : null,
    ),
    saturation,
  ]);
}
