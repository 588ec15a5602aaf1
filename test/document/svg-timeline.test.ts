import { expect, it } from 'vitest';
import type { LineChart } from '../../src/document/document.ts';
import { svgCharts } from '../../src/document/svg.ts';

const values = [0, 5_000, 10_000, 15_000, 20_000];
const chart = (count: number): LineChart => ({
  kind: 'chart',
  shape: 'line',
  title: 'Over <time>',
  x: { label: 'since its start', unit: 'ms', values },
  series: Array.from({ length: count }, (_, i) => ({
    name: `series & ${i}`,
    unit: 'W',
    values: [10, null, 30, 20, Number.NaN],
  })),
});

it('puts three series and more above one another on one axis, fewer beside each other', () => {
  expect(svgCharts(chart(2))).toHaveLength(2);
  const [drawing, ...more] = svgCharts(chart(4));
  expect(more).toEqual([]);
  expect(drawing!.match(/class="line"/g)).toHaveLength(4);
  expect(drawing!.match(/since its start/g)).toHaveLength(1);
  expect(drawing).toContain('0 s<');
  expect(drawing).toContain('20.0 s<');
});

it('leaves gaps where nothing is known, and escapes names', () => {
  const [drawing] = svgCharts(chart(3));
  expect(drawing).toContain('series &amp; 1, W');
  expect(drawing).toContain('aria-label="Over &lt;time&gt;"');
  const path = /<path d="([^"]+)" class="line"\/>/.exec(drawing!)![1]!;
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path).not.toMatch(/NaN|Infinity/);
});

it('draws where there is nothing to draw', () => {
  const empty: LineChart = { ...chart(3), x: { label: '', unit: 'ms', values: [] } };
  expect(svgCharts({ ...empty, series: empty.series.map((series) => ({ ...series, values: [] })) })[0]).not.toMatch(
    /NaN|Infinity/,
  );
});
