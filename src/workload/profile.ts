import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { isNode, isPair, LineCounter, parseDocument } from 'yaml';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';
import { type WorkloadProfile, workloadSchema } from './profile-schema.ts';
import type { SyntheticSpec } from './spec.ts';

export { type WorkloadProfile, workloadJsonSchema, workloadSchema } from './profile-schema.ts';

/** The same path from `src/` and from `dist/`. */
const folder = new URL('../../profiles/workloads/', import.meta.url);

export function workloadProfileNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/**
 * Reads a workload profile that ships by its name, or a YAML file by its path (anything with a slash or `.yaml` at its end).
 *
 * @throws UserError `unknown_workload` with the nearest name, `no_such_file`, `bad_workload` with file, line and key
 */
export function readWorkloadProfile(name: string): WorkloadProfile {
  const isFile = /[\\/]|\.ya?ml$/i.test(name);
  if (!isFile && !workloadProfileNames().includes(name)) {
    const names = workloadProfileNames();
    throw new UserError(
      'unknown_workload',
      `There is no workload profile "${name}". Did you mean "${closest(name, names)}"? There are ${names.join(', ')}; or give a YAML file.`,
    );
  }
  const path = isFile ? name : fileURLToPath(new URL(`${name}.yaml`, folder));
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('no_such_file', `Cannot read the workload profile ${path}: ${fileProblem(error)}.`);
  }
  return parseWorkloadProfile(text, path);
}

/** @throws UserError `bad_workload` */
export function parseWorkloadProfile(text: string, path: string): WorkloadProfile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken)
    refuse(path, broken.linePos?.[0].line, `is not YAML: ${broken.message.split('\n')[0]!.replace(/:$/, '')}`);
  const result = workloadSchema.safeParse(document.toJS());
  if (result.success) return { ...result.data, name: result.data.name ?? basename(path).replace(/\.ya?ml$/i, '') };

  const issue = result.error.issues[0]!;
  const keys = issue.path.filter((key) => typeof key !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(keys.length === 0 ? workloadSchema.shape : {});
    const key = issue.keys[0]!;
    const hint = known.length > 0 ? ` Did you mean "${closest(key, known)}"?` : '';
    refuse(path, lineOf([...keys, key]), `has a key that is not known: "${[...keys, key].join('.')}".${hint}`);
  }
  const where = keys.length === 0 ? 'the profile' : keys.join('.');
  refuse(path, lineOf(keys), `${where}: ${issue.message}`);

  function lineOf(at: readonly (string | number)[]): number | undefined {
    const parent = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    const items = isNode(parent) && 'items' in parent ? (parent.items as unknown[]) : [];
    const pair = items.find((item) => isPair(item) && String(item.key) === String(at.at(-1)));
    const node = isPair(pair) ? pair.key : document.getIn(at, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    return at.length > 1 ? lineOf(at.slice(0, -1)) : undefined;
  }
}

function refuse(path: string, line: number | undefined, what: string): never {
  const at = line === undefined ? path : `${path}:${line}`;
  throw new UserError('bad_workload', `${at} ${what}${/[.?]$/.test(what) ? '' : '.'}`);
}

/** The part of a profile that says what to ask. */
export function profileSpec(profile: WorkloadProfile): SyntheticSpec {
  const { sharedPrefix, conversation } = profile;
  return {
    kind: 'synthetic',
    name: profile.name,
    inputTokens: profile.inputTokens,
    outputTokens: profile.outputTokens,
    sharedPrefix: sharedPrefix && {
      length: sharedPrefix.tokens === undefined ? { share: sharedPrefix.share! } : { tokens: sharedPrefix.tokens },
      groups: sharedPrefix.groups,
    },
    conversation,
  };
}
