import * as z from 'zod';

/** Files of dated facts: `profiles/hardware`, `profiles/prices`, `profiles/demand`. Names of facts are those of the catalogue. */

const date = z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/, 'must be a date such as 2026-11-24');
const confidence = z.enum(['high', 'medium', 'low', 'unverified']);

/** A fact: nothing is worth more than where it comes from. A null value is "not published". */
export const factSchema = z.strictObject({
  value: z
    .union([z.number(), z.tuple([z.number(), z.number()])])
    .nullable()
    .describe('A number, a range, or null: not published'),
  unit: z.string(),
  source: z.string().describe('A key of `sources`'),
  date,
  confidence: confidence.describe('unverified may not be used for ranking'),
  date_precision: z.enum(['month', 'half-year']).optional(),
  basis: z.string().optional().describe('What a power figure contains: all-in-it, all-in-utility, tdp'),
  note: z.string().optional(),
});
export type Fact = z.infer<typeof factSchema>;

const sources = z
  .record(
    z.string(),
    z.strictObject({
      title: z.string(),
      repo: z.string().optional(),
      path: z.string().optional(),
      date,
      kind: z.enum(['vendor', 'secondary', 'note', 'measured', 'assumption', 'quote']),
    }),
  )
  .describe('Where the facts come from');

const heading = {
  name: z.string().optional().describe("Default: the file's name"),
  title: z.string(),
  source: z.string().describe('In one line, for lists'),
  date: date.describe('Date of the newest fact'),
  sources,
};

/** `profiles/hardware/*.yaml`: an accelerator, a server that is bought whole, or an instance that is rented whole. */
export const hardwareSchema = z
  .strictObject({
    schema: z.literal('tokbench.hardware/1'),
    ...heading,
    kind: z.enum(['accelerator', 'server', 'instance']),
    vendor: z.string().nullable().default(null),
    aliases: z.array(z.string()).default([]),
    accelerator: z.string().optional().describe('Of a server or an instance: the accelerator inside'),
    accelerators: z.int().positive().optional().describe('Of a server or an instance: how many'),
    facts: z.record(z.string().regex(/^[a-z0-9_]+$/), factSchema),
  })
  .refine(
    (value) => value.kind === 'accelerator' || (value.accelerator !== undefined && value.accelerators !== undefined),
    'a server or an instance needs accelerator and accelerators',
  )
  .describe('An accelerator, a server or an instance: profiles/hardware/*.yaml');

/** block: capacity for a window. own-hour and index: what surveys say an hour costs its owner or fetches; no offer. */
export const purchaseKinds = ['buy', 'rent', 'commit', 'spot', 'block', 'own-hour', 'index'] as const;

/** `profiles/prices/*.yaml`: what one provider asks. */
export const pricesSchema = z
  .strictObject({
    schema: z.literal('tokbench.prices/1'),
    ...heading,
    provider: z.string(),
    prices: z
      .array(
        z.strictObject({
          kind: z.enum(purchaseKinds),
          hardware: z.string().describe('Accelerator, as profiles/hardware names it'),
          accelerators: z.int().positive().default(1).describe('In the box that the price is of'),
          instance: z.string().optional(),
          region: z.string().optional(),
          segment: z.string().optional().describe('As the source calls it'),
          price: factSchema.optional().describe('USD/server, USD/instance-hour or USD/accelerator-hour'),
          install: factSchema.optional().describe('USD/server'),
          discount: factSchema.optional().describe('Of a commitment, share of on-demand'),
        }),
      )
      .default([]),
    facts: z
      .record(z.string().regex(/^[a-z0-9_]+$/), factSchema)
      .default({})
      .describe('Facts that are no offer'),
  })
  .describe('Prices of one provider: profiles/prices/*.yaml');

const stated = z.union([
  z.number(),
  z.strictObject({
    value: z.number(),
    unit: z.string().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
    source: z.string(),
    date,
    confidence,
    note: z.string().optional(),
  }),
]);

/** `profiles/demand/*.yaml`: how much is asked for, by whom, for what. Every volume is an assumption to be edited. */
export const demandSchema = z
  .strictObject({
    schema: z.literal('tokbench.demand/1'),
    ...heading,
    sources: sources.optional(),
    status: z.enum(['assumption', 'measured']).default('assumption'),
    workload: z.string().describe('The workload profile that has the lengths as distributions'),
    assumptions: z.record(z.string(), stated).describe('Assumptions of the cost model by id'),
    hourly: z
      .strictObject({
        pattern: z.string(),
        weekday: z.array(z.number().min(0)).length(24),
        weekend: z.array(z.number().min(0)).length(24),
      })
      .optional()
      .describe('Shape of a week by hour; scaled to the volume'),
    arrivals: z.string().describe('When requests come, in words'),
    objectives: z.array(z.string()),
    deadline: z.string().nullable().default(null),
    unitOfWork: z.strictObject({
      name: z.string(),
      callsPerUnit: z.number().positive(),
      valueUsd: z.number().nullable().default(null),
      reviewUsd: z.number().nullable().default(null),
    }),
    sensitivity: z.enum(['public', 'internal', 'confidential', 'restricted']),
    apiAllowed: z.boolean(),
    quality: z.strictObject({
      check: z.string(),
      floor: z.number().min(0).max(1).nullable(),
      equivalence: z.enum(['declared', 'undeclared']),
    }),
    modelTier: z.enum(['small', 'mid', 'frontier']),
    notes: z.array(z.string()).default([]),
  })
  .describe('A demand: profiles/demand/*.yaml');

export type HardwareProfile = z.infer<typeof hardwareSchema> & { readonly name: string };
export type PricesProfile = z.infer<typeof pricesSchema> & { readonly name: string };
export type DemandProfileFile = z.infer<typeof demandSchema> & { readonly name: string };
export type PriceRow = PricesProfile['prices'][number];

const schemas = { hardware: hardwareSchema, prices: pricesSchema, demand: demandSchema };
export type ProfileKind = keyof typeof schemas;
export const profileSchemas: { readonly [K in ProfileKind]: (typeof schemas)[K] } = schemas;

/** The JSON Schema that ships in `profiles/schemas/<kind>.schema.json`, for editors. */
export function profileJsonSchema(kind: ProfileKind): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(schemas[kind], { target: 'draft-7', io: 'input' });
  return { $schema, title: `tokbench ${kind} profile`, ...schema };
}
