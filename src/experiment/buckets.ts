import { createClock } from '../clock/clock.ts';
import { formatQuantity } from '../document/number.ts';
import { deriveSeed } from '../random/random.ts';
import type { Session, Turn } from '../record/turn.ts';
import { createTarget } from '../target/create.ts';
import type { Target, TargetOptions } from '../target/target.ts';
import { createWorkload, type SyntheticSpec, type WorkloadDeps, workloadFrom } from '../workload/workload.ts';

/** A length that shows a bucket: the longest prompt in it, or the shortest behind its edge. */
export interface BucketLength {
  readonly inputTokens: number;
  readonly side: 'inside' | 'behind';
}

/**
 * Lengths that show and warm every bucket up to the one of `mostTokens`, where a server pads prompts to powers of two from
 * `from` on: both sides of each edge below `mostTokens`.
 */
export function bucketLengths(from: number, mostTokens: number): BucketLength[] {
  const lengths: BucketLength[] = [];
  for (let edge = from; edge < mostTokens; edge *= 2)
    lengths.push({ inputTokens: edge, side: 'inside' }, { inputTokens: edge + 1, side: 'behind' });
  return lengths.length === 0 ? [{ inputTokens: mostTokens, side: 'inside' }] : lengths;
}

/** A bucket that is compiled at its first request may take so long. */
const compileMs = 30 * 60_000;
const mostTries = 24;

export interface BucketsOptions {
  /** The smallest bucket. */
  readonly from: number;
  /** The longest prompt that the run will send. */
  readonly mostTokens: number;
  readonly target: Omit<TargetOptions, 'clock'>;
  readonly deps: WorkloadDeps;
}

export interface BucketProbe {
  readonly inputTokens: number;
  /** Of the reply after the one that warmed the bucket; null where it failed. */
  readonly ttftMs: number | null;
}

/**
 * Sends each bucket of a server that pads prompts two requests, one after the other and unmeasured: the first may compile
 * the bucket, which takes minutes, the second shows what the bucket costs. Prompts are none of the run's.
 */
export async function warmBuckets(options: BucketsOptions): Promise<BucketProbe[]> {
  const { deps } = options;
  const spec = (inputTokens: number): SyntheticSpec => ({
    kind: 'synthetic', name: 'buckets', inputTokens, outputTokens: 2, sharedPrefix: null, conversation: null,
  }); // biome-ignore format: one row
  const { recipe } = await createWorkload(spec(options.from), deps);
  const { limits } = options.target;
  const patient = { ...limits, firstTokenMs: compileMs, totalMs: 2 * compileMs };
  const target = createTarget({ ...options.target, limits: patient, clock: createClock() });
  const probes: BucketProbe[] = [];
  try {
    for (const wanted of bucketLengths(options.from, options.mostTokens)) {
      if (recipe.kind !== 'synthetic') break;
      const { inputTokens } = wanted;
      const workload = workloadFrom({ ...recipe, spec: spec(inputTokens) });
      const turns = turnsOf(workload.sessions(deriveSeed(deps.seed, 'buckets', inputTokens)));
      const warming = await turnOf(wanted, turns, deps);
      await ttftOf(target, warming.turn, deps.signal);
      const telling = await turnOf(wanted, turns, deps);
      probes.push({ inputTokens: telling.inputTokens, ttftMs: await ttftOf(target, telling.turn, deps.signal) });
    }
    return probes;
  } finally {
    target.close();
  }
}

function* turnsOf(sessions: Iterator<Session>): Generator<Turn, void> {
  for (let next = sessions.next(); next.done !== true; next = sessions.next()) {
    const first = next.value.next();
    if (first.done !== true) yield first.value;
  }
}

/** A turn on the right side of the edge, as near to it as a few tries give; where nothing counts, the first one. */
async function turnOf(
  { inputTokens, side }: BucketLength,
  turns: Iterator<Turn>,
  { count }: WorkloadDeps,
): Promise<{ readonly turn: Turn; readonly inputTokens: number }> {
  let best: { readonly turn: Turn; readonly inputTokens: number } | null = null;
  const distance = (tokens: number) => (side === 'inside' ? inputTokens - tokens : tokens - inputTokens);
  const rank = (tokens: number) => (distance(tokens) < 0 ? inputTokens - distance(tokens) : distance(tokens));
  for (let tries = 0; tries < mostTries; tries++) {
    const turn = turns.next().value as Turn;
    if (count === null) return { turn, inputTokens };
    const tokens = await count(turn.prompt);
    if (best === null || rank(tokens) < rank(best.inputTokens)) best = { turn, inputTokens: tokens };
    if (tokens === inputTokens) break;
  }
  return best!;
}

async function ttftOf(target: Target, turn: Turn, signal?: AbortSignal): Promise<number | null> {
  signal?.throwIfAborted();
  const flight = target.send(target.prepare(turn));
  const abandon = () => flight.abandon('interrupted');
  signal?.addEventListener('abort', abandon, { once: true });
  const { outcome, chunks } = await flight.received;
  signal?.removeEventListener('abort', abandon);
  signal?.throwIfAborted();
  const [firstUs] = chunks.atUs;
  return outcome.state === 'ok' && firstUs !== undefined ? firstUs / 1000 : null;
}

/** What a reader of the run must know: which lengths cost the same. */
export function bucketsNote(from: number, probes: readonly BucketProbe[]): string {
  const parts = probes.map(
    ({ inputTokens, ttftMs }) => `${inputTokens} tokens ${ttftMs === null ? 'failed' : formatQuantity(ttftMs, 'ms')}`,
  );
  return `The server pads prompts to powers of two from ${from} tokens on: TTFT is a staircase, so compare input lengths of one step only. Each was warmed before the load; TTFT alone on the server: ${parts.join(', ')}.`;
}
