import * as z from 'zod';
import { protocolNames } from '../target/protocols.ts';
import { headerProblem, urlProblem, variableProblem } from './plan-secret.ts';
import { parsePrice } from './spending.ts';
import { parsed, refused, text } from './suite-clause.ts';

const url = z.string({ error: 'must be a URL such as http://127.0.0.1:8000/v1' }).superRefine((value, context) => {
  const problem = urlProblem(value);
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

/** `target` of a suite, written out. */
export const targetKeys = z.strictObject(
  {
    name: text('a name').optional().describe('What it is called beside other targets'),
    preset: text('the name of a target preset').optional().describe('A preset of profiles/targets/'),
    url: url.optional().describe("Base URL as the vendor's own client takes it, e.g. http://127.0.0.1:8000/v1"),
    model: text('the name of a model').optional().describe('Default: the only model that the server lists'),
    protocol: z
      .enum(['auto', ...protocolNames], { error: 'must be the name of a protocol' })
      .optional()
      .describe('How the server speaks; auto asks it'),
    apiKeyEnv: z
      .string({ error: 'must be the name of an environment variable' })
      .superRefine((value, context) => {
        const problem = variableProblem(value);
        if (problem !== null) context.addIssue(refused(problem));
      })
      .optional()
      .describe('Name of the environment variable that holds the key'),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    headers: headers.optional().describe('Extra headers; ${VAR} is read from the environment and never stored'),
    price: parsed(text('a price such as input=0.15,output=0.6'), parsePrice)
      .optional()
      .describe('As price of the suite, for this target'),
    caFile: text('the path of a PEM file')
      .optional()
      .describe('Certificate authority to trust beside the system’s own'),
  },
  { error: 'must be a preset name, or keys such as url and model' },
);
