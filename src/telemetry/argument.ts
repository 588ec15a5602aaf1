import { closest, distance } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { SourceArgument, SourceKind } from './source.ts';
import { sourceKinds } from './sources.ts';

/** What `--telemetry` asks for. */
export type Wanted =
  | { readonly mode: 'none' }
  /** `auto` looks on this machine, and after `named` ones; `ssh://HOST` alone looks on that machine. */
  | {
      readonly mode: 'some';
      readonly auto: boolean;
      readonly remote: readonly string[];
      readonly named: readonly SourceArgument[];
    };

const names = ['auto', 'none', ...sourceKinds.map(({ name }) => name)];
/** A comma before another source: one in a URL's query is none. */
const between = new RegExp(`,\\s*(?=ssh://|(?:${names.join('|')})(?:=https?://|,|$))`);

/**
 * Takes the values of `--telemetry` apart: `auto`, `none`, `NAME`, `NAME=VALUE`, `ssh://[user@]host[:port]/NAME`, and
 * `ssh://[user@]host` for all tools of that machine. Without any it is `auto`.
 *
 * Throws UserError `unknown_telemetry` that names the nearest, and `bad_telemetry`.
 */
export function parseTelemetry(values: readonly string[]): Wanted {
  const texts = values.flatMap((value) => value.split(between)).map((text) => text.trim());
  if (texts.length === 0) return { mode: 'some', auto: true, remote: [], named: [] };
  if (texts.includes('none')) {
    if (texts.length === 1) return { mode: 'none' };
    throw new UserError('bad_telemetry', '--telemetry none stands alone: leave it out or the other sources.');
  }
  const remote: string[] = [];
  const named: SourceArgument[] = [];
  for (const text of texts) {
    if (text === 'auto') continue;
    const argument = parseOne(text);
    if (argument.kind === 'auto') remote.push(argument.ssh!);
    else named.push(argument);
  }
  return { mode: 'some', auto: texts.includes('auto'), remote, named };
}

/** The kind of a name. Throws UserError `unknown_telemetry`. */
export function kindNamed(name: string): SourceKind {
  const kind = sourceKinds.find((candidate) => candidate.name === name);
  if (kind !== undefined) return kind;
  const near = closest(name, names);
  const hint = distance(near, name) <= Math.max(2, name.length / 2) ? ` Did you mean "${near}"?` : '';
  throw new UserError(
    'unknown_telemetry',
    `There is no telemetry source "${name}".${hint} Known: ${names.join(', ')}.`,
  );
}

function parseOne(text: string): SourceArgument {
  const remote = text.startsWith('ssh://') ? parseRemote(text) : null;
  const rest = remote === null ? text : remote.rest;
  const at = rest.indexOf('=');
  const kind = at < 0 ? rest : rest.slice(0, at);
  const argument = { text, kind, value: at < 0 ? null : rest.slice(at + 1), ssh: remote?.ssh ?? null };
  if (kind === 'auto' && remote !== null) return argument;
  const found = kindNamed(kind);
  if (argument.ssh !== null && !found.remote)
    throw new UserError('bad_telemetry', `"${kind}" is not read over ssh: write ${found.form}.`);
  found.check(argument);
  return argument;
}

function parseRemote(text: string): { readonly ssh: string; readonly rest: string } {
  const found = /^ssh:\/\/((?:[\w.+-]+@)?(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?)(?:\/(.*))?$/.exec(text);
  // A host that begins with a dash would be an option of ssh.
  if (found === null || /^(?:[^@]*@)?-/.test(found[1]!))
    throw new UserError(
      'bad_telemetry',
      `"${text}" is no ssh address: write ssh://HOST/NAME or ssh://USER@HOST:PORT/NAME; ssh://HOST alone looks for every tool there.`,
    );
  return { ssh: found[1]!, rest: found[2] === undefined || found[2] === '' ? 'auto' : found[2] };
}
