/**
 * How many streams two threads on two cores carry against one thread on one core, with a server that takes next to
 * nothing from either.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { type Pins, runOn, tokbench } from './rig.ts';

export interface Threads {
  /** Streams at once at the highest rate that kept the server's pace; null where not even the lowest did. */
  readonly one: number | null;
  readonly two: number | null;
  /** Most that the mean reply may be slower than the server wrote it. */
  readonly slack: number;
  /** CPU time of the client a token at the highest level, µs. */
  readonly usPerToken: readonly [number | null, number | null];
}

/** 200 tokens a second a stream: at 50 one client would need more connections than an address has ports. */
export const burstTokens = 200;
const burstMs = 1000;
const bursts = 4;
const outputTokens = bursts * burstTokens;
const slack = 0.03;
/** A reply: up to its first burst, whose phase is drawn, and all bursts but one. */
const replyMs = burstMs / 2 + (bursts - 1) * burstMs;
const leastStreams = 1000;
const resolution = 1.05;

/** One thread has the client's core for all that its process does, two have both cores, and share them with the server. */
export async function threads(pins: Pins, seconds: number): Promise<Threads> {
  const server = spawn(
    process.execPath,
    [join(import.meta.dirname, 'burst-server.ts'), String(burstTokens), String(burstMs)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${line.toString().trim()}/v1`;
  const keepServerOn = (cores: string) =>
    execFileSync('taskset', ['-acp', cores, String(server.pid)], { stdio: 'ignore' });
  try {
    if (pins.server !== null) keepServerOn(String(pins.server));
    const one = await highest({ url, count: 1, cpu: pins.client, seconds });
    if (pins.server !== null) keepServerOn(`${pins.server},${pins.client}`);
    const two = await highest({ url, count: 2, cpu: null, seconds });
    return { one: one.streams, two: two.streams, slack, usPerToken: [one.usPerToken, two.usPerToken] };
  } finally {
    server.stdin.end();
  }
}

interface Client {
  readonly url: string;
  readonly count: 1 | 2;
  readonly cpu: number | null;
  readonly seconds: number;
}

interface Level {
  readonly carried: boolean;
  readonly usPerToken: number | null;
}

/** Doubled until the pace is lost, then bisected. */
async function highest(client: Client) {
  let best: { streams: number | null; usPerToken: number | null } = { streams: null, usPerToken: null };
  let [carriedTo, lostAt] = [0, Number.POSITIVE_INFINITY];
  for (let streams = leastStreams; lostAt / carriedTo > resolution; ) {
    const { carried, usPerToken } = await level(client, streams);
    if (carried) best = { streams, usPerToken };
    if (carried) carriedTo = streams;
    else lostAt = streams;
    if (carriedTo === 0) break;
    streams = Math.round(lostAt === Number.POSITIVE_INFINITY ? 2 * carriedTo : Math.sqrt(carriedTo * lostAt));
  }
  return best;
}

/** Streams come one after the other: begun all at once they would wait for each other, and catch up afterwards. */
async function level({ url, count, cpu, seconds }: Client, streams: number): Promise<Level> {
  const out = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const rate = String(Number((streams / (replyMs / 1000)).toPrecision(6)));
  const flags = ['run', '--url', url, '--out', out, '--rate', rate, '--arrivals', 'constant', '--threads', String(count), '--input-tokens', '8', '--output-tokens', String(outputTokens), '--duration', `${seconds}s`, '--warmup', 'none', '--telemetry', 'none', '--seed', '1', '--quiet', '--json']; // biome-ignore format: flags in a row
  try {
    const { stdout, code, stderr } = await runOn(cpu, process.execPath, [tokbench, ...flags]);
    if (![0, 4, 5].includes(code ?? -1)) throw new Error(`tokbench run ended with ${code}: ${stderr.slice(-500)}`);
    const step = (JSON.parse(stdout) as RunSummary).steps[0]!;
    const meanMs = step.latency.e2eDueMs.mean;
    const carried = step.counts.failed === 0 && meanMs !== null && meanMs <= replyMs * (1 + slack);
    return { carried, usPerToken: step.client.cpuUsPerToken };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
