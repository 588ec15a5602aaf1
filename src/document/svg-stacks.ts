import type { StackChart, TornadoChart } from './document.ts';
import { axisScale, formatScaled } from './number.ts';
import { label, legend, n, roomFor, seriesCount } from './svg-text.ts';
import { markup } from './xml.ts';

const width = 560;
/** A name on its own line, then its bar: names may be long. */
const rowHeight = 44;
const barHeight = 18;

function figure(title: string, height: number, parts: readonly string[], key: string): string {
  return `<figure class="large"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${markup(title)}">${parts.join('')}</svg>${key}</figure>`;
}

const nothing = '<p class="foot">There is nothing to draw.</p>';
const square = (kind: string): string =>
  `<svg viewBox="0 0 12 12" class="square" aria-hidden="true"><rect width="12" height="12" class="${kind}"/></svg>`;

/** Bars of parts, the total at the right of the name, and a key. */
export function drawStacksSvg(chart: StackChart): string {
  const totals = chart.names.map((_, i) =>
    chart.parts.reduce((sum, { values }) => sum + Math.max(0, values[i] ?? 0), 0),
  );
  const high = totals.reduce((a, b) => Math.max(a, b), 0);
  if (!(high > 0)) return nothing;
  const scale = axisScale(chart.unit, totals);
  const rows = chart.names.flatMap((name, i) => {
    const y = i * rowHeight;
    let x = 0;
    const bars = chart.parts.map(({ values }, part) => {
      const length = (Math.max(0, values[i] ?? 0) / high) * width;
      const bar = `<rect x="${n(x)}" y="${y + 20}" width="${n(length)}" height="${barHeight}" class="part f${(part % seriesCount) + 1}"/>`;
      x += length;
      return length > 0 ? bar : '';
    });
    const total = `${formatScaled(totals[i], chart.unit, scale)} ${scale.symbol}`.trim();
    return [label(0, y + 14, name, 'start', 'name'), label(width, y + 14, total, 'end', 'value'), ...bars];
  });
  const key = chart.parts.flatMap(({ name, values }, part) =>
    values.some((value) => (value ?? 0) > 0) ? [{ sign: square(`part f${(part % seriesCount) + 1}`), text: name }] : [],
  );
  return figure(chart.title, chart.names.length * rowHeight, rows, legend(key));
}

/** The widest bar first; the base as a line through all, and zero where the sign changes. */
export function drawTornadoSvg(chart: TornadoChart): string {
  const ends = chart.rows.flatMap(({ low, high }) => [low.outcome, high.outcome]);
  if (ends.length === 0) return nothing;
  const [least, most] = [Math.min(chart.base, ...ends), Math.max(chart.base, ...ends)];
  const scale = axisScale(chart.outcome.unit, [least, most]);
  const print = (value: number) => formatScaled(value, chart.outcome.unit, scale);
  const margin = Math.max(roomFor(print(least)), roomFor(print(most))) + 8;
  const x = (value: number) => margin + ((value - least) / (most - least || 1)) * (width - 2 * margin);
  const head = 40;
  const height = head + chart.rows.length * rowHeight;
  const shapes: string[] = [];
  const texts = chart.rows.flatMap(({ name, low, high }, i) => {
    const y = head + i * rowHeight;
    const bar = ({ outcome }: typeof low, kind: string) => {
      const [from, to] = [x(Math.min(outcome, chart.base)), x(Math.max(outcome, chart.base))];
      return `<rect x="${n(from)}" y="${y + 20}" width="${n(Math.max(0.5, to - from))}" height="${barHeight}" class="part ${kind}"/>`;
    };
    const [left, right] = low.outcome <= high.outcome ? [low, high] : [high, low];
    // The longer bar first: where both ends lie on one side of the base, the shorter stays visible.
    const bars = [
      { reach: Math.abs(low.outcome - chart.base), text: bar(low, 'f2') },
      { reach: Math.abs(high.outcome - chart.base), text: bar(high, 'f1') },
    ];
    shapes.push(...bars.sort((one, other) => other.reach - one.reach).map(({ text }) => text));
    return [
      label(0, y + 14, name, 'start', 'name'),
      label(width, y + 14, `${low.label} … ${high.label}`, 'end'),
      label(x(Math.min(left.outcome, chart.base)) - 5, y + 33, print(left.outcome), 'end', 'value'),
      label(x(Math.max(right.outcome, chart.base)) + 5, y + 33, print(right.outcome), 'start', 'value'),
    ];
  });
  const upright = (value: number, kind: string) =>
    `<line x1="${n(x(value))}" x2="${n(x(value))}" y1="${head - 4}" y2="${height}" class="${kind}"/>`;
  const zero = least < 0 && most > 0 ? [upright(0, 'drop')] : [];
  const title = `${chart.outcome.label}${scale.symbol === '' ? '' : `, ${scale.symbol}`}`;
  const caption = `base ${print(chart.base)}`;
  const baseX = Math.min(width - roomFor(caption) / 2, Math.max(roomFor(caption) / 2, x(chart.base)));
  const heads = [label(0, 13, title, 'start', 'name'), label(baseX, 31, caption, 'middle', 'value')];
  const parts = [...zero, ...shapes, upright(chart.base, 'axis'), ...heads, ...texts];
  const key = [
    { sign: square('part f2'), text: 'with the assumption at its low end' },
    { sign: square('part f1'), text: 'at its high end' },
    ...(zero.length > 0 ? [{ sign: '<i class="dashed"></i>', text: 'zero: the decision turns here' }] : []),
  ];
  return figure(chart.title, height, parts, legend(key));
}
