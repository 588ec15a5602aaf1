import * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import { parseDistribution } from '../random/distribution.ts';
import { durationPattern, parseDuration } from './plan-quantity.ts';

// Each `error` is a clause that goes on after the name of the key: "must be …". A refinement says more than a JSON
// Schema can; what a JSON Schema can say is said without one, so that editors know it too.

export const longestDurationMs = 7 * 86_400_000;
const durationText = 'a duration such as 500ms, 60s, 2m or 1h30m';

export function text(what: string) {
  return z.string({ error: `must be ${what}` }).min(1, { error: `must be ${what}` });
}

export function count(what: string, most: number, least = 1) {
  const error = `must be ${what}, from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A problem found by a refinement; a `sentence` stands without the name of its key. */
export function refused(clause: string, sentence = false) {
  return { code: 'custom', message: clause, params: { sentence }, input: undefined } as const;
}

/** Turns the sentence of a parser that throws UserError into a problem of the key, without the subject that the key names. */
export function parsed<T>(schema: z.ZodType<T, T>, parse: (value: T) => unknown, subject = '') {
  return schema.superRefine((value, context) => {
    try {
      parse(value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      context.addIssue(
        refused(error.message.startsWith(subject) ? error.message.slice(subject.length) : error.message, true),
      );
    }
  });
}

/** A duration of at least `leastMs` and at most a week. */
export function duration(leastMs: number) {
  return z
    .string({ error: `must be ${durationText}` })
    .regex(durationPattern, { error: `must be ${durationText}`, abort: true })
    .superRefine((value, context) => {
      const ms = parseDuration(value);
      if (ms === null) context.addIssue(refused(`must be ${durationText}`));
      else if (ms < leastMs) context.addIssue(refused('must be longer than nothing'));
      else if (ms > longestDurationMs) context.addIssue(refused('must not be longer than 7 days (7d)'));
    });
}

export const distribution = parsed(
  z.union([z.string(), z.number()], { error: 'must be a length such as 512, U(100,500) or LN(300,1200)' }),
  parseDistribution,
);

/** A length of which every value is a token at least: no reply is shorter, and what is asked for is what is sent. */
export const outputLength = distribution.superRefine((value, context) => {
  const { min } = parsedOrNull(value) ?? { min: 1 };
  if (min < 1) context.addIssue(refused('reaches 0 tokens; a reply has at least 1'));
});

function parsedOrNull(value: string | number) {
  try {
    return parseDistribution(value);
  } catch {
    return null; // said already
  }
}

/** A value or a list of them. */
export function oneOrMore<T>(one: z.ZodType<T, T>, what: string) {
  return z.union(
    [
      one,
      z
        .array(one)
        .min(1, { error: `must be ${what}` })
        .max(100, { error: 'must hold at most 100 values' }),
    ],
    {
      error: `must be ${what}, or a list of them`,
    },
  );
}
