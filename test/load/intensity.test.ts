import { expect, it } from 'vitest';
import {
  diurnal,
  exponentialRamp,
  heldBefore,
  type KnownIntensity,
  linearRamp,
  onOff,
  piecewise,
} from '../../src/load/intensity.ts';
import { createRandom } from '../../src/random/random.ts';

/** ∫λ by the midpoint rule. */
function integral(rateAt: (seconds: number) => number, seconds: number): number {
  const steps = 200_000;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += rateAt(((i + 0.5) * seconds) / steps);
  return (sum * seconds) / steps;
}

const shapes: [string, KnownIntensity, (t: number) => number][] = [
  ['a linear ramp', linearRamp(1, 3, 10), (t) => (t < 10 ? 1 + t / 5 : 3)],
  ['a falling ramp', linearRamp(30, 2, 20), (t) => (t < 20 ? 30 - 1.4 * t : 2)],
  ['a ramp from nothing', linearRamp(0, 8, 5), (t) => (t < 5 ? 1.6 * t : 8)],
  ['an exponential ramp', exponentialRamp(1, 30, 12), (t) => (t < 12 ? 30 ** (t / 12) : 30)],
  ['a falling exponential ramp', exponentialRamp(40, 5, 9), (t) => (t < 9 ? 40 * (1 / 8) ** (t / 9) : 5)],
  [
    'steps',
    piecewise([
      { ratePerS: 5, seconds: 3 },
      { ratePerS: 0, seconds: 2 },
      { ratePerS: 20, seconds: 4 },
    ]),
    (t) => (t < 3 ? 5 : t < 5 ? 0 : 20),
  ],
  ['a day', diurnal(20, 0.7, 7, 2), (t) => 20 * (1 + 0.7 * Math.sin((2 * Math.PI * (t - 2)) / 7))],
  ['a day that falls to nothing', diurnal(20, 1, 7, 0), (t) => 20 * (1 + Math.sin((2 * Math.PI * t) / 7))],
];

it.each(shapes)('knows the integral of %s, and its inverse', (_, intensity, rateAt) => {
  for (const seconds of [0.3, 2.9, 6.1, 8.7, 13, 25]) {
    const points = integral(rateAt, seconds);
    expect(intensity.pointsAt(seconds)).toBeCloseTo(points, 3);
    if (rateAt(seconds) > 0) expect(intensity.secondsAt(intensity.pointsAt(seconds))).toBeCloseTo(seconds, 6);
  }
  expect(intensity.secondsAt(0)).toBe(0);
});

it('follows the formula of an exponential ramp: t = T/ln r · ln(1 + s·ln r/(λ₀T))', () => {
  const [from, seconds, r] = [2, 10, 8];
  const ramp = exponentialRamp(from, from * r, seconds);
  for (const s of [1, 10, 60])
    expect(ramp.secondsAt(s)).toBeCloseTo(
      (seconds / Math.log(r)) * Math.log(1 + (s * Math.log(r)) / (from * seconds)),
      10,
    );
  expect(exponentialRamp(4, 4, 10).secondsAt(8)).toBe(2);
});

it('has no arrivals behind a ramp or a last step that ends at nothing', () => {
  expect(linearRamp(10, 0, 10).secondsAt(50.001)).toBe(Infinity);
  const steps = piecewise([
    { ratePerS: 10, seconds: 2 },
    { ratePerS: 0, seconds: 5 },
  ]);
  expect(steps.secondsAt(19)).toBeCloseTo(1.9, 12);
  expect(steps.secondsAt(20)).toBe(Infinity);
});

it('puts what is due at the edge of a pause behind it', () => {
  const steps = piecewise([
    { ratePerS: 10, seconds: 2 },
    { ratePerS: 0, seconds: 5 },
    { ratePerS: 1, seconds: 1 },
  ]);
  expect(steps.secondsAt(20)).toBe(7);
  expect(steps.secondsAt(24)).toBe(11); // the last step goes on
});

it('switches between two rates for exponential times, with the mean rate of both', () => {
  const [low, high] = [
    { ratePerS: 2, seconds: 10 },
    { ratePerS: 50, seconds: 2 },
  ];
  const chain = onOff(low, high, createRandom(3, 'rate'));
  const points = 400_000;
  const meanPerS = (2 * 10 + 50 * 2) / 12;
  let last = 0;
  for (let s = 0; s <= points; s += 7) {
    const t = chain.secondsAt(s);
    expect(t).toBeGreaterThanOrEqual(last);
    last = t;
  }
  expect(Math.abs(last / (points / meanPerS) - 1)).toBeLessThan(0.03);
});

it('holds a first rate before the shape begins', () => {
  const held = heldBefore(1, 4, linearRamp(1, 3, 10));
  expect([1, 3.5, 5, 9].map((s) => Number(held.secondsAt(s).toFixed(3)))).toEqual([1, 3.5, 4.916, 7.66]);
});
