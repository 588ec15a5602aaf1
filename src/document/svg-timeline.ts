import type { LineChart, Series } from './document.ts';
import { chooseScale, formatScaled } from './number.ts';
import { niceCeiling, niceTicks } from './scale.ts';
import { label, n, roomFor } from './svg-text.ts';
import { markup } from './xml.ts';

const width = 720;
const right = 12;
const [title, tall, between, bottom] = [26, 84, 14, 34];

/** So many series and more stand above one another, so that the eye can follow a moment through all of them. */
export const leastPanels = 3;

/** Lines in panels above one time axis; its ticks run through all of them. */
export function drawTimelineSvg(chart: LineChart): string {
  const xs = chart.x.values;
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 0];
  const panels = chart.series.map((series) => panelOf(series));
  const left = Math.max(...panels.flatMap(({ ticks }) => ticks.map(({ text }) => roomFor(text)))) + 10;
  const height = panels.length * (title + tall + between) + bottom;
  const x = (value: number) => left + ((value - first) / (last - first || 1)) * (width - left - right);
  const scale = chooseScale(chart.x.unit, [last]);
  const step = scale.per;
  const times = niceTicks(first / step, last / step, 6).map((value) => value * step);
  const inside = times.filter((value) => value >= first && value <= last);
  const timeOf = (value: number) => `${formatScaled(value, chart.x.unit, scale)} ${scale.symbol}`.trim();
  const verticals = inside.map(
    (value) =>
      `<line x1="${n(x(value))}" x2="${n(x(value))}" y1="${title}" y2="${n(height - bottom - between)}" class="grid"/>` +
      label(x(value), height - bottom + 4, timeOf(value), value === first ? 'start' : 'middle'),
  );
  const drawn = panels.map((panel, i) => draw(panel, i * (title + tall + between), { xs, x, left }));
  const name = label(width - right, height - 6, chart.x.label, 'end');
  const parts = [...verticals, ...drawn, name].join('');
  return `<figure class="large"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${markup(chart.title)}">${parts}</svg></figure>`;
}

interface Panel {
  readonly name: string;
  readonly values: Series['values'];
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** Zero is always on the axis: a panel that starts elsewhere makes noise look like change. */
function panelOf({ name, unit, values }: Series): Panel {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  const scale = chooseScale(unit, known);
  const low = known.reduce((a, b) => Math.min(a, b), 0);
  const high = niceCeiling(known.reduce((a, b) => Math.max(a, b), 0)) || 1;
  return {
    name: scale.symbol === '' ? name : `${name}, ${scale.symbol}`,
    values,
    low,
    high,
    ticks: [low, high].map((value) => ({ value, text: formatScaled(value, unit, scale) })),
  };
}

interface Place {
  readonly xs: readonly number[];
  readonly x: (value: number) => number;
  readonly left: number;
}

function draw({ name, values, low, high, ticks }: Panel, top: number, { xs, x, left }: Place): string {
  const y = (value: number) => top + title + (1 - (value - low) / (high - low || 1)) * tall;
  const lines = ticks.map(
    ({ value, text }) =>
      `<line x1="${n(left)}" x2="${width - right}" y1="${n(y(value))}" y2="${n(y(value))}" class="grid"/>` +
      label(left - 6, y(value) + 4, text, 'end'),
  );
  let pen = 'M';
  let path = '';
  values.forEach((value, i) => {
    const known = value !== null && Number.isFinite(value);
    if (known) path += `${pen}${n(x(xs[i] ?? 0))} ${n(y(value))}`;
    pen = known ? 'L' : 'M';
  });
  return `${lines.join('')}<path d="${path}" class="line"/>${label(0, top + 12, name, 'start', 'name')}`;
}
