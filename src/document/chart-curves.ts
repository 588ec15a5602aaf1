import type { Curve, CurveChart } from './document.ts';
import { axisScale, formatScaled } from './number.ts';
import { type ChartOptions, niceTicks } from './scale.ts';
import { align, printable, widthOf, wrap } from './terminal.ts';

const rows = 11;
const plain = (text: string): string => text;
/** One sign a curve, so that they can be told apart without colour. */
const signs = { unicode: ['●', '○', '▲', '△', '■', '□'], ascii: ['*', 'o', '+', 'x', '#', '~'] };
const digits = '①②③④⑤⑥⑦⑧⑨';

/** Value of a curve at x; null outside its points. At the x of a step the new level holds. */
export function valueAt({ form, points }: Curve, x: number): number | null {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || x < first[0] || x > last[0]) return null;
  const left = points.findLast((point) => point[0] <= x) ?? first;
  if (form === 'steps') return left[1];
  const right = points.find((point) => point[0] > x) ?? left;
  return right[0] === left[0] ? left[1] : left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}

/** Ends of both axes: zero is always on the y axis. */
export function extent({ curves, marks }: CurveChart): { x: [number, number]; y: number[] } | null {
  const points = [...curves.flatMap(({ points }) => points), ...marks.map(({ x, y }) => [x, y] as const)];
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  if (finite.length < 2) return null;
  const fold = (values: readonly number[], of: (a: number, b: number) => number) => values.reduce((a, b) => of(a, b));
  const [xs, ys] = [finite.map(([x]) => x), finite.map(([, y]) => y)];
  const x: [number, number] = [fold(xs, Math.min), fold(xs, Math.max)];
  return { x, y: niceTicks(Math.min(0, fold(ys, Math.min)), Math.max(0, fold(ys, Math.max)), 4) };
}

/** The sign that stands for a mark: a digit in a circle, or a digit. */
export const markSign = (index: number, unicode: boolean): string =>
  (unicode ? digits[index] : undefined) ?? String((index + 1) % 10);

/** Curves on one grid, a sign each, with the marks numbered and told beneath. */
export function drawCurves(chart: CurveChart, options: ChartOptions): string[] {
  const { data, frame } = options.paint ?? { data: plain, frame: plain };
  const clean = (text: string) => printable(text, options.unicode);
  const range = extent(chart);
  if (range === null) return [frame('  too few points to draw')];
  const [low, high] = [range.y[0]!, range.y.at(-1)!];
  const scale = axisScale(chart.y.unit, range.y);
  const labels = [high, (low + high) / 2, low].map((v) => clean(formatScaled(v, chart.y.unit, scale)));
  const margin = Math.max(...labels.map(widthOf));
  const width = Math.max(8, options.width - margin - 2);
  const grid = plotCurves(chart, range.x, [low, high], width, options.unicode);
  const at = new Map([
    [0, labels[0]!],
    [(rows - 1) / 2, labels[1]!],
    [rows - 1, labels[2]!],
  ]);
  const [tick, bar] = options.unicode ? ['┤', '│'] : ['+', '|'];
  return [
    ...wrap(clean(nameOf(chart.y.label, scale.symbol)), options.width),
    ...grid.map((cells, row) => {
      const text = at.get(row);
      return (
        frame(`${align(text ?? '', margin, 'right')} ${text === undefined ? bar : tick}`) +
        data(cells.join('').trimEnd())
      );
    }),
    frame(' '.repeat(margin + 2) + bottomLine(chart, range.x, width, options.unicode)),
    ...legend(chart, options),
  ];
}

const nameOf = (label: string, symbol: string): string => (symbol === '' ? label : `${label}, ${symbol}`);

function plotCurves(
  chart: CurveChart,
  [from, to]: readonly [number, number],
  [low, high]: readonly [number, number],
  width: number,
  unicode: boolean,
): string[][] {
  const grid = Array.from({ length: rows }, () => new Array<string>(width).fill(' '));
  const rowOf = (y: number) => Math.round((1 - (y - low) / (high - low || 1)) * (rows - 1));
  const set = (column: number, y: number, sign: string) => {
    const cells = grid[Math.min(rows - 1, Math.max(0, rowOf(y)))];
    if (cells && column >= 0 && column < width) cells[column] = sign;
  };
  chart.curves.forEach((curve, i) => {
    const palette = unicode ? signs.unicode : signs.ascii;
    for (let column = 0; column < width; column++) {
      const y = valueAt(curve, from + ((to - from) * column) / (width - 1));
      if (y !== null) set(column, y, palette[i % palette.length]!);
    }
  });
  chart.marks.forEach(
    ({ x, y }, i) => void set(Math.round(((x - from) / (to - from || 1)) * (width - 1)), y, markSign(i, unicode)),
  );
  return grid;
}

function bottomLine(chart: CurveChart, [from, to]: readonly [number, number], width: number, unicode: boolean): string {
  const scale = axisScale(chart.x.unit, [from, to]);
  const [left, right] = [from, to].map((v) => printable(formatScaled(v, chart.x.unit, scale), unicode)) as [
    string,
    string,
  ];
  const name = printable(nameOf(chart.x.label, scale.symbol), unicode);
  const room = width - widthOf(left) - widthOf(right);
  if (room < widthOf(name) + 2) return left + ' '.repeat(Math.max(1, room)) + right;
  const before = Math.floor((room - widthOf(name)) / 2);
  return left + ' '.repeat(before) + name + ' '.repeat(room - before - widthOf(name)) + right;
}

function legend(chart: CurveChart, { width, unicode }: ChartOptions): string[] {
  const palette = unicode ? signs.unicode : signs.ascii;
  const items = [
    ...chart.curves.map(({ name }, i) => [palette[i % palette.length]!, name] as const),
    ...chart.marks.map(({ label }, i) => [markSign(i, unicode), label] as const),
  ];
  return items.flatMap(([sign, text]) =>
    wrap(printable(text, unicode), width - 2).map((line, i) => `${i === 0 ? sign : ' '} ${line}`),
  );
}
