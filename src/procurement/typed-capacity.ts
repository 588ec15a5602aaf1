import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import { type CapacityScope, capacityScopes, type MeasuredCapacity } from './capacity.ts';
import type { Register } from './entry.ts';
import { numberOrNull } from './register.ts';

const keys = [
  'input',
  'output',
  'requests',
  'scope',
  'accelerators',
  'cached',
  'reasoning',
  'model',
  'hardware',
] as const;
/** Beyond these a rate is of a month or of another scope: far above what any hardware delivers. */
const mostTokensPerS: Readonly<Record<CapacityScope, number>> = {
  accelerator: 1e7,
  replica: 1e8,
  server: 1e8,
  instance: 1e8,
  deployment: 1e11,
};
const example = "--throughput 'input=4800,output=1200,scope=server'";

/**
 * A throughput typed by hand: `input=4800,output=1200,scope=server`, in tokens per second at the objective. Also `requests`
 * (per second), `accelerators` in the scope, `cached` (share of input), `reasoning` (share of output), `model`, `hardware`.
 *
 * @throws UserError `bad_throughput`; a rate without a scope is one
 */
export function typedCapacity(text: string): MeasuredCapacity {
  const given = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = part.slice(0, at).trim();
    if (at < 1) bad(text, `"${part.trim()}" is not KEY=VALUE`);
    if (!(keys as readonly string[]).includes(key))
      bad(text, `"${key}" is not a key; did you mean "${closest(key, [...keys])}"?`);
    if (given.has(key)) bad(text, `${key} is given twice`);
    given.set(key, part.slice(at + 1).trim());
  }
  const scope = given.get('scope');
  if (scope === undefined) bad(text, `scope is missing: is the rate of one ${capacityScopes.join(', one ')}?`);
  if (!(capacityScopes as readonly string[]).includes(scope))
    bad(text, `scope is one of ${capacityScopes.join(', ')}, not "${scope}"`);
  const rate = (key: string, most = mostTokensPerS[scope as CapacityScope]): number | null => {
    const word = given.get(key);
    if (word === undefined) return null;
    const value = Number(word);
    if (word === '' || !Number.isFinite(value) || value < 0 || value > most)
      bad(text, `${key} is a number from 0 to ${most.toLocaleString('en-US')}, not "${word}"`);
    return value;
  };
  const [input, output, requests] = [rate('input'), rate('output'), rate('requests')];
  if (input === null || output === null)
    bad(text, `${input === null ? 'input' : 'output'} is missing, in tokens per second; 0 where there is none`);
  if (input + output === 0) bad(text, 'it delivers nothing');
  if (requests === 0) bad(text, 'requests is 0 a second');
  const accelerators = rate('accelerators', 1e6);
  if (accelerators !== null && !(Number.isInteger(accelerators) && accelerators >= 1))
    bad(text, `accelerators is a whole number from 1, not ${accelerators}`);
  return {
    ...bare,
    origin: 'typed',
    name: `--throughput ${text}`,
    model: given.get('model') ?? null,
    hardware: given.get('hardware') ?? null,
    scope: scope as CapacityScope,
    accelerators: scope === 'accelerator' ? 1 : accelerators,
    requestsPerS: requests,
    inputTokensPerS: input,
    outputTokensPerS: output,
    shape: requests === null ? null : { inputTokens: input / requests, outputTokens: output / requests },
    cachedShare: rate('cached', 1),
    reasoningShare: rate('reasoning', 1),
    notes: ['The throughput was typed by hand: nothing here measured it.'],
  };
}

/** The capacity that the assumptions state; null where they do not. */
export function assumedCapacity(register: Register): MeasuredCapacity | null {
  const requestsPerS = numberOrNull(register, 'capacity.requests_per_s_per_replica');
  const input = numberOrNull(register, 'demand.input_tokens');
  const output = numberOrNull(register, 'demand.output_tokens');
  if (requestsPerS === null || input === null || output === null) return null;
  return {
    ...bare,
    origin: 'assumed',
    name: 'capacity.requests_per_s_per_replica',
    scope: 'replica',
    accelerators: numberOrNull(register, 'capacity.accelerators_per_replica'),
    requestsPerS,
    inputTokensPerS: requestsPerS * input,
    outputTokensPerS: requestsPerS * output,
    shape: { inputTokens: input, outputTokens: output },
    notes: ['The capacity is an assumption: nothing here measured it.'],
  };
}

const bare = {
  simulated: false,
  model: null,
  state: 'ok',
  reasons: [],
  hardware: null,
  interval: null,
  cachedShare: null,
  reasoningShare: null,
  power: null,
  p99: null,
  bracket: [null, null],
  objectives: [],
  evidence: null,
} as const satisfies Partial<MeasuredCapacity>;

function bad(text: string, why: string): never {
  throw new UserError(
    'bad_throughput',
    `--throughput ${text}: ${why}${/[.?]$/.test(why) ? '' : '.'} Write it like ${example}.`,
  );
}
