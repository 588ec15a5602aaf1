import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock, type ProcessClock } from '../clock/clock.ts';
import type { Admission } from '../load/admission.ts';
import { drive } from '../load/drive.ts';
import { measureStep } from '../measurement/measure.ts';
import { deriveSeed } from '../random/random.ts';
import type { CalibrationPoint } from '../record/calibration.ts';
import type { Exchange } from '../record/exchange.ts';
import type { StepRecord } from '../record/run.ts';
import type { ServerFeatures } from '../record/server.ts';
import type { Session, Turn } from '../record/turn.ts';
import { spawnSimulator } from '../simulate/spawn.ts';
import { readTruth } from '../simulate/truth-read.ts';
import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';
import { createJournal } from '../store/journal.ts';
import { createTarget } from '../target/create.ts';
import { errorQuantileMs, joinStamps, serverKept } from './timing-error.ts';

/** A load to put the client under, and the exact pace of the server that answers it. */
export interface TrialLoad {
  readonly axis: CalibrationPoint['axis'];
  readonly admission: Admission;
  readonly pace: { readonly ttftMs: number; readonly itlMs: number };
  /** Reply lengths are spread evenly from the first to the second, so that replies do not all end together. */
  readonly outputTokens: readonly [number, number];
}

/** Long enough for the first burst to spread out and for hot code to be compiled; then what is measured. */
const rampMs = 700;
const measuredMs = 1200;

const features: ServerFeatures = {
  forcedLength: { ignore_eos: true, min_tokens: 1 },
  capField: 'max_completion_tokens',
  streamUsage: true,
  continuousUsage: true,
  tokenIds: true,
  tokenize: null,
  metrics: null,
  contextTokens: null,
};
const limits = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 120_000 };
const prompt = 'Say something about the weather, at length, in plain words, and do not stop before you are told to.';

/**
 * Puts the client as it runs (driver, transport, journal, fold) under a load for two seconds, against an exact-pace server
 * in a process of its own, and compares its stamps with the server's.
 *
 * @param shorten factor of both spans, below 1 for tests
 */
export async function measurePoint(
  load: TrialLoad,
  signal: AbortSignal,
  shorten = 1,
): Promise<CalibrationPoint | null> {
  const folder = await mkdtemp(join(tmpdir(), 'tokbench-calibrate-'));
  try {
    const truth = join(folder, 'truth.jsonl');
    const server = await spawnSimulator({ pace: load.pace, truth });
    let driven: Driven;
    try {
      driven = await driveLoad(load, { url: server.url, model: server.model, folder, signal, shorten });
    } finally {
      await server.stop();
    }
    return pointOf(load, driven, truth);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly url: string;
  readonly model: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly shorten: number;
}

interface Driven {
  readonly clock: ProcessClock;
  readonly exchanges: readonly Exchange[];
  /** The measured span on the client's clock, and what the process used in it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpuUs: number;
}

async function driveLoad(load: TrialLoad, { url, model, folder, signal, shorten }: Place): Promise<Driven> {
  const clock = createClock();
  const target = createTarget({
    url, model, clock, features, limits, protocol: 'openai-chat', apiKey: null, headers: {}, body: {}, stream: true, forceLength: true, caFile: null,
  }); // biome-ignore format: options in rows
  const journal = await createJournal(folder, () => {});
  const exchanges: Exchange[] = [];
  const { admission } = load;
  try {
    if (admission.kind === 'closed') await target.connect(admission.concurrency);
    const startMs = Math.ceil(clock.now()) + 20;
    const measurement = measureStep({ ...emptyStep(startMs), objectives: [] });
    const running = drive({
      sessions: sessions(load),
      admission,
      target,
      clock,
      step: 0,
      startMs,
      durationMs: null,
      maxRequests: null,
      drainMs: 1000,
      signal,
      emit(event) {
        if (event.kind !== 'exchange') return;
        journal.exchange(event.exchange);
        measurement.add(event.exchange);
        exchanges.push(event.exchange);
      },
    });
    await clock.until(startMs + rampMs * shorten, signal);
    const [fromMs, cpu, spunMs] = [clock.now(), process.cpuUsage(), clock.spunMs];
    await clock.until(fromMs + measuredMs * shorten, signal);
    const [toMs, used] = [clock.now(), process.cpuUsage(cpu)];
    const cpuUs = used.user + used.system - (clock.spunMs - spunMs) * 1000;
    running.interrupt();
    await running.done;
    return { clock, exchanges, fromMs, toMs, cpuUs };
  } finally {
    target.close();
    journal.closeNow();
    await journal.close().catch(() => {});
  }
}

/** Replies without end, each named so that the server's log of it is found. */
function* sessions({ outputTokens: [least, most] }: TrialLoad): Generator<Session, void, undefined> {
  for (let i = 0; ; i++) {
    const outputTokens = least + (deriveSeed(1, 'length', i) % (most - least + 1));
    yield session({
      prompt: { kind: 'text', text: prompt },
      inputTokens: null,
      outputTokens,
      thinkMs: 0,
      keepText: false,
      requestId: String(i),
    });
  }
}

function* session(turn: Turn): Session {
  yield turn;
}

const emptyStep = (startMs: number): StepRecord => ({
  load: { kind: 'concurrency', value: 1 },
  repeat: 0,
  seed: 1,
  startMs,
  warmupEndMs: null,
  stopMs: null,
  endMs: null,
  stoppedBy: null,
  maxInFlight: null,
  scheduled: null,
  client: null,
  counters: null,
});

/** Null when nothing was read in the measured span. */
function pointOf(load: TrialLoad, driven: Driven, truthPath: string): CalibrationPoint | null {
  const { clock, exchanges, fromMs, toMs, cpuUs } = driven;
  const truth = readTruth(truthPath);
  const joined = joinStamps(exchanges, truth, clock.originNs, ({ session }) => String(session));
  const pairs = joined.pairs.filter(({ readUs }) => readUs >= fromMs * 1000 && readUs < toMs * 1000);
  const [p50, p99] = [errorQuantileMs(pairs, 0.5), errorQuantileMs(pairs, 0.99)];
  if (p50 === null || p99 === null) return null;
  const seconds = (toMs - fromMs) / 1000;
  const due = exchanges.filter(({ dueMs, sentMs }) => sentMs !== null && dueMs >= fromMs && dueMs < toMs);
  const lags = sortedCopy(due.map(({ sentMs, dueMs }) => sentMs! - dueMs));
  let areaMs = 0;
  for (const { sentMs, endMs } of exchanges)
    if (sentMs !== null) areaMs += Math.max(0, Math.min(endMs, toMs) - Math.max(sentMs, fromMs));
  return {
    axis: load.axis,
    streams: three(areaMs / (toMs - fromMs)),
    tokensPerS: three(pairs.length / seconds),
    requestsPerS: three(due.length / seconds),
    timingErrorP50Ms: micros(p50),
    timingErrorP99Ms: micros(p99),
    scheduleLagP99Ms: load.admission.kind === 'open' ? micros(quantileSorted(lags, 0.99) ?? 0) : null,
    cpuUsPerToken: three(cpuUs / pairs.length),
    cpuShare: three(cpuUs / 1e6 / seconds),
    serverKept: serverKept(truth, clock.originNs, { fromMs, toMs }),
  };
}

const three = (value: number) => Number(value.toPrecision(4));
const micros = (ms: number) => Math.round(ms * 1000) / 1000;
