/** Every client under streams, round after round: rounds alternate between them, so that ratios are of neighbours. */
import { measureLlmnop } from './llmnop.ts';
import type { findLlmnop, Pins } from './rig.ts';
import {
  measureClient,
  measureRun,
  noSample,
  pace,
  type RunSample,
  type StreamSample,
  slopeOf,
  type Timing,
  timingOf,
} from './stream-sample.ts';

export interface Lengths {
  readonly rounds: number;
  /** Durations of the short and the long run, s. */
  readonly runS: readonly [number, number];
  /** Replies of the short and the long run of llmnop. */
  readonly llmnopReplies: readonly [number, number];
  readonly spanMs: number;
}

export const streams = 1000;
/** The openai client and fetch cannot carry 1,000 such streams on one core. */
export const fewStreams = 250;
export const rounds = ['bare', 'run', 'llmnop', 'target', 'onread', 'undici', 'fetch', 'openai'] as const;
export type ClientName = (typeof rounds)[number];

export interface RoundSample {
  readonly usPerToken: number | null;
  readonly timing: Timing | null;
  readonly serverKept: boolean;
}

export interface StreamRounds {
  readonly samples: Readonly<Record<ClientName, readonly RoundSample[]>>;
  /** The long runs of tokbench, for what else they tell. */
  readonly runs: readonly RunSample[];
}

const runFlags = (seconds: number, concurrency: number) => [
  '--concurrency', String(concurrency), '--threads', '1', '--input-tokens', '32', '--output-tokens', 'U(100,200)', '--duration', `${seconds}s`, '--warmup', 'none',
]; // biome-ignore format: flags in a row

export const runLoad = (seconds: number, concurrency: number, cpu: number | null) => ({
  flags: runFlags(seconds, concurrency),
  pace,
  cpu,
});

export async function streamRounds(
  pins: Pins,
  lengths: Lengths,
  llmnop: ReturnType<typeof findLlmnop>,
  say: (line: string) => void,
): Promise<StreamRounds> {
  const samples = Object.fromEntries(rounds.map((name) => [name, [] as RoundSample[]])) as Record<
    ClientName,
    RoundSample[]
  >;
  const runs: RunSample[] = [];
  const spans = { rampMs: 1500, spanMs: lengths.spanMs };
  const measure: Readonly<Record<ClientName, () => Promise<RoundSample>>> = {
    bare: () => measureClient('bare', streams, pins, spans),
    target: () => measureClient('target', streams, pins, spans),
    onread: () => measureClient('onread', streams, pins, spans),
    undici: () => measureClient('undici', streams, pins, spans),
    fetch: () => measureClient('fetch', fewStreams, pins, spans),
    openai: () => measureClient('openai', fewStreams, pins, spans),
    async run() {
      const short = await measureRun(runLoad(lengths.runS[0], streams, pins.client), pins);
      const long = await measureRun(runLoad(lengths.runS[1], streams, pins.client), pins);
      runs.push(long);
      return ofRuns(short, long);
    },
    async llmnop() {
      if (llmnop === null) return noSample;
      const of = (requests: number) => measureLlmnop(llmnop.path, { streams, requests, outputTokens: 150 }, pins);
      const [short, long] = [await of(lengths.llmnopReplies[0]), await of(lengths.llmnopReplies[1])];
      return ofRuns(short, long);
    },
  };
  for (let round = 0; round < lengths.rounds; round++) {
    for (const name of rounds) {
      const sample = await measure[name]().catch((error: unknown): StreamSample => {
        say(`${name}: ${String(error)}`);
        return noSample;
      });
      samples[name].push(sample);
      const cost = sample.usPerToken === null ? 'not comparable' : `${sample.usPerToken.toFixed(2)} us/token`;
      const error = sample.timing?.p99Ms?.toFixed(2) ?? '-';
      say(
        `round ${round + 1}  ${name.padEnd(8)} ${cost}, timing error p99 ${error} ms${sample.serverKept ? '' : ', the server fell behind'}`,
      );
    }
  }
  return { samples, runs };
}

function ofRuns(
  short: Pick<RunSample, 'finished' | 'tokens' | 'serverKept' | 'joined' | 'span'>,
  long: Pick<RunSample, 'finished' | 'tokens' | 'serverKept' | 'joined' | 'span'>,
): RoundSample {
  const kept = short.serverKept && long.serverKept;
  return {
    usPerToken: kept ? slopeOf(short, long) : null,
    timing: kept ? timingOf(long.joined.pairs, long.span) : null,
    serverKept: kept,
  };
}
