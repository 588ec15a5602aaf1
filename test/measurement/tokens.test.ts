import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureStep } from '../../src/measurement/measure.ts';
import { apportion, countTokens } from '../../src/measurement/tokens.ts';
import type { Chunks } from '../../src/record/exchange.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';

const chunks = (
  tokens: number[] | null,
  tokensSource: Chunks['tokensSource'],
  events = tokens?.length ?? 3,
): Chunks => ({
  atUs: Array.from({ length: events }, (_, k) => 1000 * (k + 1)),
  tokens,
  tokensSource,
  channels: '',
  choices: null,
});

describe('apportioning', () => {
  it('adds up, in whole tokens, close to each share', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.array(fc.nat(50), { minLength: 1, maxLength: 200 }),
        fc.boolean(),
        (total, weights, even) => {
          const shares = apportion(total, weights.length, even ? null : weights);
          expect(shares.reduce((a, b) => a + b, 0)).toBe(total);
          const whole = weights.reduce((a, b) => a + b, 0);
          for (const [k, share] of shares.entries()) {
            const exact = even || whole === 0 ? total / weights.length : (total * weights[k]!) / whole;
            expect(Number.isInteger(share) && share >= 0).toBe(true);
            expect(Math.abs(share - exact)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});

describe('the ladder', () => {
  it('believes token ids before usage, and usage before logprobs and a tokenizer', () => {
    const ids = countTokens(exchange({}, { chunks: chunks([1, 2, 3], 'token_ids'), usage: usage(5, 7) }));
    expect(ids).toMatchObject({
      output: 6,
      outputSource: 'token_ids',
      timeline: [1, 2, 3],
      timelineSource: 'token_ids',
    });
    const tail = countTokens(exchange({}, { chunks: chunks(null, null), usage: usage(5, 7), textTokens: 8 }));
    expect(tail).toMatchObject({
      output: 7,
      outputSource: 'usage',
      timelineSource: 'apportioned',
      timeline: [2, 3, 2],
    });
    const log = countTokens(exchange({}, { chunks: chunks([2, 2, 4], 'logprobs'), textTokens: 9 }));
    expect(log).toMatchObject({ output: 8, outputSource: 'logprobs', timeline: [2, 2, 4], timelineSource: 'logprobs' });
    const text = countTokens(exchange({}, { chunks: chunks(null, null), textTokens: 9 }));
    expect(text).toMatchObject({ output: 9, outputSource: 'tokenizer', timeline: [3, 3, 3] });
  });

  it('scales logprobs to the total of usage', () => {
    const both = countTokens(exchange({}, { chunks: chunks([1, 1, 2], 'logprobs'), usage: usage(5, 8) }));
    expect(both).toMatchObject({
      output: 8,
      outputSource: 'usage',
      timeline: [2, 2, 4],
      timelineSource: 'apportioned',
    });
    const same = countTokens(exchange({}, { chunks: chunks([1, 1, 2], 'logprobs'), usage: usage(5, 4) }));
    expect(same).toMatchObject({ outputSource: 'usage', timeline: [1, 1, 2], timelineSource: 'logprobs' });
  });

  it('never takes events or the cap for tokens', () => {
    const silent = exchange({}, { chunks: chunks(null, null), plannedOutputTokens: 3 });
    expect(countTokens(silent)).toMatchObject({ output: null, outputSource: null, timeline: null });
    const step = measureStep(stepFacts());
    step.add(silent);
    const { tokens, throughput } = step.summary();
    expect([tokens.output, tokens.tokensPerEvent, tokens.outputSource, throughput.outputTokensPerS]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(throughput.peakOutputTokensPerS).toBeNull();
  });

  it('refuses a count above the cap that the text is too short for', () => {
    const over = { plannedOutputTokens: 64, textChars: 40, usage: usage(5, 11_628) };
    const wild = countTokens(
      exchange({}, { chunks: chunks([11_000, 600, 28], 'continuous_usage'), ...over, textTokens: 10 }),
    );
    expect(wild).toMatchObject({ output: 10, outputSource: 'tokenizer', refused: true });
    const ignored = countTokens(
      exchange({}, { chunks: chunks(null, null), plannedOutputTokens: 64, textChars: 900, usage: usage(5, 200) }),
    );
    expect(ignored).toMatchObject({ output: 200, outputSource: 'usage', refused: false });
  });

  it('refuses zero beside content, and counts that fall', () => {
    expect(countTokens(exchange({}, { chunks: chunks(null, null), usage: usage(5, 0) }))).toMatchObject({
      output: null,
      refused: true,
    });
    const falls = countTokens(exchange({}, { chunks: chunks([5, -2, 1], 'continuous_usage'), usage: usage(5, 4) }));
    expect(falls).toMatchObject({ output: 4, outputSource: 'usage', refused: true });
  });

  it('puts a reply without a stream at its end', () => {
    const whole = exchange({ endMs: 500 }, { chunks: chunks(null, null, 0), streamed: false, usage: usage(5, 40) });
    expect(countTokens(whole)).toMatchObject({ output: 40, timeline: null, timelineSource: 'whole_reply' });
    const step = measureStep(stepFacts());
    step.add(whole);
    step.add(
      exchange({ seq: 1, dueMs: 1000, endMs: 1500 }, { ...whole, seq: 1, dueMs: 1000, sentMs: 1000, endMs: 1500 }),
    );
    const { throughput, latency } = step.summary();
    expect(throughput.peakOutputTokensPerS).toBe(40);
    expect(throughput.outputTokensPerS).toBeCloseTo(80 / 1.5, 4);
    expect(throughput.inputTokensPerS).toBeCloseTo(10 / 1.5, 4);
    expect([latency.ttftMs.n, latency.tpotMs.n, latency.iclMs.n, latency.e2eMs.n, latency.ntpotMs.n]).toEqual([
      0, 0, 0, 2, 2,
    ]);
    expect(latency.e2eMs.mean).toBe(500);
    expect(latency.ntpotMs.mean).toBe(12.5);
  });

  it('knows that a refused request made none, and that a broken stream may have', () => {
    expect(countTokens(exchange({}, { chunks: chunks(null, null, 0), outcome: failure(), textChars: 0 })).output).toBe(
      0,
    );
    expect(countTokens(exchange({}, { chunks: chunks(null, null, 3), outcome: failure() })).output).toBeNull();
  });
});
