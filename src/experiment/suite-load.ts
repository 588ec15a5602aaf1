import * as z from 'zod';
import { parseRate, shapePattern } from '../load/rate.ts';
import { count, duration, oneOrMore, parsed, refused } from './suite-clause.ts';
import { noTrace, traceKeyNames, traceKeys } from './suite-trace.ts';

const concurrency = count('a whole number of requests in flight', 100_000);
const rateError = 'must be a number of requests per second, or a shape such as ramp(1,3,10s)';
const rate = z.union(
  [
    z
      .number({ error: rateError })
      .gt(0, { error: 'must be a number of requests per second above 0' })
      .max(1_000_000, { error: 'must be at most 1,000,000 requests per second' }),
    parsed(z.string({ error: rateError }).regex(shapePattern, { error: rateError, abort: true }), parseRate),
  ],
  { error: rateError },
);

/** `load` of a suite. */
export const load = z
  .strictObject(
    {
      concurrency: oneOrMore(concurrency, 'a whole number of requests in flight')
        .optional()
        .describe('Closed loop: so many requests in flight; a list is a ladder'),
      rate: oneOrMore(rate, 'a number of requests per second')
        .optional()
        .describe(
          'Open loop: so many requests per second, or a shape over time: ramp(1,3,10s), expramp(1,30,60s), ' +
            'steps(5@30s,20@30s), diurnal(mean,amplitude,period[,phase]), onoff(low,high,mean time low,mean time high); a list is a ladder',
        ),
      arrivals: z
        .string({ error: 'must be poisson or constant' })
        .regex(/^(poisson|constant|(gamma|weibull):\d+(\.\d+)?)$/, {
          error: 'must be poisson, constant, gamma:K or weibull:K',
        })
        .optional()
        .describe('How requests are spread in time, with rate; default poisson'),
      maxInFlight: count('a whole number of requests', 100_000)
        .optional()
        .describe('Open loop: a cap on requests in flight; waiting behind it is measured'),
      ...traceKeys,
    },
    { error: 'must have concurrency, rate or trace' },
  )
  .superRefine((value, context) => {
    if (value.concurrency !== undefined && value.rate !== undefined) {
      context.addIssue(refused('has concurrency and rate, which exclude each other'));
    }
    for (const key of ['arrivals', 'maxInFlight'] as const) {
      if (value.concurrency !== undefined && value[key] !== undefined) {
        context.addIssue({ ...refused('goes with rate, not with concurrency'), path: [key] });
      }
    }
    for (const key of ['concurrency', 'rate', 'arrivals'] as const) {
      if (value.trace !== undefined && value[key] !== undefined) {
        context.addIssue(refused(`has trace and ${key}: a trace says itself when to ask`));
      }
    }
    const odd = traceKeyNames.find((key) => key !== 'trace' && value[key] !== undefined);
    if (value.trace === undefined && odd !== undefined) context.addIssue(refused(`has ${odd} ${noTrace}`));
  });

/** `limits` of a suite. */
export const limits = z.strictObject(
  {
    connect: duration(1).optional().describe('To open a connection; default 10s'),
    firstToken: duration(1).optional().describe('From sending to the first content; default 5m'),
    idle: duration(1).optional().describe('Longest silence of an open stream; default 60s'),
    total: duration(1).optional().describe('The whole request; default 30m'),
  },
  { error: 'must have keys such as firstToken and total' },
);
