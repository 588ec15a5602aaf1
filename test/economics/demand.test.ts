import { expect, it } from 'vitest';
import {
  clippedMeanTokens,
  lognormalLength,
  predictability,
  profileDemand,
  requestsForTokens,
} from '../../src/economics/demand.ts';
import { normalQuantile } from '../../src/economics/normal.ts';

it('refuses to size a class of tokens that the benchmark never asked for', () => {
  expect(
    requestsForTokens({ inputTokens: 1e9, outputTokens: 1e9 }, { inputTokens: 512, outputTokens: 0 }),
  ).toMatchObject({
    state: 'refused',
    reasons: ['missing-input'],
  });
  expect(requestsForTokens({ inputTokens: 1e9, outputTokens: 0 }, { inputTokens: 500, outputTokens: 0 })).toMatchObject(
    {
      state: 'ok',
      value: { requestsPerMonth: 2e6, decidedBy: 'input' },
    },
  );
});

it('has no peak-to-average without demand', () => {
  expect(profileDemand([0, 0])).toMatchObject({ peakToAverage: null, coefficientOfVariation: null, requests: 0 });
  expect(() => profileDemand([])).toThrow(/hourly demand/);
  expect(() => profileDemand([1, -2])).toThrow(/hour 1 must be zero or more/);
});

const officeWeek = Array.from({ length: 168 }, (_, hour) => (hour % 24 >= 9 && hour % 24 < 17 && hour < 120 ? 100 : 2));

it('calls a regular office load predictable and a wandering burst not', () => {
  expect(predictability([...officeWeek, ...officeWeek])).toEqual({
    state: 'ok',
    value: { errorShare: 0, predictable: true },
  });
  const shifted = officeWeek.map((_, hour) => officeWeek[(hour + 60) % 168]!);
  const outcome = predictability([...officeWeek, ...shifted]);
  expect(outcome).toMatchObject({ state: 'ok', value: { predictable: false } });
});

it('does not take a profile that repeats itself for a history', () => {
  expect(predictability(officeWeek)).toMatchObject({ state: 'refused', evidence: { hours: 168, hoursNeeded: 169 } });
});

it('clips a length at the context of the model', () => {
  const length = lognormalLength(20_000, 80_000);
  expect(clippedMeanTokens(length, 1e9)).toBeCloseTo(length.meanTokens, -1);
  const n = 100_000;
  let total = 0;
  for (let i = 0; i < n; i++)
    total += Math.min(32_000, Math.exp(length.mu + length.sigma * normalQuantile((i + 0.5) / n)));
  expect(clippedMeanTokens(length, 32_000)).toBeCloseTo(total / n, 0);
  expect(clippedMeanTokens(lognormalLength(500, 500), 300)).toBe(300);
  expect(() => lognormalLength(500, 400)).toThrow(/at least its median of 500/);
});
