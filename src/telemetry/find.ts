import type { ReasonCode } from '../record/sample.ts';
import { kindNamed, type Wanted } from './argument.ts';
import type { Absent, FindContext, Source, SourceArgument, SourceKind } from './source.ts';
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

/** A machine that the user named may be far away: a connection takes longer than a look here. */
const remoteMs = 10_000;

/**
 * Looks for all wanted sources at once. On this machine that ends within `context.timeoutMs`: what has not answered by
 * then is missing; other machines that were named have ten seconds. Starts nothing. Never throws for what is not there.
 */
export async function findSources(wanted: Wanted, context: FindContext, signal: AbortSignal): Promise<FoundSources> {
  if (wanted.mode === 'none') return { sources: [], missing: [] };
  const looks = looksOf(wanted);
  const answers = await Promise.all(looks.map((look) => lookFor(look, context, signal)));
  const sources = new Map<string, Source>();
  for (const [i, { sources: found }] of answers.entries()) for (const source of found) take(sources, source, looks[i]!);
  const missing = answers.flatMap((answer) => answer.missing);
  return { sources: [...sources.values()], missing: withoutHosts(missing, wanted.remote, [...sources.keys()]) };
}

/** A machine of which nothing was found is missing itself: one line with why, in place of one for each tool there. */
function withoutHosts(missing: readonly Missing[], hosts: readonly string[], found: readonly string[]): Missing[] {
  return hosts.reduce<readonly Missing[]>((left, host) => {
    const name = `ssh://${host}`;
    const [there, others] = [left.filter((each) => isOn(each, name)), left.filter((each) => !isOn(each, name))];
    const first = there.find(({ code }) => code !== 'tool_absent' && code !== 'unavailable') ?? there[0];
    if (first === undefined || found.some((source) => source.startsWith(`${name}/`))) return left;
    return [{ ...first, name, named: true }, ...others];
  }, missing) as Missing[];
}

const isOn = ({ name, named }: Missing, host: string): boolean => !named && name.startsWith(`${host}/`);

/** What `auto` finds is taken once; two that the user named apart may be at one address, with another query each. */
function take(sources: Map<string, Source>, source: Source, { named }: Look): void {
  if (!sources.has(source.name)) sources.set(source.name, source);
  else if (named) {
    let number = 2;
    while (sources.has(`${source.name} (${number})`)) number++;
    const name = `${source.name} (${number})`;
    sources.set(name, { name, start: (sink, signal) => source.start(sink, signal) });
  }
}

/** Everything that is looked for: named ones first, so that theirs is the source where `auto` finds the same. */
function looksOf(wanted: Exclude<Wanted, { mode: 'none' }>): Look[] {
  const once = new Map(wanted.named.map((argument) => [argument.text, argument] as const));
  const named = [...once.values()].map((argument) => ({ kind: kindNamed(argument.kind), argument, named: true }));
  const auto = (wanted.auto ? sourceKinds : [])
    .filter((kind) => kind.auto)
    .map((kind) => ({ kind, argument: { text: 'auto', kind: kind.name, value: null, ssh: null }, named: false }));
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
  const timeoutMs = argument.ssh === null ? context.timeoutMs : Math.max(remoteMs, context.timeoutMs);
  const limit = new AbortController();
  const both = AbortSignal.any([signal, limit.signal]);
  const late = new Promise<Absent>((resolve) => {
    const sentence = `${name} did not answer within ${timeoutMs / 1000} s.`;
    const answer: Absent = { absent: { code: 'endpoint_unreachable', sentence } };
    if (both.aborted) resolve(answer);
    both.addEventListener('abort', () => resolve(answer), { once: true });
  });
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const found = await Promise.race([kind.find(argument, { ...context, timeoutMs }, both), late]);
  clearTimeout(timer);
  if ('absent' in found) return { sources: [], missing: [{ name, named, ...found.absent }] };
  return { sources: found, missing: [] };
}
