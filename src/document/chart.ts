import { drawCurves } from './chart-curves.ts';
import { drawStacks, drawTornado } from './chart-stacks.ts';
import type { BarChart, Chart, Histogram, LineChart, Series } from './document.ts';
import { chooseScale, formatQuantity, formatScaled } from './number.ts';
import { type ChartOptions, niceCeiling } from './scale.ts';
import { align, printable, truncate, widthOf } from './terminal.ts';

const plain = (text: string): string => text;
const rowsPerPanel = 4;
const gap = 4;
/** Narrower than this, panels stand beneath each other instead of side by side. */
const narrowestPanel = 36;

/** Draws a chart with braille dots and blocks, or with ASCII; lines are at most `width` cells wide. */
export function drawChart(chart: Chart, options: ChartOptions): string[] {
  if (chart.shape === 'histogram') return drawHistogram(chart, options);
  if (chart.shape === 'curves') return drawCurves(chart, options);
  if (chart.shape === 'tornado') return drawTornado(chart, options);
  if (chart.shape === 'stacks') return drawStacks(chart, options);
  const beside = Math.min(
    chart.series.length,
    Math.max(1, Math.floor((options.width + gap) / (narrowestPanel + gap))),
    2,
  );
  const width = Math.floor((options.width - gap * (beside - 1)) / beside);
  const panels = chart.series.map((series) =>
    chart.shape === 'line'
      ? drawLine(chart, series, { ...options, width })
      : drawBars(chart, series, { ...options, width }),
  );
  return sideBySide(panels, beside, width);
}

function sideBySide(panels: readonly string[][], count: number, width: number): string[] {
  const lines: string[] = [];
  for (let first = 0; first < panels.length; first += count) {
    const row = panels.slice(first, first + count);
    if (first > 0) lines.push('');
    const height = Math.max(...row.map((panel) => panel.length));
    for (let i = 0; i < height; i++)
      lines.push(
        row
          .map((panel) => align(panel[i] ?? '', width, 'left'))
          .join(' '.repeat(gap))
          .trimEnd(),
      );
  }
  return lines;
}

function drawLine(chart: LineChart, series: Series, options: ChartOptions): string[] {
  const { data, frame } = options.paint ?? { data: plain, frame: plain };
  const finite = series.values.filter((v): v is number => v !== null && Number.isFinite(v));
  const scale = chooseScale(series.unit, finite);
  const title = truncate(
    printable(`${series.name}${scale.symbol ? `, ${scale.symbol}` : ''}`, options.unicode),
    options.width,
  );
  if (finite.length < 2) return [title, frame('  too few points to draw')];
  // Zero is always on the axis: a chart that starts elsewhere makes noise look like change.
  const [low, high] = [Math.min(0, ...finite), niceCeiling(Math.max(...finite))];
  const labels = [high, low].map((v) => printable(formatScaled(v, series.unit, scale), options.unicode));
  const margin = Math.max(...labels.map(widthOf));
  const width = Math.max(8, options.width - margin - 2);
  const grid = plot(chart.x.values, series.values, { width, low, high, unicode: options.unicode });
  const axis = options.unicode ? ['┤', '│'] : ['+', '|'];
  const body = grid.map((cells, row) => {
    const label = row === 0 ? labels[0] : row === grid.length - 1 ? labels[1] : '';
    return frame(`${align(label ?? '', margin, 'right')} ${label ? axis[0] : axis[1]}`) + data(cells);
  });
  return [title, ...body, frame(' '.repeat(margin + 2) + xAxis(chart.x, width, options.unicode))];
}

function xAxis(x: LineChart['x'], width: number, unicode: boolean): string {
  const [first, last] = [x.values[0] ?? 0, x.values.at(-1) ?? 0];
  const scale = chooseScale(x.unit, [last]);
  const [left, right] = [first, last].map((v) =>
    printable(`${formatScaled(v, x.unit, scale)} ${scale.symbol}`.trim(), unicode),
  );
  const middle = printable(x.label, unicode);
  const room = width - widthOf(left!) - widthOf(right!);
  if (room < widthOf(middle) + 2) return left! + ' '.repeat(Math.max(1, room)) + right!;
  const before = Math.floor((room - widthOf(middle)) / 2);
  return left! + ' '.repeat(before) + middle + ' '.repeat(room - before - widthOf(middle)) + right!;
}

interface Field {
  readonly width: number;
  readonly low: number;
  readonly high: number;
  readonly unicode: boolean;
}

/** Rasters a polyline: 2×4 dots a cell with braille, one dot a cell without. Gaps (null) stay gaps. */
function plot(xs: readonly number[], ys: readonly (number | null)[], field: Field): string[] {
  const [across, down] = field.unicode ? [2, 4] : [1, 1];
  const [columns, rows] = [field.width * across, rowsPerPanel * down];
  const cells = new Uint8Array(field.width * rowsPerPanel);
  const span = (xs.at(-1) ?? 0) - (xs[0] ?? 0) || 1;
  let previous: number | null = null;
  for (let column = 0; column < columns; column++) {
    const value = valueAt(xs, ys, (xs[0] ?? 0) + (span * column) / (columns - 1));
    if (value === null) {
      previous = null;
      continue;
    }
    const share = (value - field.low) / (field.high - field.low || 1);
    const row = Math.min(rows - 1, Math.max(0, Math.round((1 - share) * (rows - 1))));
    const from: number = previous === null ? row : previous < row ? previous + 1 : previous > row ? previous - 1 : row;
    for (let r = Math.min(from, row); r <= Math.max(from, row); r++)
      cells[Math.floor(r / down) * field.width + Math.floor(column / across)]! |= dot(column % across, r % down);
    previous = row;
  }
  const sign = (bits: number) =>
    field.unicode ? (bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits)) : bits === 0 ? ' ' : '*';
  return Array.from({ length: rowsPerPanel }, (_, row) =>
    Array.from(cells.subarray(row * field.width, (row + 1) * field.width), sign).join(''),
  );
}

const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];
const dot = (column: number, row: number): number => dots[column]?.[row] ?? 1;

/** Linear between two neighbours; null beside a gap unless the point itself is there. */
function valueAt(xs: readonly number[], ys: readonly (number | null)[], x: number): number | null {
  let right = xs.findIndex((v) => v >= x);
  if (right < 0) right = xs.length - 1;
  const left = xs[right] === x ? right : Math.max(0, right - 1);
  const [a, b] = [ys[left] ?? null, ys[right] ?? null];
  const [xa, xb] = [xs[left] ?? 0, xs[right] ?? 0];
  const share = xb === xa ? 0 : (x - xa) / (xb - xa);
  if (a === null || b === null) return share < 0.5 ? (a ?? null) : b;
  return a + (b - a) * share;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function drawBars(chart: BarChart, series: Series, options: ChartOptions): string[] {
  const { data, frame } = options.paint ?? { data: plain, frame: plain };
  const finite = series.values.filter((v): v is number => v !== null && Number.isFinite(v));
  const scale = chooseScale(series.unit, finite);
  const high = Math.max(0, ...finite);
  const names = chart.categories.names.map((n) => truncate(printable(n, options.unicode), 16, options.unicode));
  const values = series.values.map((v) => printable(formatScaled(v, series.unit, scale), options.unicode));
  const margin = Math.max(0, ...names.map(widthOf));
  const width = Math.max(4, options.width - margin - Math.max(0, ...values.map(widthOf)) - 3);
  const title = truncate(
    printable(`${series.name}${scale.symbol ? `, ${scale.symbol}` : ''}`, options.unicode),
    options.width,
  );
  const lines = names.map((name, i) => {
    const value = series.values[i] ?? null;
    const length = value === null || !Number.isFinite(value) || high === 0 ? 0 : Math.max(0, (value / high) * width);
    return `${frame(align(name, margin, 'right'))}  ${data(bar(length, options.unicode))} ${values[i] ?? ''}`;
  });
  return [title, ...lines];
}

function bar(length: number, unicode: boolean): string {
  if (!unicode) return '#'.repeat(Math.round(length));
  const whole = Math.floor(length);
  return '█'.repeat(whole) + (eighths[Math.floor((length - whole) * 8)] ?? '');
}

const levels = ' ▁▂▃▄▅▆▇█';

function drawHistogram(chart: Histogram, options: ChartOptions): string[] {
  const { data, frame } = options.paint ?? { data: plain, frame: plain };
  const merge = Math.max(1, Math.ceil(chart.counts.length / options.width));
  const counts: number[] = [];
  for (let i = 0; i < chart.counts.length; i += merge)
    counts.push(chart.counts.slice(i, i + merge).reduce((a, b) => a + b, 0));
  const high = Math.max(0, ...counts);
  const title = truncate(printable(chart.title, options.unicode), options.width);
  if (high === 0) return [title, frame('  nothing to draw')];
  const each = Math.max(1, Math.min(4, Math.floor(options.width / counts.length)));
  const steps = options.unicode ? 8 : 1;
  const lines = Array.from({ length: rowsPerPanel }, (_, row) =>
    data(
      counts
        .map((count) => {
          const filled = Math.ceil((count / high) * rowsPerPanel * steps) - (rowsPerPanel - 1 - row) * steps;
          const level = Math.max(0, Math.min(steps, filled));
          return (options.unicode ? (levels[level] ?? ' ') : level > 0 ? '#' : ' ').repeat(each);
        })
        .join('')
        .trimEnd(),
    ),
  );
  const [first, last] = [chart.edges[0] ?? 0, chart.edges.at(-1) ?? 0].map((v) =>
    printable(formatQuantity(v, chart.unit), options.unicode),
  );
  const room = Math.max(1, counts.length * each - widthOf(first!) - widthOf(last!));
  return [title, ...lines, frame(truncate(first! + ' '.repeat(room) + last!, options.width, options.unicode))];
}
