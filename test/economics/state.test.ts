import { expect, it } from 'vitest';
import {
  doubtsOf,
  infeasible,
  isRankable,
  notVerified,
  ok,
  qualify,
  reached,
  reasonsOf,
  shownValue,
} from '../../src/economics/state.ts';

const trust = {
  capacityPoint: 'measured',
  priceAgeDays: 3,
  priceAgeLimitDays: 30,
  priceHasSource: true,
  qualityEquivalence: 'declared',
  tokenizerRatio: 'measured',
} as const;

it('has no doubt about inputs that are established', () => {
  expect(doubtsOf(trust)).toEqual([]);
  expect(qualify(reached(7), [])).toEqual({ state: 'reached', value: 7 });
});

it('names every doubt', () => {
  expect(doubtsOf({ ...trust, capacityPoint: 'lower-bound' })).toEqual(['capacity-lower-bound']);
  expect(doubtsOf({ ...trust, capacityPoint: 'non-monotone' })).toEqual(['sweep-non-monotone']);
  expect(doubtsOf({ ...trust, priceAgeDays: 31 })).toEqual(['price-stale']);
  expect(doubtsOf({ ...trust, priceAgeDays: 30 })).toEqual([]);
  expect(doubtsOf({ ...trust, priceAgeDays: null })).toEqual(['price-source-missing']);
  expect(doubtsOf({ ...trust, priceHasSource: false, tokenizerRatio: 'unmeasured' })).toEqual([
    'price-source-missing',
    'tokenizer-ratio-unmeasured',
  ]);
});

it('keeps a doubtful number but does not rank it, and gathers reasons once', () => {
  const doubtful = qualify(ok(5), ['price-stale']);
  expect(doubtful).toEqual({ state: 'not-verified', value: 5, reasons: ['price-stale'] });
  expect(isRankable(doubtful)).toBe(false);
  expect(shownValue(doubtful)).toBe(5);
  expect(reasonsOf(qualify(doubtful, ['price-stale', 'search-budget']))).toEqual(['price-stale', 'search-budget']);
  expect(notVerified(1, ['search-budget']).value).toBe(1);
});

it('leaves a state without a number as it is', () => {
  const broken = infeasible(['slo-never-met']);
  expect(qualify(broken, ['price-stale'])).toBe(broken);
  expect(shownValue(broken)).toBeNull();
  expect(isRankable(broken)).toBe(false);
  expect(isRankable(ok(1))).toBe(true);
});
