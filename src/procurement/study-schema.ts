import * as z from 'zod';
import { statedSchema } from './statement.ts';

// Each `error` is a clause that goes on after the name of the key: "must be …".

const words = (what: string) => z.string({ error: `must be ${what}` }).min(1, { error: `must be ${what}` });
const yesNo = (what: string) => z.boolean({ error: `must be true or false: ${what}` });
const share = (what: string) => {
  const error = `must be ${what}, a share from 0 to 1`;
  return z.number({ error }).min(0, { error }).max(1, { error });
};
const money = (what: string) => {
  const error = `must be ${what}, a number of USD from 0 up`;
  return z.number({ error }).min(0, { error });
};
const whole = (what: string, least = 0) => {
  const error = `must be ${what}, a whole number from ${least} up`;
  return z.int({ error }).min(least, { error });
};
const keys = (example: string) => ({ error: `must be keys with values, such as "${example}"` });

const offer = z.union(
  [
    words('an offer such as own:h100-sxm'),
    z.strictObject(
      {
        offer: words('an offer such as own:h100-sxm'),
        name: words('how the offer is called').optional(),
        assumptions: z
          .record(z.string(), z.union([z.number(), z.boolean(), z.string(), statedSchema]))
          .optional()
          .describe('What is different with this offer, by id: the capacity of other hardware, a quoted price'),
      },
      keys('offer: own:h100-sxm'),
    ),
  ],
  { error: 'must be an offer such as own:h100-sxm, or offer with assumptions' },
);

const strategy = z.strictObject(
  {
    core: yesNo('whether the work is core to the strategy').optional(),
    predictable: yesNo('whether the load is predictable')
      .optional()
      .describe('Default: from demand.hourly when it is longer than a week'),
    modelControl: z
      .literal([0, 1, 2, 3], { error: 'must be 0, 1, 2 or 3' })
      .optional()
      .describe('Need for control of the model: 0 none, 3 own weights, fine-tuning, frozen versions'),
  },
  keys('core: true'),
);

const privacy = z.strictObject(
  {
    sensitiveShare: share('the part of the volume that must not leave the house').optional(),
    apiAllowed: yesNo('whether a contract allows sensitive requests at the API').optional(),
    rentAllowed: yesNo('whether sensitive requests may run on rented capacity').optional().describe('Default true'),
    sensitivity: z
      .enum(['public', 'internal', 'confidential', 'restricted'], {
        error: 'must be public, internal, confidential or restricted',
      })
      .optional(),
  },
  keys('sensitiveShare: 1'),
);

const quality = z.strictObject(
  {
    floor: share('the least acceptance').optional().describe('Least share of answers that the check accepts'),
    self: share('the acceptance of the self-hosted model').optional(),
    api: share("the acceptance of the API's model").optional(),
    equivalence: z
      .enum(['declared', 'undeclared'], { error: 'must be declared or undeclared' })
      .optional()
      .describe('Whether the compared models are declared equally good for this work'),
    check: words('how answers are checked').optional(),
    source: words('who measured it, and when').optional(),
  },
  keys('floor: 0.95'),
);

const value = z.strictObject(
  {
    unit: words('what a finished task is').optional(),
    callsPerTask: z
      .number({ error: 'must be a number of calls above 0' })
      .gt(0, { error: 'must be a number of calls above 0' })
      .optional(),
    usdPerTask: money('the value of an accepted task').optional(),
    reviewUsdPerTask: money('what reviewing a task costs').optional(),
    escalate: yesNo('whether the API is asked where an own answer is not accepted').optional(),
    failedShare: share('the part of calls that fail').optional(),
    discardedShare: share('the part of answers that nobody uses').optional(),
    claimedMargin: z
      .number({ error: 'must be a margin as a share, such as 0.4' })
      .optional()
      .describe('Margin that a business case claims on an accepted task: checked (lint E16), used for nothing'),
  },
  keys('usdPerTask: 0.9'),
);

const limits = z.strictObject(
  {
    capitalUsd: money('the most that may be spent on hardware').optional(),
    servers: whole('the most servers that may be bought').optional(),
    budgetUsd: money('the budget that the burn rate is counted against').optional(),
    addServers: yesNo('whether growth may add servers').optional().describe('Default true'),
    horizonRequestsPerMonth: money('the largest volume to consider')
      .gt(0, { error: 'must be above 0' })
      .optional()
      .describe('For break-even; default: any volume'),
  },
  keys('capitalUsd: 2000000'),
);

const requestClass = z.strictObject(
  {
    name: words('the name of a class'),
    share: share('its part of all requests'),
    sensitive: yesNo('whether it must not leave the house').default(false),
    quality: share('the acceptance of the self-hosted model for it').optional(),
    apiFactor: z
      .number({ error: 'must be a number from 0 up' })
      .min(0, { error: 'must be a number from 0 up' })
      .default(1)
      .describe('API cost of one of its requests against the mean request'),
    acceleratorFactor: z
      .number({ error: 'must be a number from 0 up' })
      .min(0, { error: 'must be a number from 0 up' })
      .default(1)
      .describe('Accelerator time of one of its requests against the mean request'),
  },
  keys('name: notes'),
);

const factors = [
  'upfront-cost',
  'best-fit',
  'model-control',
  'flexibility',
  'data-privacy',
  'token-cost',
  'massive',
  'predictable',
  'strategically-core',
] as const;
const weight = z
  .number({ error: 'must be a weight from 0 up' })
  .min(0, { error: 'must be a weight from 0 up' })
  .optional();

const commitments = z.strictObject(
  {
    termMonths: whole('the term in months').optional(),
    noticeMonths: whole('the notice in months').optional(),
    minimumUsdPerMonth: money('the least monthly spend').optional(),
    upfrontShare: share('the part that is paid upfront').optional(),
    lockInMonths: whole('months until another choice is possible').optional(),
    note: words('a note').optional(),
  },
  keys('termMonths: 36'),
);

/** A study: what is to be decided, what is declared about it, and the assumptions it rests on. */
export const studySchema = z
  .strictObject(
    {
      schema: z.literal('tokbench.study/1', { error: 'must be tokbench.study/1' }),
      name: words('a name').optional().describe("Default: the file's name"),
      title: words('a title').optional(),
      date: z
        .string({ error: 'must be a date such as 2026-11-24' })
        .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date such as 2026-11-24' })
        .optional()
        .describe('When its figures were stated'),
      demand: words('a demand profile: a name in profiles/demand/ or a file')
        .optional()
        .describe('Volume, lengths, hours, objectives, sensitivity; without one the assumptions say them'),
      offers: z
        .array(offer, { error: 'must be a list of offers such as [own:h100-sxm, api:openai/gpt-5-mini]' })
        .min(1, { error: 'must hold at least one offer' })
        .max(50, { error: 'must hold at most 50 offers' })
        .describe('What is compared: own, rent, commit, spot, api, each with a name or a file'),
      strategy: strategy.optional().describe('The tests that only people can answer'),
      privacy: privacy.optional(),
      quality: quality.optional().describe('Acceptance under your own check; nothing is invented'),
      value: value.optional().describe('What a task is worth, for the return on tokens'),
      limits: limits.optional(),
      classes: z
        .array(requestClass, { error: 'must be a list of classes' })
        .min(1, { error: 'must hold at least one class' })
        .max(50, { error: 'must hold at most 50 classes' })
        .optional()
        .describe('Request classes, for a split between own servers and the API'),
      interruptible: yesNo('whether work may be lost and done again')
        .optional()
        .describe('Then spot capacity competes'),
      weights: z
        .strictObject(Object.fromEntries(factors.map((name) => [name, weight])), keys('token-cost: 2'))
        .optional()
        .describe('Weights of the decision matrix; default 1 each'),
      commitments: commitments.optional(),
      assumptions: z
        .record(
          z.string(),
          z.union([z.number(), z.boolean(), z.string(), z.array(z.number()), statedSchema], {
            error: 'must be a value, or value with unit, low, high, source and date',
          }),
          keys('finance.wacc: 0.08'),
        )
        .optional()
        .describe('The assumptions register by id: a value, or a value with what is known about it'),
    },
    { error: 'must be keys with values, such as "offers: [own:h100-sxm]"' },
  )
  .describe('What is to be decided: API, rent, own or hybrid');
export type Study = z.infer<typeof studySchema>;

/** The JSON Schema that ships in `profiles/schemas/study.schema.json`, for editors. */
export function studyJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(studySchema, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'tokbench study', ...schema };
}
