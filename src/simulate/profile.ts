import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../error/user-error.ts';

const positive = z.number().positive();
const cost = z.number().nonnegative();
const count = z.int().positive();

const schema = z.strictObject({
  name: z.string(),
  description: z.string(),
  /** Served model name unless another is asked for. */
  model: z.string(),
  /** Where the numbers come from, in words; with `source` and `date`. */
  basis: z.string(),
  source: z.string(),
  date: z.iso.date(),
  /** Cost of one engine step of any size. */
  stepMs: positive,
  /** Added by each sequence that decodes in the step. */
  sequenceMs: cost,
  /** Added by each prompt token that the step computes. */
  prefillTokenMs: cost,
  /** Added by each token of context that the decoding sequences of the step read from the KV cache. */
  contextTokenMs: cost,
  /** vLLM's `max_num_seqs`. */
  maxSequences: count,
  /** vLLM's `max_num_batched_tokens`. */
  maxStepTokens: count,
  kvCacheTokens: count,
  maxModelTokens: count,
});

/** Speed and room of a simulated server; see `profiles/simulated/`. */
export type SimulatedProfile = z.infer<typeof schema>;

/** The same path from `src/` and from `dist/`. */
const folder = new URL('../../profiles/simulated/', import.meta.url);

export function simulatedProfileNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Reads a profile by name, or a YAML file by path (anything with a slash or a `.yaml` ending). Throws UserError. */
export function readSimulatedProfile(name: string): SimulatedProfile {
  const isFile = /[\\/]|\.ya?ml$/.test(name);
  if (!isFile && !simulatedProfileNames().includes(name))
    throw new UserError(
      'unknown_profile',
      `There is no simulated profile '${name}'; there are ${simulatedProfileNames().join(', ')}, or give a YAML file.`,
    );
  const path = isFile ? name : fileURLToPath(new URL(`${name}.yaml`, folder));
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('unreadable_profile', `Cannot read the profile ${path}: ${(error as Error).message}`);
  }
  return parseSimulatedProfile(text, path);
}

/** Throws UserError `bad_profile` that names the first wrong field of `path`. */
export function parseSimulatedProfile(text: string, path: string): SimulatedProfile {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    throw new UserError('bad_profile', `${path} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError('bad_profile', `${path}: ${issue.path.join('.') || 'the file'}: ${issue.message}.`);
}
