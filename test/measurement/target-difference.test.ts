import { expect, it } from 'vitest';
import { differencesOf, type MeasuredStep } from '../../src/measurement/target-difference.ts';

/** A target whose four measures are all these values, a repeat each. */
const side = (label: string, values: readonly (number | null)[]) => ({
  label,
  steps: values.map(
    (value, repeat): MeasuredStep => ({
      repeat,
      ttftP50Ms: value,
      tpotP50Ms: value,
      outputTokensPerS: value,
      outputCharsPerS: value,
    }),
  ),
});
const of = (...sides: ReturnType<typeof side>[]) =>
  differencesOf(sides).filter(({ measure }) => measure === 'tpotP50Ms');

it('tells a difference by the interval of the differences within the repeats', () => {
  // Differences 1, 2, 3: 2 ± 4.3027·1/√3, against a mean of 20.
  const [held] = of(side('a', [10, 20, 30]), side('b', [11, 22, 33]));
  expect(held).toMatchObject({ base: 'a', other: 'b', repeats: 3, state: 'within_noise' });
  expect(held!.share).toBeCloseTo(0.1, 12);
  expect(held!.interval![0]).toBeCloseTo((2 - 4.302_652_7 / Math.sqrt(3)) / 20, 6);
  // What drifts for both alike is no noise of their difference.
  expect(of(side('a', [10, 20, 30]), side('b', [12, 22.1, 31.9]))[0]).toMatchObject({ state: 'higher' });
  expect(of(side('a', [10, 20, 30]), side('b', [8, 17.9, 28.1]))[0]).toMatchObject({ state: 'lower' });
});

it('is wider where several pairs are compared at once', () => {
  const [a, b] = [side('a', [10, 10, 10]), side('b', [10.9, 11, 11.1])];
  const [alone] = of(a, b);
  const three = of(a, b, side('c', [10, 10, 10]));
  expect(three.map(({ base, other }) => `${base} ${other}`)).toEqual(['a b', 'a c', 'b c']);
  const width = ({ interval }: NonNullable<typeof alone>) => interval![1] - interval![0];
  expect(width(three[0]!)).toBeGreaterThan(1.5 * width(alone!));
});

it('claims nothing below 1 %, nor with too few repeats, nor of what is not known', () => {
  expect(of(side('a', [100, 100, 100]), side('b', [100.5, 100.5, 100.5]))[0]).toMatchObject({ state: 'within_noise' });
  expect(of(side('a', [1, 1]), side('b', [9, 9]))[0]).toMatchObject({ share: 8, interval: null, state: 'unknown' });
  expect(of(side('a', [1, null, 1]), side('b', [9, 9, 9]))[0]).toMatchObject({ repeats: 2, state: 'unknown' });
  expect(of(side('a', [null]), side('b', [9]))[0]).toMatchObject({ repeats: 0, share: null, state: 'unknown' });
  expect(of(side('a', [0, 0, 0]), side('b', [9, 9, 9]))[0]).toMatchObject({ share: null, state: 'unknown' });
});
