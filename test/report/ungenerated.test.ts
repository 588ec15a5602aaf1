import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import type { StepSummary } from '../../src/measurement/summary.ts';
import { type SweepSummary, sweepPoints } from '../../src/measurement/sweep-summary.ts';
import { runDocument } from '../../src/report/run.ts';
import { sweepDocument } from '../../src/report/sweep.ts';
import { exchange, stepFacts, usage } from '../measurement/facts.ts';
import { run } from './sample.ts';

/** Replies of a rerank route: 8 scores each, nothing generated. */
function ranked(concurrency: number): StepSummary {
  const step = measureStep(stepFacts({ load: { kind: 'concurrency', value: concurrency }, endMs: 8000 }));
  for (let seq = 0; seq < 80; seq++)
    step.add(
      exchange(
        { seq, dueMs: 100 * seq, endMs: 100 * seq + 90, tokens: null },
        {
          streamed: false,
          items: 8,
          outcome: { state: 'ok', finish: null },
          usage: usage(400, 0),
          plannedOutputTokens: 64,
        },
      ),
    );
  return step.summary();
}

describe.each([
  ['one step', [ranked(1)]],
  ['a ladder', [ranked(1), ranked(2)]],
])('the report of replies that generate nothing, %s', (_what, steps) => {
  const document = runDocument(run(steps, { target: { ...run(steps).target, protocol: 'rerank' } }));
  const texts = [renderConsole(document, { columns: 100, color: false, unicode: true }), renderMarkdown(document)];

  it('prints input tokens, results and E2E', () => {
    for (const text of texts) {
      expect(text).toMatch(/input/);
      expect(text).toMatch(/vectors or scores/);
      expect(text).toMatch(/E2E/);
      expect(text).toMatch(/4,005/); // input tokens a second
      expect(text).toMatch(/\b80\.1\b/); // scores a second
    }
  });
  it('prints no word of first tokens, times between tokens or output', () => {
    for (const text of texts) expect(text).not.toMatch(/TTFT|TPOT|ITL|per stream|output|planned|NaN|undefined|null/);
  });
});

describe('the report of a sweep over replies that generate nothing', () => {
  const steps = [ranked(1), ranked(2)];
  const points = sweepPoints(steps, null);
  it('has their rates in its points', () => {
    for (const { ungenerated, outputTokensPerS } of points) {
      expect(ungenerated!.inputTokensPerS).toBeCloseTo(4005, -1);
      expect(ungenerated!.itemsPerS).toBeCloseTo(80.1, 0);
      expect(outputTokensPerS).toBeNull();
    }
  });
  it('prints them, and no word of first tokens or output', () => {
    const summary: SweepSummary = {
      schema: 'tokbench.sweep/1',
      directory: 'results/rerank',
      state: 'MAX_REACHED',
      confirmed: true,
      limitedBy: 'max',
      run: run(steps),
      search: { kind: 'concurrency', start: 1, least: 1, most: 2, resolution: 0.1, arrivals: null },
      accelerators: null,
      points,
      highestPassing: 2,
      lowestFailing: null,
      atHighest: points[1]!,
    };
    const text = renderConsole(sweepDocument(summary), { columns: 120, color: false, unicode: true });
    expect(text).toMatch(/vectors or scores/);
    expect(text).not.toMatch(/TTFT|TPOT|per stream|Pareto|output/);
  });
});
