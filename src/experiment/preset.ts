import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { protocolNames } from '../target/protocols.ts';
import { nearest } from '../yaml/problem.ts';
import { readText, readYaml } from '../yaml/read.ts';
import { type PresetFile, presetJsonSchema, presetSchema } from './preset-schema.ts';

/** The presets that ship; the same path from `src/` and from `dist/`. */
const shippedFolder = resolve(import.meta.dirname, '../../profiles/targets');
/** A user's own, in the working folder: a file of the same name replaces the one that ships. */
const ownFolder = 'profiles/targets';

const kind = {
  noun: 'target preset',
  code: 'bad_preset',
  example: 'must be keys with values, such as "url: https://api.example.com/v1"',
};

export interface Preset extends PresetFile {
  readonly name: string;
  readonly file: string;
}

/** What a preset knows of a server beside its address: as it stands in a plan, without secrets. */
export interface Quirks {
  readonly keyOptional: boolean;
  /** Null: asked. */
  readonly capField: PresetFile['capField'] | null;
  /** Null: asked. */
  readonly usageInStream: PresetFile['usageInStream'] | null;
  /** Name in the price list; null where it has none. */
  readonly priceProvider: string | null;
  /** Smallest length that prompts are padded to; null where they are not. */
  readonly bucketsFrom: number | null;
}

/** Names of all presets that can be used here: own ones and those that ship. */
export function presetNames(workingFolder: string = process.cwd()): string[] {
  return [...new Set([join(workingFolder, ownFolder), shippedFolder].flatMap(namesIn))].sort();
}

/** The user's own file of that name, or null. */
export function ownPresetFile(name: string, workingFolder: string = process.cwd()): string | null {
  if (!/^[\w.-]+$/.test(name)) return null;
  const file = join(workingFolder, ownFolder, `${name}.yaml`);
  // from the package's own folder these are the ones that ship
  return existsSync(file) && resolve(file, '..') !== shippedFolder ? file : null;
}

/** Own presets of the working folder, by name. */
export function ownPresetNames(workingFolder: string = process.cwd()): string[] {
  const folder = resolve(workingFolder, ownFolder);
  return folder === shippedFolder ? [] : namesIn(folder);
}

/**
 * Reads a preset: a file by its path (anything with a slash or `.yaml` at its end), else the user's own of that name in
 * `profiles/targets/` of the working folder, else the one that ships.
 *
 * @throws UserError `unknown_preset` with the nearest name, `bad_preset` with file, line and column
 */
export function readPreset(name: string, workingFolder: string = process.cwd()): Preset {
  const isFile = /[\\/]|\.ya?ml$/i.test(name);
  const file = isFile ? resolve(workingFolder, name) : fileOf(name, workingFolder);
  if (!existsSync(file)) throw new UserError('unknown_preset', `There is no target preset ${name}: no such file.`);
  const shown = relative(workingFolder, file);
  const shownFile = shown.startsWith('..') || isAbsolute(shown) ? file : shown;
  const { value } = readYaml(readText(file, shownFile, kind), shownFile, kind, presetSchema, presetJsonSchema);
  return { ...value, name: value.name ?? basename(file, extname(file)), file };
}

/**
 * The protocol of a preset.
 *
 * @throws UserError `protocol_missing` where this tokbench does not speak it
 */
export function presetProtocol({ name, protocol }: Preset): string {
  if (protocol === 'auto' || protocolNames.includes(protocol)) return protocol;
  throw new UserError(
    'protocol_missing',
    `The preset ${name} speaks ${protocol}, which this tokbench does not; it speaks ${protocolNames.join(', ')}: name one that the server has too with --protocol.`,
  );
}

export function quirksOf({ keyOptional, capField, usageInStream, priceProvider, bucketsFrom }: Preset): Quirks {
  return {
    keyOptional: keyOptional ?? false,
    capField: capField ?? null,
    usageInStream: usageInStream ?? null,
    priceProvider: priceProvider ?? null,
    bucketsFrom: bucketsFrom ?? null,
  };
}

function fileOf(name: string, workingFolder: string): string {
  const own = ownPresetFile(name, workingFolder);
  if (own !== null) return own;
  const names = presetNames(workingFolder);
  if (names.includes(name)) return join(shippedFolder, `${name}.yaml`);
  const near = nearest(name, names);
  const hint = near === null ? '' : ` Did you mean "${near}"?`;
  throw new UserError(
    'unknown_preset',
    `There is no target preset "${name}".${hint} There are ${names.join(', ')}; or give the server's address with --url.`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => basename(file, '.yaml'));
  } catch {
    return []; // no such folder
  }
}
