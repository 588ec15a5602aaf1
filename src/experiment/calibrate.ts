import { arrivals } from '../load/arrival.ts';
import { createRandom } from '../random/random.ts';
import type { CalibratedMachine, Calibration, CalibrationPoint } from '../record/calibration.ts';
import { spawnSimulator } from '../simulate/spawn.ts';
import { trend } from '../statistics/trend.ts';
import { measurePoint, type TrialLoad } from './calibrate-point.ts';
import { type SearchOptions, searchCeiling } from './calibrate-search.ts';
import { measureFrontDoor, measureOwnDoor } from './frontdoor.ts';

/** What `tokbench calibrate --json` prints, and what is kept. */
export interface CalibrationReport extends Calibration {
  readonly schema: 'tokbench.calibration/1';
  /** Client and server ran on the same cores: on a machine of its own the client can do more. */
  readonly sharedMachine: true;
  readonly seconds: number;
  /** Plain requests to `/health` over ten connections, by autocannon and by tokbench's own transport. */
  readonly reference: { readonly autocannonRequestsPerS: number; readonly tokbenchRequestsPerS: number };
}

export interface CalibrateOptions {
  readonly machine: CalibratedMachine;
  readonly signal: AbortSignal;
  readonly emit: (event: CalibrateEvent) => void;
  /** Time for the search; the report comes a few seconds later. Default 50,000. */
  readonly budgetMs?: number;
}

export type CalibrateEvent = { readonly kind: 'point'; readonly point: CalibrationPoint; readonly passed: boolean };

/** Timing error p99 beyond which a load is too much for this client. */
const limitMs = 1;
const streamPace = { ttftMs: 100, itlMs: 20 };
/** Streams of the loads whose pace grows. */
const fastStreams = 32;
const plainSeconds = 1.5;

/**
 * Finds what this client on this machine can measure with a timing error p99 of at most 1 ms: streams of 50 tokens/s,
 * tokens/s over few streams, short requests/s. Takes less than a minute. The server of exact pace runs in another process
 * of the same machine, so that its own stamps can be compared; it takes its share of the cores, and ceilings are low
 * rather than high for it. Nothing else should run meanwhile.
 */
export async function calibrate(options: CalibrateOptions): Promise<CalibrationReport> {
  const { machine, signal, emit, budgetMs = 50_000 } = options;
  const startMs = performance.now();
  const curve: CalibrationPoint[] = [];
  const search = (share: number, space: Omit<SearchOptions, 'timeLeft'>, load: (value: number) => TrialLoad) =>
    searchCeiling(
      { ...space, timeLeft: () => !signal.aborted && performance.now() - startMs < budgetMs * share },
      async (value) => {
        signal.throwIfAborted();
        const point = await measurePoint(load(value), signal);
        const passed = point !== null && passes(point);
        if (point !== null) {
          keepBetter(curve, point);
          emit({ kind: 'point', point, passed });
        }
        return { passed, serverKept: point?.serverKept ?? false };
      },
    );
  const streams = await search(0.5, { first: 64, least: 4, most: 4096, refinements: 3, round: Math.round }, streamLoad);
  const tokens = await search(
    0.75,
    { first: 6400, least: 400, most: 409_600, refinements: 2, round: hundreds },
    tokenLoad,
  );
  const requests = await search(1, { first: 500, least: 10, most: 16_000, refinements: 1, round: tens }, requestLoad);
  signal.throwIfAborted();
  return {
    schema: 'tokbench.calibration/1',
    takenAt: new Date().toISOString(),
    machine,
    sharedMachine: true,
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
    limitMs,
    ceiling: { streams: streams.load, tokensPerS: highestTokens(curve), requestsPerS: requests.load },
    bounds: { streams: streams.bound, tokensPerS: tokens.bound, requestsPerS: requests.bound },
    curve: curve.toSorted((a, b) => rank(a) - rank(b) || a.tokensPerS - b.tokensPerS),
    costPerTokenUs: costPerToken(curve),
    reference: await measurePlain(),
  };
}

function passes({ timingErrorP99Ms, scheduleLagP99Ms }: CalibrationPoint): boolean {
  return Math.max(timingErrorP99Ms, scheduleLagP99Ms ?? 0) <= limitMs;
}

/** The better of two tries at one load stays: the worse was a neighbour's. */
function keepBetter(curve: CalibrationPoint[], point: CalibrationPoint, near = 0.03): void {
  const same = ({ axis, streams, tokensPerS, requestsPerS }: CalibrationPoint) =>
    axis === point.axis &&
    close(streams, point.streams, near) &&
    close(tokensPerS, point.tokensPerS, near) &&
    (axis !== 'requests' || close(requestsPerS, point.requestsPerS, near));
  const before = curve.findIndex(same);
  if (before < 0) curve.push(point);
  else if (worth(point) < worth(curve[before]!)) curve[before] = point;
}

const rank = ({ axis }: CalibrationPoint) => ['streams', 'tokens', 'requests'].indexOf(axis);
const close = (a: number, b: number, near: number) => Math.abs(a - b) <= near * Math.max(a, b);
const worth = ({ serverKept, timingErrorP99Ms }: CalibrationPoint) => (serverKept ? 0 : 1e9) + timingErrorP99Ms;

function highestTokens(curve: readonly CalibrationPoint[]): number | null {
  const passed = curve.filter((point) => passes(point) && point.serverKept).map(({ tokensPerS }) => tokensPerS);
  return passed.length === 0 ? null : Math.max(...passed);
}

/** Slope of CPU time over tokens along the streams: what does not grow with tokens cancels. */
function costPerToken(curve: readonly CalibrationPoint[]): number | null {
  const along = curve.filter(({ axis, serverKept }) => axis === 'streams' && serverKept);
  const slope = trend(
    along.map(({ tokensPerS }) => tokensPerS),
    along.map(({ cpuShare }) => cpuShare * 1e6),
  );
  return slope === null ? null : Math.round(slope.slope * 100) / 100;
}

const hundreds = (value: number) => Math.round(value / 100) * 100;
const tens = (value: number) => Math.round(value / 10) * 10;

const streamLoad = (streams: number): TrialLoad => ({
  axis: 'streams',
  admission: { kind: 'closed', concurrency: streams },
  pace: streamPace,
  outputTokens: [50, 150],
});

/** Replies of 2 to 4 s, so that ever faster ones do not become ever more requests. */
const tokenLoad = (tokensPerS: number): TrialLoad => ({
  axis: 'tokens',
  admission: { kind: 'closed', concurrency: fastStreams },
  pace: { ttftMs: 20, itlMs: (1000 * fastStreams) / tokensPerS },
  outputTokens: [Math.ceil((2 * tokensPerS) / fastStreams), Math.ceil((4 * tokensPerS) / fastStreams)],
});

const requestLoad = (requestsPerS: number): TrialLoad => ({
  axis: 'requests',
  admission: {
    kind: 'open',
    dueMs: arrivals('constant', requestsPerS, createRandom(1, 'arrivals')),
    maxInFlight: null,
  },
  pace: { ttftMs: 10, itlMs: 5 },
  outputTokens: [2, 2],
});

async function measurePlain(): Promise<NonNullable<CalibrationReport['reference']>> {
  const server = await spawnSimulator({ pace: streamPace });
  try {
    const { origin } = new URL(server.url);
    const { requestsPerS } = await measureFrontDoor(origin, '/health', plainSeconds);
    return {
      autocannonRequestsPerS: Math.round(requestsPerS),
      tokbenchRequestsPerS: Math.round(await measureOwnDoor(origin, '/health', plainSeconds)),
    };
  } finally {
    await server.stop();
  }
}
