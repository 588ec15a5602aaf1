import type { ReasonCode } from '../record/sample.ts';
import { kindNamed, type Wanted } from './argument.ts';
import type { FindContext, Source, SourceArgument, SourceKind } from './source.ts';
import { sourceKinds } from './sources.ts';

/** A source that was looked for and is not there. */
export interface Missing {
  readonly name: string;
  /** True when the user named it: then it is worth more than a line. */
  readonly named: boolean;
  readonly code: ReasonCode;
  readonly sentence: string;
}

export interface FoundSources {
  readonly sources: readonly Source[];
  /** Every one that was looked for and not found, one sentence each. */
  readonly missing: readonly Missing[];
}

interface Look {
  readonly kind: SourceKind;
  readonly argument: SourceArgument;
  readonly named: boolean;
}

/**
 * Looks for all wanted sources at once and ends within `context.timeoutMs`: what has not answered by then is missing.
 * Starts nothing. Never throws for what is not there.
 */
export async function findSources(wanted: Wanted, context: FindContext, signal: AbortSignal): Promise<FoundSources> {
  if (wanted.mode === 'none') return { sources: [], missing: [] };
  const limit = new AbortController();
  const both = AbortSignal.any([signal, limit.signal]);
  const timer = setTimeout(() => limit.abort(), context.timeoutMs);
  const answers = await Promise.all(looksOf(wanted).map((look) => lookFor(look, context, both)));
  clearTimeout(timer);
  limit.abort();
  const sources = new Map(answers.flatMap((answer) => answer.sources).map((source) => [source.name, source] as const));
  return { sources: [...sources.values()], missing: answers.flatMap((answer) => answer.missing) };
}

/** Everything that is looked for: named ones first, so that theirs is the source where `auto` finds the same. */
function looksOf(wanted: Exclude<Wanted, { mode: 'none' }>): Look[] {
  const named = wanted.named.map((argument) => ({ kind: kindNamed(argument.kind), argument, named: true }));
  const auto = (wanted.auto ? sourceKinds : [])
    .filter((kind) => kind.auto)
    .map((kind) => ({ kind, argument: { text: kind.name, kind: kind.name, value: null, ssh: null }, named: false }));
  const remote = wanted.remote.flatMap((ssh) =>
    sourceKinds
      .filter((kind) => kind.auto && kind.remote)
      .map((kind) => ({ kind, argument: { text: `ssh://${ssh}`, kind: kind.name, value: null, ssh }, named: false })),
  );
  return [...named, ...auto, ...remote];
}

async function lookFor(look: Look, context: FindContext, signal: AbortSignal): Promise<FoundSources> {
  const { kind, argument, named } = look;
  const name = named ? argument.text : argument.ssh === null ? kind.name : `ssh://${argument.ssh}/${kind.name}`;
  const late = new Promise<'late'>((resolve) => {
    if (signal.aborted) resolve('late');
    signal.addEventListener('abort', () => resolve('late'), { once: true });
  });
  const found = await Promise.race([kind.find(argument, context, signal), late]);
  if (found === 'late') {
    const sentence = `${name} did not answer within ${context.timeoutMs / 1000} s.`;
    return { sources: [], missing: [{ name, named, code: 'endpoint_unreachable', sentence }] };
  }
  if ('absent' in found) return { sources: [], missing: [{ name, named, ...found.absent }] };
  return { sources: found, missing: [] };
}
