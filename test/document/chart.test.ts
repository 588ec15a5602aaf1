import { describe, expect, it } from 'vitest';
import { drawChart, niceCeiling } from '../../src/document/chart.ts';
import type { BarChart, Histogram, LineChart } from '../../src/document/document.ts';
import { widthOf } from '../../src/document/terminal.ts';

const line: LineChart = {
  kind: 'chart',
  shape: 'line',
  title: 'Over time',
  x: { label: 'since its start', unit: 'ms', values: [0, 1000, 2000, 3000, 4000] },
  series: [{ name: 'output', unit: 'tokens/s', values: [0, 50, 100, 50, 100] }],
};
const bars: BarChart = {
  kind: 'chart',
  shape: 'bars',
  title: 'Against load',
  categories: { label: 'in flight', names: ['1', '4', '16'] },
  series: [{ name: 'output', unit: 'tokens/s', values: [100, 400, null] }],
};
const histogram: Histogram = {
  kind: 'chart',
  shape: 'histogram',
  title: 'TTFT',
  unit: 'ms',
  edges: [0, 10, 20, 30, 40],
  counts: [1, 4, 2, 0],
};

describe('a line chart', () => {
  it('starts at zero, ends at a round number, and follows the values', () => {
    expect(`\n${drawChart(line, { width: 34, unicode: true }).join('\n')}`).toMatchInlineSnapshot(`
      "
      output, tok/s
      100 ┤           ⣀⠤⠒⠉⠒⠤⣀       ⢀⡠⠔⠊
          │       ⢀⡠⠔⠉       ⠉⠢⢄⣀⡠⠔⠊⠁
          │   ⢀⡠⠔⠊⠁
        0 ┤⡠⠔⠊⠁
           0 s  since its start   4.00 s"
    `);
  });
  it('has an ASCII form', () => {
    const lines = drawChart(line, { width: 34, unicode: false });
    expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(`\n${lines.join('\n')}`).toMatchInlineSnapshot(`
      "
      output, tok/s
      100 +            *****         ***
          |        ****     **** ****
          |   *****             *
        0 +***
           0 s  since its start   4.00 s"
    `);
  });
  it('leaves gaps where nothing is known', () => {
    const gap = { ...line, series: [{ ...line.series[0]!, values: [50, 50, null, 50, 50] }] };
    const [, top] = drawChart(gap, { width: 40, unicode: false });
    expect(top).toMatch(/\*+ +\*+/);
  });
  it('says so when there is too little to draw', () => {
    const short = { ...line, series: [{ ...line.series[0]!, values: [null, 5, null, null, Number.NaN] }] };
    expect(drawChart(short, { width: 40, unicode: true })).toEqual(['output, tok/s', '  too few points to draw']);
  });
  it('sets panels side by side only where there is room', () => {
    const two = { ...line, series: [line.series[0]!, { ...line.series[0]!, name: 'TTFT', unit: 'ms' as const }] };
    expect(drawChart(two, { width: 80, unicode: true })).toHaveLength(6);
    expect(drawChart(two, { width: 60, unicode: true })).toHaveLength(13);
  });
});

describe('a bar chart', () => {
  it('draws lengths in proportion and a dash for the unknown', () => {
    expect(`\n${drawChart(bars, { width: 30, unicode: true }).join('\n')}`).toMatchInlineSnapshot(`
      "
      output, tok/s
       1  █████▌ 100
       4  ██████████████████████ 400
      16   –"
    `);
    expect(`\n${drawChart(bars, { width: 30, unicode: false }).join('\n')}`).toMatchInlineSnapshot(`
      "
      output, tok/s
       1  ###### 100
       4  ###################### 400
      16   -"
    `);
  });
  it('draws nothing but values when all are zero', () => {
    const zero = { ...bars, series: [{ ...bars.series[0]!, values: [0, 0, 0] }] };
    expect(drawChart(zero, { width: 30, unicode: true }).join('')).not.toMatch(/█|NaN/);
  });
});

describe('a histogram', () => {
  it('stands columns over its range', () => {
    expect(`\n${drawChart(histogram, { width: 30, unicode: true }).join('\n')}`).toMatchInlineSnapshot(`
      "
      TTFT
          ████
          ████
          ████████
      ████████████
      0 ms     40.0 ms"
    `);
  });
  it('merges bins when there are more than cells', () => {
    const many = {
      ...histogram,
      edges: Array.from({ length: 501 }, (_, i) => i),
      counts: Array.from({ length: 500 }, () => 1),
    };
    for (const text of drawChart(many, { width: 40, unicode: true })) expect(widthOf(text)).toBeLessThanOrEqual(40);
  });
});

it('stays within its width whatever the width', () => {
  for (let width = 24; width <= 140; width++)
    for (const unicode of [true, false])
      for (const chart of [line, bars, histogram])
        for (const text of drawChart(chart, { width, unicode })) expect(widthOf(text)).toBeLessThanOrEqual(width);
});

it('rounds an axis up, never down', () => {
  expect([0, 1, 1.01, 99, 101, 1407, 0.0123, -5].map(niceCeiling)).toEqual([1, 1, 1.5, 100, 150, 1500, 0.015, 0]);
});
