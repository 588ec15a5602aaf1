import * as z from 'zod';
import { workloadProfileNames } from '../workload/profile.ts';
import { didYouMean } from '../yaml/problem.ts';
import { count, distribution, outputLength, refused, text } from './suite-clause.ts';

/** A profile that ships, by name, or a file, by path; a file is read later. */
export const workloadName = text('the name of a workload profile, or a file').superRefine((value, context) => {
  if (/[\\/]|\.ya?ml$/i.test(value)) return;
  const names = workloadProfileNames();
  if (!names.includes(value)) {
    context.addIssue(refused(`names no workload profile: "${value}"; ${didYouMean(value, names)}`));
  }
});

const conversation = z.strictObject(
  {
    turns: distribution.describe('Turns of a session'),
    turnInputTokens: distribution.describe('Tokens that the user adds in each turn after the first'),
    thinkTimeMs: distribution.describe('Milliseconds from a reply to the next question'),
  },
  { error: 'must have turns, turnInputTokens and thinkTimeMs' },
);

const sharedPrefix = z
  .strictObject(
    {
      tokens: count('a number of tokens', 10_000_000).optional(),
      share: z.number({ error: 'must be a share between 0 and 1' }).gt(0).max(1).optional(),
      groups: count('a number of groups', 1_000_000)
        .optional()
        .describe('Groups of sessions with a prefix each; default 1'),
    },
    { error: 'must have tokens or share' },
  )
  .superRefine((value, context) => {
    if ((value.tokens === undefined) === (value.share === undefined)) {
      context.addIssue(refused('must have tokens or share, one of them'));
    }
  });

/** `workload` of a suite, written out. */
export const workloadKeys = z
  .strictObject(
    {
      profile: workloadName.optional().describe('A profile whose lengths are replaced here'),
      inputTokens: distribution
        .optional()
        .describe(
          'Input length as the server counts it: 512, U(100,500), N(480,240), LN(p50,p95), EXP(8000)[500,32000]',
        ),
      outputTokens: outputLength.optional().describe('Output length, likewise'),
      sharedPrefix: sharedPrefix.optional().describe('Text at the start of the prompts that a prefix cache can keep'),
      conversation: conversation.optional().describe('Sessions of several turns'),
      dataset: text('the path of a data set').optional().describe('Prompts from a file, relative to the suite'),
      format: z
        .enum(['auto', 'tokbench', 'sharegpt', 'text'], { error: 'must be the format of a data set' })
        .optional(),
      repeat: z
        .enum(['once', 'loop'], { error: 'must be once or loop' })
        .optional()
        .describe('Behind the last entry of the data set'),
      order: z.enum(['file', 'shuffled'], { error: 'must be file or shuffled' }).optional(),
    },
    { error: 'must be the name of a workload profile, or keys such as inputTokens and outputTokens' },
  )
  .superRefine((value, context) => {
    const problem = workloadProblem(value);
    if (problem !== null) context.addIssue(refused(problem));
  });

function workloadProblem(value: Readonly<Record<string, unknown>>): string | null {
  const has = (key: string) => value[key] !== undefined;
  if (has('dataset')) {
    const odd = ['profile', 'inputTokens', 'sharedPrefix', 'conversation'].find(has);
    return odd === undefined ? null : `has dataset and ${odd}, which exclude each other`;
  }
  const odd = ['format', 'repeat', 'order'].find(has);
  if (odd !== undefined) return `has ${odd} but no dataset`;
  const missing = has('profile') ? undefined : ['inputTokens', 'outputTokens'].find((key) => !has(key));
  return missing === undefined ? null : `lacks ${missing}`;
}
