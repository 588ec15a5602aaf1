/** What a light client is measured by beside streams: plain requests, an open loop, start-up, memory. */
import { join } from 'node:path';
import { type Pins, runOn, startServer, tokbench } from './rig.ts';
import { ratiosOf, type Spread, spreadOf } from './spread.ts';
import { runLoad } from './stream-rounds.ts';
import { measureRun, pace, type RunSample } from './stream-sample.ts';

export interface Plain {
  readonly autocannonPerS: Spread | null;
  readonly tokbenchPerS: Spread | null;
  readonly ratio: Spread | null;
  readonly autocannonUs: Spread | null;
  readonly tokbenchUs: Spread | null;
}

/** `/health` over ten connections, as fast as each can. */
export async function plainRequests(pins: Pins, rounds: number, seconds: number): Promise<Plain> {
  const server = await startServer(pins, { pace });
  const { origin } = new URL(server.url);
  const found = { autocannon: [] as { perS: number; us: number }[], tokbench: [] as { perS: number; us: number }[] };
  try {
    for (let round = 0; round < rounds; round++)
      for (const kind of ['autocannon', 'tokbench'] as const) {
        const file = join(import.meta.dirname, 'plain-client.ts');
        const { stdout } = await runOn(pins.client, process.execPath, [file, kind, origin, String(seconds)]);
        found[kind].push(JSON.parse(stdout) as { perS: number; us: number });
      }
  } finally {
    await server.stop();
  }
  const rates = (kind: keyof typeof found) => found[kind].map(({ perS }) => perS);
  return {
    autocannonPerS: spreadOf(rates('autocannon')),
    tokbenchPerS: spreadOf(rates('tokbench')),
    ratio: ratiosOf(rates('tokbench'), rates('autocannon')),
    autocannonUs: spreadOf(found.autocannon.map(({ us }) => us)),
    tokbenchUs: spreadOf(found.tokbench.map(({ us }) => us)),
  };
}

/** 2,000 short requests a second, offered whether answers come or not. */
export function openLoop(pins: Pins, seconds: number): Promise<RunSample> {
  const flags = ['--rate', '2000', '--arrivals', 'poisson', '--threads', '1', '--input-tokens', '32', '--output-tokens', '4', '--duration', `${seconds}s`, '--warmup', '1s']; // biome-ignore format: flags in a row
  return measureRun({ flags, pace: { ttftMs: 20, itlMs: 5 }, cpu: pins.client }, pins);
}

export function hundredStreams(pins: Pins, seconds: number): Promise<RunSample> {
  return measureRun(runLoad(seconds, 100, pins.client), pins);
}

export interface StartUp {
  readonly nodeMs: Spread | null;
  readonly helpRatio: Spread | null;
  readonly versionRatio: Spread | null;
}

/** Wall time from start to end, each right after an empty Node. */
export async function startUp(pins: Pins, times: number): Promise<StartUp> {
  const wall = async (args: readonly string[]) => (await runOn(pins.client, process.execPath, args)).wallS * 1000;
  const ways = { node: ['-e', '0'], help: [tokbench, '--help'], version: [tokbench, '--version'] };
  const found = { node: [] as number[], help: [] as number[], version: [] as number[] };
  for (const args of Object.values(ways)) await wall(args); // compile caches
  for (let i = 0; i < times; i++)
    for (const [name, args] of Object.entries(ways)) found[name as keyof typeof found].push(await wall(args));
  return {
    nodeMs: spreadOf(found.node),
    helpRatio: ratiosOf(found.help, found.node),
    versionRatio: ratiosOf(found.version, found.node),
  };
}

export interface Memory {
  /** While requests run; the summary at the end takes some more. */
  readonly steadyMib: number;
  readonly mostMib: number;
  /** Growth over the second half of the requests, MiB a minute. */
  readonly growthMibPerMinute: number;
  readonly seconds: number;
  readonly requests: number;
}

/** Resident memory of a run at 1,000 streams. */
export async function memory(pins: Pins, seconds: number): Promise<Memory> {
  const { finished, summary } = await measureRun(runLoad(seconds, 1000, pins.client), pins);
  const { rssMib } = finished;
  // Half a second a reading, from the start of the program; the burst of the start, drain and summary apart.
  const steady = rssMib.slice(6, 2 * (seconds + 1));
  const middle = (from: number, to: number) =>
    spreadOf(steady.slice(Math.floor(steady.length * from), Math.ceil(steady.length * to)))!.median;
  const minutes = (steady.length * 0.5 * 0.4) / 60; // between the middles of the two fifths
  return {
    steadyMib: Math.max(...steady),
    mostMib: Math.max(...rssMib),
    growthMibPerMinute: (middle(0.8, 1) - middle(0.4, 0.6)) / minutes,
    seconds,
    requests: summary.steps[0]!.counts.due,
  };
}
