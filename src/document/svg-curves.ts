import { extent } from './chart-curves.ts';
import type { Curve, CurveChart } from './document.ts';
import { axisScale, formatScaled } from './number.ts';
import { niceTicks } from './scale.ts';
import { label, legend, n, roomFor, seriesCount } from './svg-text.ts';
import { markup } from './xml.ts';

const width = 560;
const height = 300;
const [top, right, bottom] = [28, 16, 46];

/** Curves on common axes with a key beneath; told apart by colour and by dashes. */
export function drawCurvesSvg(chart: CurveChart): string {
  const range = extent(chart);
  if (range === null) return '<p class="foot">Too few points to draw.</p>';
  const [low, high] = [range.y[0]!, range.y.at(-1)!];
  const [from, to] = range.x;
  const yScale = axisScale(chart.y.unit, range.y);
  const xScale = axisScale(chart.x.unit, range.x);
  const yTicks = range.y.map((value) => ({ value, text: formatScaled(value, chart.y.unit, yScale) }));
  const left = Math.max(...yTicks.map(({ text }) => roomFor(text))) + 10;
  const x = (value: number) => left + ((value - from) / (to - from || 1)) * (width - left - right);
  const y = (value: number) => top + (1 - (value - low) / (high - low || 1)) * (height - top - bottom);
  const xTicks = niceTicks(from, to, 4).filter((value) => value >= from && value <= to);
  const grid = yTicks.map(
    ({ value, text }) =>
      `<line x1="${n(left)}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}" class="${value === 0 ? 'axis' : 'grid'}"/>` +
      label(left - 6, y(value) + 4, text, 'end'),
  );
  const ticks = xTicks.map((value, i) => {
    const anchor = i === 0 && x(value) - left < 20 ? 'start' : width - right - x(value) < 30 ? 'end' : 'middle';
    return label(x(value), height - bottom + 18, formatScaled(value, chart.x.unit, xScale), anchor);
  });
  const curves = chart.curves.map(
    (curve, i) => `<path d="${path(curve, x, y)}" class="curve s${(i % seriesCount) + 1}"/>`,
  );
  const marks = chart.marks.map(
    (mark, i) =>
      `<line x1="${n(x(mark.x))}" x2="${n(x(mark.x))}" y1="${n(y(mark.y))}" y2="${height - bottom}" class="drop"/>` +
      `<circle cx="${n(x(mark.x))}" cy="${n(y(mark.y))}" r="9" class="mark"/>` +
      label(x(mark.x), y(mark.y) + 4, String(i + 1), 'middle', 'marknumber'),
  );
  const names = [
    label(0, 14, withUnit(chart.y.label, yScale.symbol), 'start', 'name'),
    label(width - right, height - 6, withUnit(chart.x.label, xScale.symbol), 'end', 'name'),
  ];
  const key = [
    ...chart.curves.map((curve, i) => ({ sign: swatch(i), text: curve.name })),
    ...chart.marks.map((mark, i) => ({ sign: `<b class="number">${i + 1}</b>`, text: mark.label })),
  ];
  const parts = [...grid, ...ticks, ...curves, ...marks, ...names].join('');
  return `<figure class="large"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${markup(chart.title)}">${parts}</svg>${legend(key)}</figure>`;
}

const withUnit = (name: string, symbol: string): string => (symbol === '' ? name : `${name}, ${symbol}`);

const swatch = (i: number): string =>
  `<svg viewBox="0 0 26 10" class="swatch" aria-hidden="true"><path d="M0 5H26" class="curve s${(i % seriesCount) + 1}"/></svg>`;

function path({ form, points }: Curve, x: (v: number) => number, y: (v: number) => number): string {
  return points
    .map(([px, py], i) => {
      if (i === 0) return `M${n(x(px))} ${n(y(py))}`;
      return form === 'steps' ? `H${n(x(px))}V${n(y(py))}` : `L${n(x(px))} ${n(y(py))}`;
    })
    .join('');
}
