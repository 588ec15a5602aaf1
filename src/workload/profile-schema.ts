import * as z from 'zod';
import { parseDistribution } from '../random/distribution.ts';

/** A length or a time: a number, or a distribution as the contract writes it. */
const distribution = z
  .union([z.number(), z.string()], 'needs a length such as 512, U(100,500) or LN(300,1200)')
  .superRefine((value, context) => {
    try {
      parseDistribution(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

const sharedPrefix = z
  .strictObject({
    tokens: z.int().positive().optional().describe('Tokens of the shared text'),
    share: z.number().gt(0).max(1).optional().describe("The shared text's share of each input"),
    groups: z.int().positive().default(1).describe('Groups of sessions with a prefix each'),
  })
  .refine(
    (value) => (value.tokens === undefined) !== (value.share === undefined),
    'needs tokens or share, one of them',
  );

const conversation = z.strictObject({
  turns: distribution.describe('Turns of a session'),
  turnInputTokens: distribution.describe('Tokens that the user adds in each turn after the first'),
  thinkTimeMs: distribution.describe('Milliseconds from a reply to the next question'),
});

const arrivals = z.strictObject({
  kind: z.string().describe('As --arrivals takes it (constant, poisson, gamma:K, weibull:K), or batch'),
  peakToAverage: z.number().min(1).nullable().default(null).describe('Busiest hour of the week against its mean'),
  ratePerHour: z.number().positive().nullable().default(null),
  pattern: z.string().nullable().default(null).describe('When requests come, in words'),
});

/** A file of `profiles/workloads/`: what is asked, and what the asker needs to know of it. */
export const workloadSchema = z
  .strictObject({
    schema: z.literal('tokbench.workload/1'),
    name: z.string().optional().describe("Default: the file's name"),
    title: z.string().nullable().default(null),
    status: z.enum(['assumption', 'sourced']).default('assumption'),
    source: z.string().nullable().default(null),
    date: z
      .string()
      .regex(/^\d{4}-\d{2}(-\d{2})?$/, 'must be a date such as 2026-11-24')
      .nullable()
      .default(null)
      .describe('When the source was read, or the assumption made'),
    inputTokens: distribution.describe('First prompt of a session as the server counts it, template included'),
    outputTokens: distribution.describe('Reasoning included'),
    reasoningTokens: distribution.nullable().default(null).describe('The part of the output that is reasoning'),
    sharedPrefix: sharedPrefix.nullable().default(null),
    conversation: conversation.nullable().default(null),
    arrivals: arrivals.nullable().default(null),
    objectives: z.array(z.string()).default([]).describe("As --objective takes them: 'ttft.p95 < 1s'"),
    unitOfWork: z
      .strictObject({ name: z.string(), callsPerUnit: z.number().positive().default(1) })
      .nullable()
      .default(null),
    sensitivity: z.enum(['public', 'internal', 'confidential', 'restricted']).nullable().default(null),
    apiAllowed: z.boolean().nullable().default(null).describe('Whether the data may be sent to an outside API'),
    modelTier: z.enum(['small', 'mid', 'frontier']).nullable().default(null),
    notes: z.array(z.string()).default([]),
  })
  .describe('What is asked: profiles/workloads/*.yaml');

/** The JSON Schema that ships in `profiles/schemas/workload.schema.json`, for editors. */
export function workloadJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(workloadSchema, { target: 'draft-7', io: 'input' });
  return { $schema, title: 'tokbench workload profile', ...schema };
}

export type WorkloadProfile = z.infer<typeof workloadSchema> & { readonly name: string };
