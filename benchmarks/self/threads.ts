/** How many streams two threads carry against one, with a server that takes next to nothing from either. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { runOn, tokbench } from './rig.ts';

export interface Threads {
  /** Highest number of streams at which nearly every reply kept the server's pace; null where not even the first did. */
  readonly one: number | null;
  readonly two: number | null;
  /** Most that a 90th percentile reply may be slower than the server wrote it. */
  readonly slack: number;
  /** CPU time of the client a token at the highest level, µs. */
  readonly usPerToken: readonly [number | null, number | null];
}

const burstTokens = 50;
/** 200 tokens a second: at 50 one client would need more connections than an address has ports. */
const burstMs = 250;
const bursts = 16;
const outputTokens = bursts * burstTokens;
const slack = 0.03;
/** From the first token to the last all bursts but one pass. */
const paceMs = ((bursts - 1) * burstMs) / (outputTokens - 1);
const growth = 1.12;

/** Of all cores: one thread leaves the others to the server. */
export async function threads(seconds: number): Promise<Threads> {
  const server = spawn(
    process.execPath,
    [join(import.meta.dirname, 'burst-server.ts'), String(burstTokens), String(burstMs)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${line.toString().trim()}/v1`;
  try {
    const [one, two] = [await highest(url, 1, seconds), await highest(url, 2, seconds)];
    return { one: one.streams, two: two.streams, slack, usPerToken: [one.usPerToken, two.usPerToken] };
  } finally {
    server.stdin.end();
  }
}

interface Level {
  readonly carried: boolean;
  readonly usPerToken: number | null;
}

async function highest(url: string, count: 1 | 2, seconds: number) {
  const first = await level(url, count, 500, seconds);
  // From well below what its cost allows, upwards.
  let streams = Math.round(((0.6 * count) / ((first.usPerToken ?? 10) * 1e-6)) * (burstMs / 1000 / burstTokens));
  let best: { streams: number | null; usPerToken: number | null } = { streams: null, usPerToken: null };
  for (let tries = 0; tries < 12; tries++) {
    const { carried, usPerToken } = await level(url, count, streams, seconds);
    if (!carried && best.streams !== null) break;
    if (carried) best = { streams, usPerToken };
    streams = Math.round(carried ? streams * growth : streams / growth ** 2);
  }
  return best;
}

async function level(url: string, count: 1 | 2, streams: number, seconds: number): Promise<Level> {
  const out = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const flags = ['run', '--url', url, '--out', out, '--concurrency', String(streams), '--threads', String(count), '--input-tokens', '8', '--output-tokens', String(outputTokens), '--duration', `${seconds}s`, '--warmup', 'none', '--telemetry', 'none', '--seed', '1', '--quiet', '--json']; // biome-ignore format: flags in a row
  try {
    const { stdout, code, stderr } = await runOn(null, process.execPath, [tokbench, ...flags]);
    if (![0, 4, 5].includes(code ?? -1)) throw new Error(`tokbench run ended with ${code}: ${stderr.slice(-500)}`);
    const step = (JSON.parse(stdout) as RunSummary).steps[0]!;
    const tpotMs = step.latency.tpotMs.p90 ?? step.latency.tpotMs.max;
    const carried = step.counts.failed === 0 && tpotMs !== null && tpotMs <= paceMs * (1 + slack);
    return { carried, usPerToken: step.client.cpuUsPerToken };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
