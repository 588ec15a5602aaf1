import * as z from 'zod';
import { parseTraceWindow } from './plan-quantity.ts';
import { count, oneOrMore, parsed, text } from './suite-clause.ts';

const speedError = 'must be a speed such as 2, from 0.001 to 1,000';
const speed = z.number({ error: speedError }).min(0.001, { error: speedError }).max(1000, { error: speedError });
const windowText = z.string({ error: 'must be a part of the trace such as 10m..20m' });

/** Keys of `load` that replay a trace. */
export const traceKeys = {
  trace: text('the path of a trace')
    .optional()
    .describe(
      'Replays recorded calls, when and what: tokbench, Mooncake or Qwen-Bailian JSONL, Azure LLM inference or BurstGPT CSV; relative to the suite',
    ),
  traceFormat: z
    .enum(['auto', 'tokbench', 'mooncake', 'bailian', 'azure', 'burstgpt'], { error: 'must be the format of a trace' })
    .optional()
    .describe('Default auto: by its first line'),
  traceSpeed: oneOrMore(speed, 'a speed such as 2')
    .optional()
    .describe('Times as fast as it was recorded; a list is a ladder; default 1'),
  traceWindow: parsed(windowText, parseTraceWindow)
    .optional()
    .describe('Part of the trace, in its own time from its first call on: 10m..20m, 10m.., ..5m'),
  traceMaxTokens: count('a whole number of tokens', 100_000_000)
    .optional()
    .describe('Leaves out calls of more input and output tokens together'),
  traceSpread: z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe('Spreads calls of one time stamp over the time to the next: for traces whose clock ticks in seconds'),
};

export const traceKeyNames = Object.keys(traceKeys) as (keyof typeof traceKeys)[];

/** Flags may change how a suite's trace is replayed: that is no mistake before both are known. */
export const noTrace = 'but no trace';
