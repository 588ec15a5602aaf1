import * as z from 'zod';
import { headerProblem, secretFieldOf, urlProblem, variableProblem } from './plan-secret.ts';
import { refused, text } from './suite-clause.ts';
import { urlVariables, withPlaceholders } from './url-variable.ts';

const url = z
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
  .string({ error: 'must be a URL such as https://api.example.com/v1; ${VAR} in it is read from the environment' })
  .superRefine((value, context) => {
    const wrong = urlVariables(value).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    const problem = wrong === undefined ? urlProblem(withPlaceholders(value)) : 'has no variable name inside of ${ }';
    if (problem !== null) context.addIssue(refused(problem));
  });

const variable = z.string({ error: 'must be the name of an environment variable' }).superRefine((value, context) => {
  const problem = variableProblem(value);
  if (problem !== null) context.addIssue(refused(problem));
});

const headers = z
  .record(z.string(), z.string({ error: 'must be text' }), { error: 'must be header names with their values' })
  .superRefine((values, context) => {
    for (const [name, value] of Object.entries(values)) {
      const problem = headerProblem(name, value);
      if (problem !== null) context.addIssue({ ...refused(problem), path: [name] });
    }
  });

const body = z
  .record(z.string(), z.json(), { error: 'must be fields of the request body' })
  .superRefine((value, context) => {
    const field = secretFieldOf(value);
    if (field !== null) context.addIssue(refused(`holds ${field}, which looks like a secret`));
  });

/** A file of `profiles/targets/`: where a server or a vendor's API is, how it speaks, and what is odd about it. */
export const presetSchema = z.strictObject(
  {
    schema: z.literal('tokbench.target/1', { error: 'must be tokbench.target/1' }),
    name: text('a name').optional().describe("Default: the file's name"),
    title: text('a title').optional(),
    status: z
      .enum(['sourced', 'assumption'], { error: 'must be sourced or assumption' })
      .optional()
      .describe('Whether a source says so; default assumption'),
    source: text('where this is from').optional(),
    date: z
      .string({ error: 'must be a date such as 2026-11-25' })
      .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date such as 2026-11-25' })
      .optional()
      .describe('When the source was read'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    url: url.describe('Base URL; an account or a region stands in it as ${VAR}, read from the environment'),
    protocol: text('the name of a protocol').describe('How it speaks, as --protocol takes it'),
    apiKeyEnv: variable.optional().describe('Variable that holds the key'),
    keyOptional: z
      .boolean({ error: 'must be true or false' })
      .optional()
      .describe('It also works without the key: other credentials are found, or none are wanted'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    headers: headers.optional().describe('Extra headers; ${VAR} is read from the environment'),
    body: body.optional().describe('Extra fields of every request body'),
    priceProvider: text('the name of a provider')
      .optional()
      .describe('Its name in the price list, for what a run costs'),
    capField: z
      .enum(['max_tokens', 'max_completion_tokens'], { error: 'must be max_tokens or max_completion_tokens' })
      .optional()
      .describe('Field that caps the output on the OpenAI routes; default: asked'),
    usageInStream: z
      .enum(['asked', 'unasked', 'none'], { error: 'must be asked, unasked or none' })
      .optional()
      .describe(
        'Whether streams carry usage: when asked by stream_options, always (and the option is refused or idle), never',
      ),
    cachedTokens: text('a field of usage').optional().describe('Field of usage with the cached input'),
    minOutputTokens: z
      .record(z.string(), z.int({ error: 'must be a number of tokens' }).min(1), {
        error: 'must be protocols with a number of tokens',
      })
      .optional()
      .describe('Smallest output that a protocol lets one ask for'),
    limitHeaders: z
      .array(text('the name of a header'), { error: 'must be a list of header names' })
      .optional()
      .describe('Headers in which it tells its rate limits'),
    bucketsFrom: z
      .int({ error: 'must be a number of tokens' })
      .min(1)
      .optional()
      .describe(
        'Prompts are padded to this many tokens and its doublings: each such bucket is warmed before the load, on both sides of its edge',
      ),
    notes: z.array(text('a sentence'), { error: 'must be a list of sentences' }).optional(),
  },
  { error: 'must be keys with values, such as "url: https://api.example.com/v1"' },
);

export type PresetFile = z.infer<typeof presetSchema>;

/** The JSON Schema that ships in `profiles/schemas/target.schema.json`, for editors. */
export function presetJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(presetSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return { $schema, title: 'tokbench target preset', description: 'Whom to ask: profiles/targets/*.yaml', ...schema };
}
