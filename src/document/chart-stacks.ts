import type { StackChart, TornadoChart } from './document.ts';
import { axisScale, formatScaled } from './number.ts';
import type { ChartOptions } from './scale.ts';
import { align, printable, truncate, widthOf, wrap } from './terminal.ts';

const plain = (text: string): string => text;
const fills = { unicode: ['█', '▓', '▒', '░', '▚', '▞', '▀', '▄'], ascii: ['#', '=', '+', '-', '%', ':', 'o', '.'] };

/** Cells that each part of a bar gets: rounded so that their sum is right. */
export function cellsOf(values: readonly number[], high: number, width: number): number[] {
  let [sum, before] = [0, 0];
  return values.map((value) => {
    sum += Math.max(0, value);
    const end = high > 0 ? Math.round((sum / high) * width) : 0;
    const cells = end - before;
    before = end;
    return cells;
  });
}

/** One bar a name, a fill a part, the total behind it, and what the fills mean beneath. */
export function drawStacks(chart: StackChart, { width, unicode, paint }: ChartOptions): string[] {
  const { data, frame } = paint ?? { data: plain, frame: plain };
  const palette = unicode ? fills.unicode : fills.ascii;
  const amounts = chart.names.map((_, i) => chart.parts.map(({ values }) => Math.max(0, values[i] ?? 0)));
  const totals = amounts.map((parts) => parts.reduce((a, b) => a + b, 0));
  const high = totals.reduce((a, b) => Math.max(a, b), 0);
  if (!(high > 0)) return [frame('  nothing to draw')];
  const scale = axisScale(chart.unit, totals);
  const printed = totals.map((total) => printable(formatScaled(total, chart.unit, scale), unicode));
  const names = chart.names.map((name) => truncate(printable(name, unicode), Math.floor(width / 3), unicode));
  const margin = Math.max(...names.map(widthOf));
  const room = Math.max(8, width - margin - Math.max(...printed.map(widthOf)) - 3);
  const bars = amounts.map((parts) =>
    cellsOf(parts, high, room)
      .map((cells, i) => palette[i % palette.length]!.repeat(cells))
      .join(''),
  );
  const used = chart.parts.flatMap(({ name, values }, i) =>
    values.some((value) => (value ?? 0) > 0) ? [`${palette[i % palette.length]} ${printable(name, unicode)}`] : [],
  );
  return [
    printable(scale.symbol, unicode),
    ...names.map((name, i) => `${frame(align(name, margin, 'left'))}  ${data(bars[i]!)} ${printed[i]}`),
    ...beside(used, width),
  ];
}

/** As many items on a line as fit; none is broken. */
function beside(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const joined = `${lines.at(-1)}   ${item}`;
    if (lines.length > 0 && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(truncate(item, width));
  }
  return lines;
}

/** A row an assumption: its range, then the outcome at both ends with a bar between them about the base. */
export function drawTornado(chart: TornadoChart, { width, unicode, paint }: ChartOptions): string[] {
  const { data, frame } = paint ?? { data: plain, frame: plain };
  const ends = chart.rows.flatMap(({ low, high }) => [low.outcome, high.outcome]);
  if (ends.length === 0) return [frame('  nothing to draw')];
  const [least, most] = [Math.min(chart.base, ...ends), Math.max(chart.base, ...ends)];
  const scale = axisScale(chart.outcome.unit, [least, most]);
  const print = (value: number) => printable(formatScaled(value, chart.outcome.unit, scale), unicode);
  const left = Math.max(...chart.rows.map(({ low, high }) => widthOf(print(Math.min(low.outcome, high.outcome)))));
  const right = Math.max(...chart.rows.map(({ low, high }) => widthOf(print(Math.max(low.outcome, high.outcome)))));
  const room = Math.max(9, width - left - right - 4);
  const column = (value: number) => Math.round(((value - least) / (most - least || 1)) * (room - 1));
  const [full, half, axis] = unicode ? ['█', '▒', '│'] : ['#', '=', '|'];
  const lines = chart.rows.flatMap(({ name, low, high }) => {
    const [from, to] = low.outcome <= high.outcome ? [low, high] : [high, low];
    const cells = Array.from({ length: room }, (_, i) => {
      if (i === column(chart.base)) return axis;
      if (i < column(from.outcome) || i > column(to.outcome)) return ' ';
      // Which end of the assumption a side belongs to, not which side of the base.
      return i < column(chart.base) === (from === low) ? half : full;
    });
    const head = printable(`${name}: ${low.label} … ${high.label}`, unicode);
    const bar = `${align(print(from.outcome), left, 'right')} ${data(cells.join(''))} ${print(to.outcome)}`;
    return [frame(truncate(head, width, unicode)), `  ${bar}`.trimEnd()];
  });
  const name = `${chart.outcome.label}${scale.symbol === '' ? '' : `, ${scale.symbol}`}; base ${print(chart.base)}`;
  return [
    ...wrap(printable(name, unicode), width),
    ...lines,
    ...beside([`${half} low end`, `${full} high end`, `${axis} base`], width).map(frame),
  ];
}
