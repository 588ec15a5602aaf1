import * as z from 'zod';
import { parseObjective } from '../measurement/objective.ts';
import { durationPattern, parseDuration, parseHardware, parseShare, sharePattern } from './plan-quantity.ts';
import { secretFieldOf, urlProblem } from './plan-secret.ts';
import { spendingKeys } from './spending.ts';
import { count, duration, longestDurationMs, oneOrMore, parsed, refused, text } from './suite-clause.ts';
import { limits, load } from './suite-load.ts';
import { targetKeys } from './suite-target.ts';
import { workloadKeys, workloadName } from './suite-workload.ts';

const source = text('auto, none or a source such as nvidia-smi').superRefine((value, context) => {
  const url = /=(.*)$/s.exec(value)?.[1];
  const problem = url === undefined ? null : urlProblem(url);
  if (problem !== null) context.addIssue(refused(problem));
});

const body = z
  .record(z.string(), z.json(), { error: 'must be fields of the request body' })
  .superRefine((value, context) => {
    const field = secretFieldOf(value);
    if (field !== null)
      context.addIssue(refused(`holds ${field}, which looks like a secret: send it as a header with \${VAR}`));
  });

const flag = (what: string) => z.boolean({ error: 'must be true or false' }).describe(what);

export const suiteSchema = z.strictObject(
  {
    name: text('a name').optional().describe('Folder of its results; default: the name of the file'),
    description: text('text').optional(),
    target: z
      .union([text('the name of a preset'), targetKeys], {
        error: 'must be a preset name, or keys such as url and model',
      })
      .optional(),
    targets: z
      .array(
        z.union([text('the name of a preset'), targetKeys], {
          error: 'must be a preset name, or keys such as url and model',
        }),
        { error: 'must be a list of targets' },
      )
      .min(2, { error: 'must be at least two targets; one goes into target' })
      .max(20, { error: 'must be at most 20 targets' })
      .optional()
      .describe('Several targets, measured in turns; in place of target'),
    workload: z
      .union([workloadName, workloadKeys], {
        error: 'must be the name of a workload profile, or keys such as inputTokens and outputTokens',
      })
      .optional()
      .describe('What is asked: a profile of profiles/workloads/, a file, or lengths'),
    load: load.optional().describe('When to ask'),
    duration: duration(1).optional().describe('Of each step, after its warm-up; with requests, whichever comes first'),
    requests: count('a whole number of requests', 1_000_000_000).optional().describe('Of each step, after its warm-up'),
    precision: z
      .string({ error: 'must be a share such as 5%' })
      .regex(sharePattern, { error: 'must be a share such as 5%', abort: true })
      .superRefine((value, context) => {
        const share = parseShare(value)!;
        if (!(share >= 0.001 && share <= 0.5)) context.addIssue(refused('must be from 0.1% to 50%'));
      })
      .optional()
      .describe('Each step stops once its percentiles and its output rate are known to ± this share'),
    warmup: z
      .string({ error: 'must be auto, none or a duration such as 10s' })
      .regex(new RegExp(`^(?:auto|none|${durationPattern.source.slice(1, -1)})$`), {
        error: 'must be auto, none or a duration such as 10s',
        abort: true,
      })
      .superRefine((value, context) => {
        const ms = /^(auto|none)$/.test(value) ? 0 : parseDuration(value);
        if (ms === null) context.addIssue(refused('must be auto, none or a duration such as 10s'));
        else if (ms > longestDurationMs) context.addIssue(refused('must not be longer than 7 days (7d)'));
      })
      .optional(),
    seed: count('a whole number', 2 ** 32 - 1, 0)
      .optional()
      .describe('Default: a fresh one each run'),
    repeat: count('a whole number of repeats', 1000).optional().describe('Each load so many times, with fresh prompts'),
    threads: z
      .union(
        [
          z.literal('auto', { error: 'must be auto or a whole number of threads, from 1 to 64' }),
          count('auto or a whole number of threads', 64),
        ],
        {
          error: 'must be auto or a whole number of threads, from 1 to 64',
        },
      )
      .optional()
      .describe('Client threads that drive the load; default auto: as many as it needs'),
    objectives: z
      .array(parsed(z.string({ error: 'must be text such as "ttft.p99 < 500ms"' }), parseObjective, 'Objective '), {
        error: 'must be a list such as ["ttft.p99 < 500ms"]',
      })
      .optional(),
    hardware: z
      .string({ error: 'must be a hardware profile such as h100-sxm x 8' })
      .superRefine((value, context) => {
        if (parseHardware(value) === null) context.addIssue(refused('must be a hardware profile such as h100-sxm x 8'));
      })
      .optional(),
    telemetry: oneOrMore(source, 'auto, none or a source such as nvidia-smi').optional(),
    telemetryInterval: duration(200).optional().describe('Distance of samples, at least 200ms; default 1s'),
    requireTelemetry: flag('INVALID without telemetry of the server or its accelerators').optional(),
    requireEnergy: flag('INVALID without valid energy').optional(),
    idle: duration(1).optional().describe('Watch the server at rest so long before the load; 30s for idle power'),
    modelConfig: text("the path of a model's config.json")
      .optional()
      .describe('For the estimates of bandwidth and compute used, relative to the suite'),
    body: body.optional().describe('Extra fields of every request body'),
    stream: z
      .boolean({ error: 'must be true or false' })
      .optional()
      .describe('Ask for replies as streams; default true'),
    forceLength: z
      .boolean({ error: 'must be true or false' })
      .optional()
      .describe('Force output lengths where the server can; default true'),
    tokenizer: text('the path of a tokenizer.json')
      .optional()
      .describe('Counts prompts where the server does not, relative to the suite'),
    limits: limits.optional().describe('After which a request is given up'),
    ...spendingKeys,
    drain: duration(0).optional().describe('Wait for requests in flight at the end of a step; default 2m'),
    compress: flag('Keep exchanges packed with Zstandard, as exchanges.jsonl.zst').optional(),
    out: text('a folder').optional().describe('Where results go; default results'),
  },
  { error: 'must be keys with values, such as "load: {concurrency: 4}"' },
);

/** A suite as it is written; every key may be missing. */
export type Suite = z.infer<typeof suiteSchema>;

/** The JSON Schema that ships in `profiles/schemas/suite.schema.json`, for editors. */
export function suiteJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(suiteSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return { $schema, title: 'tokbench suite', description: 'What tokbench runs: benchmarks/*.yaml', ...schema };
}
