import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axisScale,
  chooseScale,
  formatDuration,
  formatInterval,
  formatNumber,
  formatQuantity,
  formatScaled,
  rawNumber,
  type Unit,
  units,
} from '../../src/document/number.ts';

describe('a number for people', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1.00'],
    [0.5, '0.500'],
    [0.01234, '0.0123'],
    [12.345, '12.3'],
    [99.96, '100'],
    [99.94, '99.9'],
    [123.4, '123'],
    [999.4, '999'],
    [999.6, '1,000'],
    [1234.5, '1,235'],
    [1234567, '1,234,567'],
    [-12.345, '−12.3'],
    [-0.00001, '−0.0000100'],
    [1e-9, '1.00e-9'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [Number.NaN, '–'],
    [null, '–'],
    [undefined, '–'],
  ])('writes %s as %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it('never says NaN, undefined or null, and keeps within 0.5 % of the value', () => {
    const unitNames = Object.keys(units) as Unit[];
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.constant(null)), fc.constantFrom(...unitNames), (value, unit) => {
        expect(formatQuantity(value, unit)).not.toMatch(/NaN|undefined|null/);
      }),
      { seed: 1 },
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const read = Number(formatNumber(value).replaceAll(',', ''));
        expect(Math.abs(read / value - 1)).toBeLessThanOrEqual(0.0051);
      }),
      { seed: 1 },
    );
  });
});

describe('an axis', () => {
  it('counts money in thousands, millions or billions', () => {
    expect(axisScale('usd', [0, 1500]).symbol).toBe('USD');
    expect(axisScale('usd', [-335_800, 12]).symbol).toBe('thousand USD');
    expect(axisScale('usd/year', [2.5e6, null]).symbol).toBe('million USD/year');
    expect(axisScale('requests/month', [3e9]).symbol).toBe('billion req/month');
    expect(axisScale('ms', [12_000]).symbol).toBe('s');
  });
});

describe('a quantity', () => {
  it.each<[number | null, Unit, string]>([
    [85.23, 'ms', '85.2 ms'],
    [1630, 'ms', '1.63 s'],
    [0.042, 'ms', '42.0 µs'],
    [16, 'count', '16'],
    [116736, 'tokens', '116,736 tok'],
    [12_345_678, 'tokens', '12.3 M tok'],
    [1234.4, 'tokens/s', '1,234 tok/s'],
    [0.978, 'share', '97.8 %'],
    [1, 'share', '100 %'],
    [0, 'share', '0 %'],
    [0.99996, 'share', '99.996 %'],
    [3 * 1024 ** 3, 'bytes', '3.00 GiB'],
    [null, 'ms', '–'],
    [335_800.4, 'usd', '335,800 USD'],
    [-1234.5678, 'usd/h', '−1,234.5678 USD/h'],
    [2.67120103598, 'usd/accelerator-h', '2.6712 USD/acc-h'],
    [0.30812345, 'usd/Mtok', '0.3081 USD/Mtok'],
    [15.20731, 'usd/Mtok', '15.21 USD/Mtok'],
    [0.0000123456, 'usd/request', '0.00001235 USD/req'],
    [12_345.6, 'usd/Mtok', '12,346 USD/Mtok'],
    [Number.POSITIVE_INFINITY, 'usd', '∞ USD'],
  ])('writes %s %s as %s', (value, unit, text) => expect(formatQuantity(value, unit)).toBe(text));

  it('says an interval to the decimals of its value', () => {
    const scale = chooseScale('ms', [85.2]);
    expect(formatInterval(85.2, [83.9, 86.5], 'ms', scale)).toBe('±1.3');
    expect(formatInterval(85.2, [83.1, 92.4], 'ms', scale)).toBe('(83.1–92.4)');
    expect(formatInterval(85.2, [85.199, 85.201], 'ms', scale)).toBe('±0.00100');
    expect(formatInterval(85.2, [85.2, 85.2], 'ms', scale)).toBe('±0.0');
    expect(formatInterval(85.2, null, 'ms', scale)).toBe('');
    expect(formatInterval(85.2, [80, Number.POSITIVE_INFINITY], 'ms', scale)).toBe('');
    expect(formatQuantity(1234, 'tokens/s', [1213, 1255])).toBe('1,234 tok/s ±21');
  });
});

describe('a column', () => {
  it('shares one scale: never ms beside s', () => {
    const write = (values: number[]) => {
      const scale = chooseScale('ms', values);
      return [...values.map((v) => formatScaled(v, 'ms', scale)), scale.symbol];
    };
    expect(write([41.3, 385])).toEqual(['41.3', '385', 'ms']);
    expect(write([41.3, 4300])).toEqual(['41.3', '4,300', 'ms']);
    expect(write([1190, 3220])).toEqual(['1.19', '3.22', 's']);
    expect(write([410, 14_300])).toEqual(['0.410', '14.3', 's']);
    expect(write([41, 14_300])).toEqual(['41.0', '14,300', 'ms']);
    expect(write([0.012, 0.05])).toEqual(['12.0', '50.0', 'µs']);
  });

  it('ignores what is unknown, zero or infinite when it chooses', () => {
    expect(chooseScale('ms', [null, 0, Number.POSITIVE_INFINITY, 2000]).symbol).toBe('s');
    expect(chooseScale('ms', []).symbol).toBe('ms');
  });
});

it.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [58_200, '58.2 s'],
  [119_960, '2 min'],
  [125_000, '2 min 5 s'],
  [3_780_000, '1 h 3 min'],
  [-5000, '−5.00 s'],
  [null, '–'],
])('says %s ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it('keeps all digits for machines and nulls what JSON cannot hold', () => {
  expect(rawNumber(0.1 + 0.2)).toBe(0.30000000000000004);
  expect([Number.NaN, Number.POSITIVE_INFINITY, null, undefined].map(rawNumber)).toEqual([null, null, null, null]);
  expect(Object.is(rawNumber(-0), 0)).toBe(true);
});
