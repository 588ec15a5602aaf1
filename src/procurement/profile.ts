import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import type { Statement } from './entry.ts';
import { alike } from './likeness.ts';
import {
  type DemandProfileFile,
  type Fact,
  type HardwareProfile,
  type PricesProfile,
  type ProfileKind,
  profileSchemas,
} from './profile-schema.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

export type {
  DemandProfileFile,
  Fact,
  HardwareProfile,
  PriceRow,
  PricesProfile,
  ProfileKind,
} from './profile-schema.ts';

interface Profiles {
  readonly hardware: HardwareProfile;
  readonly prices: PricesProfile;
  readonly demand: DemandProfileFile;
}
export type Profile<K extends ProfileKind> = YamlFile<Profiles[K]>;

const shipped = fileURLToPath(new URL('../../profiles', import.meta.url));
/** A user's own files come first, so that one overrides by its name. */
const folders = (kind: ProfileKind) =>
  (resolve('profiles') === shipped ? [] : [join('profiles', kind)]).concat(join(shipped, kind));

/** Names of a kind: the user's own in `./profiles/<kind>/` and those that ship. */
export function profileNames(kind: ProfileKind): string[] {
  const files = folders(kind).flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  return [...new Set(files.filter((file) => /\.ya?ml$/.test(file)).map((file) => file.replace(/\.ya?ml$/, '')))].sort();
}

export const isPath = (name: string): boolean => /[\\/]|\.ya?ml$/i.test(name);

/**
 * Reads a profile by name (a user's own before one that ships; hardware also by its aliases) or by path.
 *
 * @throws UserError `unknown_profile` with the nearest name, `no_such_file`, `bad_profile` with file, line and key
 */
export function readProfile<K extends ProfileKind>(kind: K, name: string): Profile<K> {
  if (isPath(name)) return readFile(kind, name);
  const found = fileOf(kind, name) ?? (kind === 'hardware' ? aliased(name) : null);
  if (found !== null) return readFile(kind, found);
  const [near] = alike(name, profileNames(kind));
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  throw new UserError(
    'unknown_profile',
    `There is no ${kind} profile "${name}".${hint} See tokbench profiles list ${kind}; or give a YAML file.`,
  );
}

/** All profiles of a kind, own ones instead of shipped ones of the same name. */
export function readProfiles<K extends ProfileKind>(kind: K): Profile<K>[] {
  return profileNames(kind).map((name) => readFile(kind, fileOf(kind, name)!));
}

function fileOf(kind: ProfileKind, name: string): string | null {
  if (!/^[\w.-]+$/.test(name)) return null;
  for (const folder of folders(kind))
    for (const end of ['.yaml', '.yml']) if (existsSync(join(folder, name + end))) return join(folder, name + end);
  return null;
}

function aliased(name: string): string | null {
  const wanted = bare(name);
  const found = readProfiles('hardware').find(({ data }) => data.aliases.some((alias) => bare(alias) === wanted));
  return found === undefined ? null : fileOf('hardware', found.data.name);
}
const bare = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, '');

/** A file that ships by its place in the package, not by where that is installed. */
const shownPath = (path: string): string =>
  path.startsWith(shipped) ? `tokbench/profiles${path.slice(shipped.length)}` : path;

const read = new Map<string, YamlFile<unknown>>();
function readFile<K extends ProfileKind>(kind: K, path: string): Profile<K> {
  const kept = read.get(`${kind} ${path}`);
  if (kept !== undefined) return kept as Profile<K>;
  const schema = profileSchemas[kind] as unknown as z.ZodType<Profiles[K]>;
  const file = readYamlFile(path, schema, 'bad_profile', `${kind} profile`, shownPath(path));
  const data = { ...file.data, name: file.data.name ?? basename(path).replace(/\.ya?ml$/i, '') };
  const named: Profile<K> = { ...file, data };
  read.set(`${kind} ${path}`, named);
  return named;
}

/**
 * Facts of a profile are shown as they are written, and one without a value says nothing.
 *
 * @param at where the fact stands in its file; @param scale factor from the fact's unit to the assumption's
 */
export function factStatement(
  id: string,
  profile: Profile<'hardware' | 'prices'>,
  at: readonly (string | number)[],
  fact: Fact | undefined,
  scale = 1,
): Statement[] {
  if (fact === undefined || typeof fact.value !== 'number') return [];
  const source = profile.data.sources[fact.source];
  return [
    {
      id,
      value: fact.value * scale,
      layer: 'profile',
      origin: profile.placeOf(at),
      sourceText: source?.title ?? fact.source,
      date: fact.date,
      confidence: fact.confidence,
      kind: source?.kind === 'quote' ? 'quoted' : scale === 1 ? 'list' : 'derived',
      note: fact.note ?? null,
    },
  ];
}

/** What a demand profile says about the cost model. Ids are checked when the register is resolved. */
export function demandStatements(profile: Profile<'demand'>): Statement[] {
  const { assumptions, sources } = profile.data;
  return Object.entries(assumptions).map(([id, stated]): Statement => {
    const origin = profile.placeOf(['assumptions', id]);
    if (typeof stated === 'number') return { id, value: stated, layer: 'profile', origin };
    const { value, unit, low, high, source, date, confidence, note } = stated;
    return {
      ...{ id, value, layer: 'profile', origin, unit: unit ?? null, low: low ?? null, high: high ?? null },
      ...{ sourceText: sources?.[source]?.title ?? source, date, confidence, kind: 'assumed', note: note ?? null },
    };
  });
}

/** The 168 hours of a demand profile's week in requests per hour, scaled to a month; null where it has no pattern. */
export function weekOf(profile: DemandProfileFile, requestsPerMonth: number): number[] | null {
  if (profile.hourly === undefined) return null;
  const { weekday, weekend } = profile.hourly;
  const shape = [0, 1, 2, 3, 4, 5, 6].flatMap((day) => (day < 5 ? weekday : weekend));
  const total = shape.reduce((a, b) => a + b, 0);
  return total > 0 ? shape.map((level) => (level / total) * requestsPerMonth * (168 / 730)) : null;
}
