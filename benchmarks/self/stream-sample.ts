/** One measurement of one client under streams: CPU time a token and how far its stamps lay behind the server's. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  errorQuantileMs,
  type JoinedStamps,
  joinStamps,
  type Span,
  type StampPair,
  serverKept,
} from '../../src/experiment/timing-error.ts';
import type { RunSummary } from '../../src/measurement/summary.ts';
import type { TruthFile } from '../../src/simulate/truth-read.ts';
import { readRun } from '../../src/store/record.ts';
import type { ClientOrder, ClientResult } from './client.ts';
import { type Finished, type Pins, runOn, startServer, tokbench } from './rig.ts';

export const pace = { ttftMs: 100, itlMs: 20 };
/** From the first request of a run until its burst has spread out. */
const settleMs = 1000;

export interface Timing {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Of the first content event of each reply, on which TTFT rests. */
  readonly firstP50Ms: number | null;
  readonly firstP99Ms: number | null;
}

export interface StreamSample {
  /** Null where the server did not keep the pace, or the client did not live through it. */
  readonly usPerToken: number | null;
  readonly timing: Timing | null;
  readonly serverKept: boolean;
  readonly tokensPerS: number;
}

export const noSample: StreamSample = { usPerToken: null, timing: null, serverKept: false, tokensPerS: 0 };

/** Of the stamps within a span of the client's clock. */
export function timingOf(all: readonly StampPair[], { fromMs, toMs }: Span): Timing | null {
  const pairs = all.filter(({ readUs }) => readUs >= fromMs * 1000 && readUs < toMs * 1000);
  const first = pairs.filter((pair) => pair.first);
  return pairs.length === 0
    ? null
    : {
        p50Ms: errorQuantileMs(pairs, 0.5),
        p99Ms: errorQuantileMs(pairs, 0.99),
        firstP50Ms: errorQuantileMs(first, 0.5),
        firstP99Ms: errorQuantileMs(first, 0.99),
      };
}

/** A JavaScript client, measured from within between two marks while all its streams run. */
export async function measureClient(
  kind: ClientOrder['kind'],
  streams: number,
  pins: Pins,
  { rampMs, spanMs }: { readonly rampMs: number; readonly spanMs: number },
): Promise<StreamSample> {
  const folder = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const server = await startServer(pins, { pace });
  const out = join(folder, 'result.json');
  const order: ClientOrder = {
    kind,
    url: server.url,
    model: server.model,
    streams,
    outputTokens: Math.ceil((rampMs + spanMs + 3000) / pace.itlMs),
    rampMs,
    spanMs,
    out,
  };
  let truth: TruthFile | null = null;
  try {
    const client = join(import.meta.dirname, 'client.ts');
    const { code, stderr } = await runOn(pins.client, process.execPath, [client, JSON.stringify(order)]);
    truth = await server.stop();
    if (code !== 0) throw new Error(`${kind} ended with ${code}: ${stderr.slice(-500)}`);
    return sampleOf(JSON.parse(readFileSync(out, 'utf8')) as ClientResult, truth, streams);
  } finally {
    if (truth === null) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function sampleOf(result: ClientResult, truth: TruthFile, streams: number): StreamSample {
  const originNs = BigInt(result.originNs);
  const within = (ms: number) => ms >= result.fromMs && ms < result.toMs;
  let written = 0;
  for (const { receivedNs, eventsUs } of truth.requests) {
    const receivedMs = Number(receivedNs - originNs) / 1e6;
    for (const us of eventsUs) if (within(receivedMs + us / 1000)) written++;
  }
  const replies = result.stamps.map(({ id, sentMs, atMs }) => ({ id, sentMs, chunks: chunksOf(sentMs, atMs) }));
  const joined = joinStamps(replies, truth, originNs, ({ id }) => id);
  const seconds = (result.toMs - result.fromMs) / 1000;
  const kept = serverKept(truth, originNs, result) && written / seconds >= 0.97 * streams * (1000 / pace.itlMs);
  return {
    usPerToken: kept ? result.cpuUs / written : null,
    timing: kept ? timingOf(joined.pairs, result) : null,
    serverKept: kept,
    tokensPerS: written / seconds,
  };
}

function chunksOf(sentMs: number, atMs: readonly number[]) {
  return {
    atUs: atMs.map((ms) => (ms - sentMs) * 1000),
    tokens: null,
    tokensSource: null,
    channels: '',
    choices: null,
  };
}

export interface RunSample {
  readonly finished: Finished;
  readonly summary: RunSummary;
  readonly joined: JoinedStamps;
  /** The steady part: from when the burst of the start has spread out to the last start. */
  readonly span: Span;
  readonly tokens: number;
  readonly serverKept: boolean;
}

export interface RunLoad {
  readonly flags: readonly string[];
  readonly pace: { readonly ttftMs: number; readonly itlMs: number };
  /** Core of the program; null = all. */
  readonly cpu: number | null;
}

/** A whole `tokbench run`, as a user starts it: plan, probe, prompts, load, journal, fold, JSON. */
export async function measureRun({ flags, pace, cpu }: RunLoad, pins: Pins): Promise<RunSample> {
  const out = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const server = await startServer(pins, { pace });
  let truth: TruthFile | null = null;
  try {
    const fixed = ['run', '--url', server.url, '--out', out, '--seed', '1', '--quiet', '--json'];
    const finished = await runOn(cpu, process.execPath, [tokbench, ...fixed, ...flags]);
    truth = await server.stop();
    if (![0, 4, 5].includes(finished.code ?? -1))
      throw new Error(`tokbench run ended with ${finished.code}: ${finished.stderr.slice(-500)}`);
    const stored = await readRun('latest', out);
    const exchanges = [];
    for await (const { sentMs, chunks } of stored.exchanges()) exchanges.push({ sentMs, chunks });
    const originNs = BigInt(stored.record.startedNs!);
    const joined = joinStamps(exchanges, truth, originNs, null);
    const { startMs, stopMs } = stored.record.steps[0]!;
    const span = { fromMs: startMs + settleMs, toMs: stopMs! };
    return {
      finished,
      summary: JSON.parse(finished.stdout) as RunSummary,
      joined,
      span,
      tokens: truth.requests.reduce((sum, { eventsUs }) => sum + eventsUs.length, 0),
      serverKept: serverKept(truth, originNs, span),
    };
  } finally {
    if (truth === null) await server.stop();
    rmSync(out, { recursive: true, force: true });
  }
}

/** CPU time of further tokens: two runs of unequal length, so that what comes once in each cancels. */
export function slopeOf(
  short: Pick<RunSample, 'finished' | 'tokens'>,
  long: Pick<RunSample, 'finished' | 'tokens'>,
): number {
  return ((long.finished.cpuS - short.finished.cpuS) * 1e6) / (long.tokens - short.tokens);
}
