import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { UserError } from '../error/user-error.ts';
import { nearest } from '../yaml/problem.ts';
import { ownPresetFile, ownPresetNames } from './preset.ts';

/** A profile that ships, as the list shows it. */
export interface ProfileEntry {
  readonly kind: string;
  readonly name: string;
  readonly title: string | null;
  readonly status: string | null;
  readonly source: string | null;
  readonly date: string | null;
}

const folder = fileURLToPath(new URL('../../profiles', import.meta.url));
const notProfiles = new Set(['schemas']);

/** Kinds of profiles that ship: the folders of `profiles/`. */
export function profileKinds(): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !notProfiles.has(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Every profile of a kind, or of all kinds. Throws UserError `unknown_profile_kind`. */
export function listProfiles(kind: string | null): ProfileEntry[] {
  const kinds = kind === null ? profileKinds() : [knownKind(kind)];
  return kinds.flatMap((each) => {
    const own = each === 'targets' ? ownPresetNames() : [];
    const shipped = readdirSync(join(folder, each))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length));
    return [...new Set([...own, ...shipped])].sort().map((name) => {
      return own.includes(name)
        ? { ...entryOf(each, ownPresetFile(name)!), name, status: 'own' }
        : entryOf(each, join(folder, each, `${name}.yaml`));
    });
  });
}

/** The file of a profile as it ships, comments and sources included. Throws UserError `unknown_profile`, `unknown_profile_kind`. */
export function showProfile(kind: string, name: string): { readonly text: string; readonly data: unknown } {
  const bare = name.replace(/\.yaml$/, '');
  const shipped = join(folder, knownKind(kind), `${bare}.yaml`);
  const path = (kind === 'targets' ? ownPresetFile(bare) : null) ?? shipped;
  if (!/^[\w.-]+$/.test(name) || !existsSync(path)) {
    const names = listProfiles(kind).map((entry) => entry.name);
    const near = nearest(name, names);
    const hint = near === null ? `there is ${names.join(', ')}.` : `did you mean "${near}"?`;
    throw new UserError('unknown_profile', `There is no profile "${name}" among ${kind}; ${hint}`);
  }
  const text = readFileSync(path, 'utf8');
  return { text, data: parse(text) as unknown };
}

function knownKind(kind: string): string {
  const kinds = profileKinds();
  if (kinds.includes(kind)) return kind;
  throw new UserError(
    'unknown_profile_kind',
    `There is no kind of profile "${kind}"; the kinds are ${kinds.join(', ')}.`,
  );
}

function entryOf(kind: string, file: string): ProfileEntry {
  const data = (parse(readFileSync(file, 'utf8')) ?? {}) as Readonly<Record<string, unknown>>;
  const word = (key: string) => (data[key] === undefined || data[key] === null ? null : String(data[key]));
  return {
    kind,
    name: word('name') ?? basename(file, '.yaml'),
    title: word('title'),
    status: word('status'),
    source: word('source'),
    date: word('date'),
  };
}
