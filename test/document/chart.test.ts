import { describe, expect, it } from 'vitest';
import { drawChart } from '../../src/document/chart.ts';
import { drawCurves, valueAt } from '../../src/document/chart-curves.ts';
import { cellsOf, drawStacks, drawTornado } from '../../src/document/chart-stacks.ts';
import type {
  BarChart,
  CurveChart,
  Histogram,
  LineChart,
  StackChart,
  TornadoChart,
} from '../../src/document/document.ts';
import { niceCeiling, niceTicks } from '../../src/document/scale.ts';
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

const curves: CurveChart = {
  kind: 'chart',
  shape: 'curves',
  title: 'Break-even',
  x: { label: 'demand', unit: 'requests/month' },
  y: { label: 'cost', unit: 'usd/month' },
  curves: [
    {
      name: 'own',
      form: 'steps',
      points: [
        [0, 10_000],
        [50_000, 20_000],
        [100_000, 20_000],
      ],
    },
    {
      name: 'API',
      form: 'line',
      points: [
        [0, 0],
        [100_000, 30_000],
      ],
    },
  ],
  marks: [{ label: 'first crossing', x: 33_333, y: 10_000 }],
};
const stacks: StackChart = {
  kind: 'chart',
  shape: 'stacks',
  title: 'Cost a year',
  unit: 'usd/year',
  names: ['own', 'API'],
  parts: [
    { name: 'capital', values: [60, null] },
    { name: 'staff', values: [40, 10] },
    { name: 'fees', values: [0, 190] },
    { name: 'nothing', values: [0, null] },
  ],
};
const tornado: TornadoChart = {
  kind: 'chart',
  shape: 'tornado',
  title: 'What moves it',
  outcome: { label: 'NPV', unit: 'usd' },
  base: 100,
  rows: [
    { name: 'decline', low: { label: '0', outcome: 500 }, high: { label: '0.6', outcome: -300 } },
    { name: 'growth', low: { label: '0', outcome: 0 }, high: { label: '1', outcome: 200 } },
  ],
};

describe('curves', () => {
  it('stand over each other, with marks told beneath', () => {
    expect(`\n${drawCurves(curves, { width: 40, unicode: false }).join('\n')}`).toMatchInlineSnapshot(`
      "
      cost, thousand USD/month
      30.0 +                                oo
           |                             ooo
           |                         oooo
           |                 *****ooo*********
           |                   ooo
      15.0 +               oooo
           |            ooo
           |*********oo1*****
           |     oooo
           |  ooo
         0 +oo
            0  demand, thousand req/month  100
      * own
      o API
      1 first crossing"
    `);
  });
  it('have steps that rise at their own x and lines that lie between points', () => {
    expect([0, 49_999, 50_000, 100_000, 100_001].map((x) => valueAt(curves.curves[0]!, x))).toEqual([
      10_000,
      10_000,
      20_000,
      20_000,
      null,
    ]);
    expect(valueAt(curves.curves[1]!, 25_000)).toBe(7_500);
  });
  it('need two points', () => {
    expect(drawCurves({ ...curves, curves: [], marks: [] }, { width: 40, unicode: true })).toEqual([
      '  too few points to draw',
    ]);
  });
});

describe('stacks', () => {
  it('have parts whose lengths add up, the total, and a key without what is nowhere', () => {
    expect(`\n${drawStacks(stacks, { width: 40, unicode: true }).join('\n')}`).toMatchInlineSnapshot(`
      "
      USD/year
      own  █████████▓▓▓▓▓▓▓ 100
      API  ▓▓▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ 200
      █ capital   ▓ staff   ▒ fees"
    `);
    expect(cellsOf([1, 1, 1], 3, 10).reduce((a, b) => a + b)).toBe(10);
    expect(cellsOf([1, 1, 1], 6, 10)).toEqual([2, 1, 2]);
  });
});

describe('a tornado', () => {
  it('shows both ends of each assumption about the base', () => {
    expect(`\n${drawTornado(tornado, { width: 44, unicode: true }).join('\n')}`).toMatchInlineSnapshot(`
      "
      NPV, USD; base 100
      decline: 0 … 0.6
        −300 ████████████████│▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ 500
      growth: 0 … 1
           0             ▒▒▒▒│████             200
      ▒ low end   █ high end   │ base"
    `);
  });
});

it.each([curves, stacks, tornado])('$shape fits any width, with and without Unicode', (chart) => {
  for (const width of [20, 38, 60, 158])
    for (const unicode of [true, false])
      for (const text of drawChart(chart, { width, unicode })) {
        expect(widthOf(text)).toBeLessThanOrEqual(width);
        if (!unicode) expect(text).toMatch(/^[\x20-\x7e]*$/);
      }
});

it('has ticks at round numbers that cover a range', () => {
  expect(niceTicks(0, 48, 4)).toEqual([0, 20, 40, 60]);
  expect(niceTicks(-335_800, 336_200, 4)).toEqual([-400_000, -200_000, 0, 200_000, 400_000]);
  expect(niceTicks(5, 5, 4)).toEqual([5]);
});
