import { expect, it } from 'vitest';
import { type LiveFigures, liveExposition } from '../../src/report/live-metrics.ts';
import { parseExposition } from '../../src/telemetry/exposition.ts';

const now: LiveFigures = {
  ...{ version: '1.0.0', suite: 'chat', model: 'say "hi"\\\n', simulated: true, step: 2, steps: 3 },
  ...{ load: { kind: 'concurrency', value: 8 }, phase: 'measuring', stepsDone: 1, started: 20, ended: 12 },
  ...{ failures: { conn_reset: 3 }, inFlight: 8, outputTokens: 1_234, ttftP50S: 0.25 },
};

const seriesOf = (figures: LiveFigures, name: string, label?: string) =>
  parseExposition(liveExposition(figures))
    .get(`tokbench_${name}`)
    ?.find(({ labels }) => label === undefined || Object.values(labels).includes(label));

it('writes what a scraper reads, labels escaped', () => {
  expect(seriesOf(now, 'requests_started_total')?.value).toBe(20);
  expect(seriesOf(now, 'requests_failed_total', 'conn_reset')?.value).toBe(3);
  expect(seriesOf(now, 'phase', 'measuring')?.value).toBe(1);
  expect(seriesOf(now, 'phase', 'idle')?.value).toBe(0);
  expect(seriesOf(now, 'load', 'concurrency')?.value).toBe(8);
  expect(seriesOf(now, 'info')?.labels).toEqual({
    version: '1.0.0',
    suite: 'chat',
    model: 'say "hi"\\\n',
    simulated: 'true',
  });
});

it('leaves out what is not known instead of writing 0', () => {
  const between: LiveFigures = {
    ...now,
    step: null,
    steps: null,
    load: null,
    ttftP50S: null,
    phase: 'idle',
    failures: {},
  };
  const families = parseExposition(liveExposition(between));
  for (const name of ['step', 'steps', 'load', 'ttft_seconds', 'requests_failed_total'])
    expect(families.has(`tokbench_${name}`)).toBe(false);
  expect(families.get('tokbench_requests_in_flight')![0]!.value).toBe(8);
});

it('describes every family once, with its type', () => {
  const text = liveExposition(now);
  const names = [...text.matchAll(/^# TYPE (\S+) (gauge|counter)$/gm)].map(([, name]) => name!);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(text).toContain(`# HELP ${name} `);
  for (const [name] of parseExposition(text)) expect(names).toContain(name);
});
