import type { BarChart, Chart, Histogram, LineChart, Series } from './document.ts';
import { chooseScale, formatQuantity, formatScaled } from './number.ts';
import { niceCeiling } from './scale.ts';
import { drawCurvesSvg } from './svg-curves.ts';
import { drawStacksSvg, drawTornadoSvg } from './svg-stacks.ts';
import { label, n, roomFor } from './svg-text.ts';
import { drawTimelineSvg, leastPanels } from './svg-timeline.ts';
import { truncate } from './terminal.ts';
import { markup } from './xml.ts';

const width = 420;
const height = 190;
const left = 58;
const right = 12;
const top = 26;
const bottom = 34;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

/** A chart as inline SVG, one figure a series; colours come from the page's CSS variables. */
export function svgCharts(chart: Chart): string[] {
  if (chart.shape === 'histogram') return [histogram(chart)];
  if (chart.shape === 'curves') return [drawCurvesSvg(chart)];
  if (chart.shape === 'tornado') return [drawTornadoSvg(chart)];
  if (chart.shape === 'stacks') return [drawStacksSvg(chart)];
  if (chart.shape === 'line' && chart.series.length >= leastPanels) return [drawTimelineSvg(chart)];
  return chart.series.map((series) => (chart.shape === 'line' ? line(chart, series) : bars(chart, series)));
}

function frame(name: string, tall: number, content: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${tall}" role="img" aria-label="${markup(name)}">${label(0, 14, name, 'start', 'name')}${content.join('')}</svg>`;
}

const finite = (values: readonly (number | null)[]): number[] =>
  values.filter((v): v is number => v !== null && Number.isFinite(v));
const named = (series: Series, symbol: string): string => (symbol === '' ? series.name : `${series.name}, ${symbol}`);

function line(chart: LineChart, series: Series): string {
  const known = finite(series.values);
  const scale = chooseScale(series.unit, known);
  const name = named(series, scale.symbol);
  if (known.length < 2) return frame(name, 44, [label(0, 34, 'too few points to draw', 'start')]);
  const xs = chart.x.values;
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 0];
  const low = known.reduce((a, b) => Math.min(a, b), 0);
  const high = niceCeiling(known.reduce((a, b) => Math.max(a, b), 0)) || 1;
  const x = (value: number) => left + ((value - first) / (last - first || 1)) * plotWidth;
  const y = (value: number) => top + (1 - (value - low) / (high - low || 1)) * plotHeight;
  let pen = 'M';
  const path = series.values.flatMap((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      pen = 'M';
      return [];
    }
    const step = `${pen}${n(x(xs[i] ?? 0))} ${n(y(value))}`;
    pen = 'L';
    return [step];
  });
  const xScale = chooseScale(chart.x.unit, [last]);
  const ticks = [low, (low + high) / 2, high].map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}" class="grid"/>` +
      label(left - 6, y(value) + 4, formatScaled(value, series.unit, scale), 'end'),
  );
  const ends = [first, last].map((value, i) =>
    label(
      x(value),
      height - 18,
      `${formatScaled(value, chart.x.unit, xScale)} ${xScale.symbol}`,
      i === 0 ? 'start' : 'end',
    ),
  );
  return frame(name, height, [
    ...ticks,
    `<path d="${path.join('')}" class="line"/>`,
    ...ends,
    label(left + plotWidth / 2, height - 18, chart.x.label, 'middle'),
  ]);
}

function bars(chart: BarChart, series: Series): string {
  const known = finite(series.values);
  const scale = chooseScale(series.unit, known);
  const high = known.reduce((a, b) => Math.max(a, b), 0);
  // Names are as wide as they are, up to a third of the drawing.
  const longest = Math.max(...chart.categories.names.map(roomFor), 0);
  const edge = Math.min(width / 3, Math.max(40, longest)) + 8;
  const room = width - edge - right - 56;
  const rows = chart.categories.names.map((name, i) => {
    const value = series.values[i] ?? null;
    const length = value === null || !Number.isFinite(value) || high <= 0 ? 0 : Math.max(0, value / high) * room;
    const y = top + i * 20;
    return (
      label(edge - 8, y + 13, truncate(name, Math.floor(edge / 6)), 'end') +
      `<rect x="${n(edge)}" y="${y + 2}" width="${n(length)}" height="15" rx="2" class="bar"/>` +
      label(edge + length + 6, y + 13, formatScaled(value, series.unit, scale), 'start', 'value')
    );
  });
  return frame(named(series, scale.symbol), top + chart.categories.names.length * 20 + 6, rows);
}

function histogram(chart: Histogram): string {
  const high = chart.counts.reduce((a, b) => Math.max(a, b), 0);
  const [first, last] = [chart.edges[0] ?? 0, chart.edges.at(-1) ?? 0];
  const x = (value: number) => left + ((value - first) / (last - first || 1)) * plotWidth;
  const columns = chart.counts.map((count, i) => {
    const [from, to] = [x(chart.edges[i] ?? 0), x(chart.edges[i + 1] ?? 0)];
    const tall = high === 0 ? 0 : (count / high) * plotHeight;
    return `<rect x="${n(from)}" y="${n(top + plotHeight - tall)}" width="${n(Math.max(0.5, to - from - 1))}" height="${n(tall)}" class="bar"/>`;
  });
  return frame(chart.title, height, [
    ...columns,
    label(left, height - 18, formatQuantity(first, chart.unit), 'start'),
    label(width - right, height - 18, formatQuantity(last, chart.unit), 'end'),
  ]);
}
