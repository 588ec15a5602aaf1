import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderHtml } from '../../src/document/html.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import { widthOf } from '../../src/document/terminal.ts';
import type { ObjectiveResult } from '../../src/measurement/summary.ts';
import { type SweepResult, type SweepSummary, sweepPoints } from '../../src/measurement/sweep-summary.ts';
import { sweepDocument } from '../../src/report/sweep.ts';
import { run, step } from './sample.ts';

const text = 'ttft.p99 < 500ms';
const objective = (observed: number): ObjectiveResult => ({ text, observed, met: observed < 500, reason: null });

function summary(result: Partial<SweepResult> = {}, accelerators: number | null = 2): SweepSummary {
  const at = (value: number, repeat: number, ttftMs: number, tpotMs: number, outputTokensPerS: number) => ({
    ...step({
      load: { kind: 'concurrency', value },
      n: 500,
      ttftMs,
      tpotMs,
      outputTokensPerS,
      objectives: [objective(ttftMs * 1.52)],
      attainment: ttftMs * 1.52 < 500 ? 0.999 : 0.7,
      doubts:
        value === 64
          ? [{ code: 'not_stationary', severity: 'suspect', message: 'Of a load that was too much.', evidence: {} }]
          : [],
    }),
    repeat,
  });
  const steps = [
    at(8, 0, 60, 11, 700),
    at(16, 0, 90, 12, 1300),
    at(32, 0, 180, 14, 2150),
    at(64, 0, 900, 26, 2240),
    at(45, 0, 400, 18, 2230),
    at(38, 0, 300, 15.5, 2190),
    at(38, 1, 310, 15.6, 2185),
  ];
  const whole = run(steps, { suite: 'chat' });
  const points = sweepPoints(steps, accelerators);
  return {
    schema: 'tokbench.sweep/1',
    directory: whole.directory,
    state: 'FOUND',
    highestPassing: 38,
    lowestFailing: 45,
    confirmed: true,
    limitedBy: 'objectives',
    ...result,
    search: { kind: 'concurrency', arrivals: null, start: 8, least: 1, most: 4096, resolution: 0.05 },
    accelerators,
    atHighest: points[6]!,
    points,
    run: whole,
  };
}

const print = (sweep: SweepSummary, columns = 100) =>
  renderConsole(sweepDocument(sweep), { columns, color: false, unicode: true });

it('says what was found, how sure it is, and the curve, on a terminal of 100 columns', async () => {
  await expect(print(summary())).toMatchFileSnapshot('snapshot/sweep.txt');
});

it('fits every width from 60 on, and never says NaN, undefined or null in any format', () => {
  for (const accelerators of [2, null]) {
    const sweep = summary({}, accelerators);
    for (let columns = 60; columns <= 160; columns += 10)
      for (const line of print(sweep, columns).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    for (const rendered of [print(sweep), renderMarkdown(sweepDocument(sweep)), renderHtml(sweepDocument(sweep))])
      expect(rendered).not.toMatch(/NaN|undefined|\bnull\b|\[object/);
  }
});

describe('the verdict', () => {
  const verdict = (result: Partial<SweepResult>) => {
    const { label, text: sentence, tone } = sweepDocument(summary(result)).verdict!;
    return `${tone}: ${label}: ${sentence}`;
  };

  it.each<[Partial<SweepResult>, string]>([
    [{}, 'ok: FOUND: 38 in flight is inside the objectives, also with fresh prompts; 45 in flight is not'],
    [{ limitedBy: 'sustained' }, '45 in flight is not sustained'],
    [{ limitedBy: 'failures' }, '45 in flight makes requests fail'],
    [{ state: 'MAX_REACHED', lowestFailing: null, limitedBy: 'max' }, 'raise --max'],
    [
      { state: 'NONE', highestPassing: null, lowestFailing: 1 },
      'bad: NONE: not even the lowest load is inside: 1 in flight is not',
    ],
    [{ state: 'NONE', highestPassing: null, lowestFailing: null, limitedBy: 'max' }, 'no load up to 4096 in flight'],
    [
      { state: 'CLIENT_LIMITED', lowestFailing: null, limitedBy: 'client' },
      'bad: CLIENT LIMITED: the client gave out before the server; 38 in flight passed twice, and the server may bear more',
    ],
    [{ state: 'RATE_LIMITED', lowestFailing: null, limitedBy: 'rate_limit' }, 'raise the quota'],
    [
      { state: 'UNDECIDED', confirmed: false, limitedBy: 'undecided' },
      '38 in flight passed once; 45 in flight fails: measure longer',
    ],
    [{ state: 'UNFINISHED', limitedBy: null }, 'it goes on with --resume'],
  ])('%j', (result, sentence) => {
    expect(verdict(result)).toContain(sentence);
  });

  it('of a search that was stopped comes with the command that goes on', () => {
    const text = print(summary({ state: 'UNFINISHED', limitedBy: null }));
    expect(text).toMatch(/go on +tokbench sweep --resume results\/chat-vllm\/2026-11-24T12-03-11Z/);
    expect(print(summary())).not.toContain('--resume');
  });

  it('is not burdened with the doubts of loads that were too much', () => {
    expect(sweepDocument(summary()).verdict!.notes).toEqual([]);
    expect(print(summary())).not.toContain('Of a load that was too much.');
  });
});

it('has one row a step, with what it said to the search', () => {
  const { columns, rows } = sweepDocument(summary()).rows!;
  const column = columns.indexOf('sweep_outcome');
  expect(Array.from(rows, (row) => row[column])).toEqual(['pass', 'pass', 'pass', 'miss', 'miss', 'pass', 'pass']);
});
