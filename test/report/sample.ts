import type {
  Distribution,
  Doubt,
  Interval,
  LatencyName,
  ObjectiveResult,
  RunSummary,
  StepSummary,
} from '../../src/measurement/summary.ts';
import { latencyNames } from '../../src/measurement/summary.ts';
import type { Load } from '../../src/record/run.ts';

/** Summaries as a real run gives them, with the numbers of a mid-sized model on one accelerator. */

const minimum = { p50: 6, p90: 36, p95: 72, p99: 368, p999: 3688 } as const;

/** A right-skewed distribution about a median; quantiles are withheld as the measurement withholds them. */
export function distribution(n: number, p50: number, spread: number, failures = 0): Distribution {
  const at = (z: number) => p50 * Math.exp(spread * z);
  const z = { p50: 0, p90: 1.2816, p95: 1.6449, p99: 2.3263, p999: 3.0902 };
  const known = (q: keyof typeof z) => (n >= minimum[q] ? at(z[q]) : null);
  const short = (Object.keys(z) as (keyof typeof z)[]).filter((q) => n < minimum[q]);
  const width = spread / Math.sqrt(Math.max(1, n));
  const interval = (q: keyof typeof z, wide: number): Interval => {
    const value = known(q);
    return value === null ? null : [value * (1 - wide * width), value * (1 + wide * width)];
  };
  const infinite = (['p50', 'p90', 'p95', 'p99'] as const).filter(
    (q) => n + failures >= minimum[q] && failures / (n + failures) > 1 - Number(`0.${q.slice(1)}`),
  );
  const inclusive = (q: number, name: keyof typeof z) => (failures / (n + failures) > 1 - q ? null : known(name));
  return {
    n,
    mean: n > 0 ? p50 * Math.exp((spread * spread) / 2) : null,
    stddev: n > 1 ? p50 * spread : null,
    min: n > 0 ? at(-2.5) : null,
    p50: known('p50'),
    p90: known('p90'),
    p95: known('p95'),
    p99: known('p99'),
    p999: known('p999'),
    max: n > 0 ? at(2.9) : null,
    intervals: { mean: null, p50: interval('p50', 2), p90: interval('p90', 4), p99: interval('p99', 8) },
    withFailures:
      failures === 0
        ? null
        : {
            p50: inclusive(0.5, 'p50'),
            p90: inclusive(0.9, 'p90'),
            p95: inclusive(0.95, 'p95'),
            p99: inclusive(0.99, 'p99'),
          },
    reasons: {
      ...Object.fromEntries(short.map((q) => [q, n === 0 ? 'no_values' : 'n_too_small'])),
      ...(failures === 0 ? {} : Object.fromEntries(infinite.map((q) => [`withFailures.${q}`, 'infinite']))),
    },
  };
}

const nothing = distribution(0, 0, 0);

interface StepSketch {
  readonly load: Load;
  readonly n: number;
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly outputTokensPerS: number;
  readonly failures?: Readonly<Record<string, number>>;
  readonly censored?: number;
  readonly doubts?: readonly Doubt[];
  readonly verdict?: StepSummary['verdict'];
  readonly objectives?: readonly ObjectiveResult[];
  readonly attainment?: number;
  readonly queueMs?: number;
}

const outputTokens = 128;
const inputTokens = 512;

export function step(sketch: StepSketch): StepSummary {
  const { load, n, ttftMs, tpotMs, outputTokensPerS } = sketch;
  const outcomes = sketch.failures ?? {};
  const failed = Object.values(outcomes).reduce((a, b) => a + b, 0);
  const censored = sketch.censored ?? 0;
  const bad = failed + censored;
  const e2eMs = ttftMs + tpotMs * (outputTokens - 1);
  const queueMs = sketch.queueMs ?? 0;
  const none = n === 0;
  const open = load.kind !== 'concurrency';
  const latency: Record<LatencyName, Distribution> = none
    ? (Object.fromEntries(latencyNames.map((name) => [name, nothing])) as Record<LatencyName, Distribution>)
    : {
        ttftMs: distribution(n, ttftMs, 0.18, bad),
        ttftDueMs: distribution(n, ttftMs + queueMs, open ? 0.32 : 0.18, bad),
        ttfoMs: distribution(n, ttftMs, 0.18, bad),
        tpotMs: distribution(n, tpotMs, 0.06, bad),
        tpotExactMs: distribution(n, tpotMs, 0.06, bad),
        itlMs: distribution(n * 127, tpotMs * 0.98, 0.2),
        iclMs: distribution(n * 127, tpotMs * 0.98, 0.2),
        e2eMs: distribution(n, e2eMs, 0.07, bad),
        e2eDueMs: distribution(n, e2eMs + queueMs, open ? 0.12 : 0.07, bad),
        ntpotMs: distribution(n, e2eMs / outputTokens, 0.07, bad),
        queueDelayMs: distribution(n, Math.max(queueMs, 0.05), 0.9),
        totalMs: distribution(n, e2eMs + 0.2, 0.07, bad),
      };
  const rate = none ? null : outputTokensPerS;
  const perS = rate === null ? null : rate / outputTokens;
  const attainment = sketch.attainment ?? (sketch.objectives ? 0.978 : null);
  const mean = none
    ? null
    : load.kind === 'concurrency'
      ? load.value * 0.993
      : ((perS ?? 0) * (e2eMs + queueMs)) / 1000;
  const slices = none ? 0 : 30;
  return {
    load,
    repeat: 0,
    verdict: sketch.verdict ?? 'VALID',
    doubts: sketch.doubts ?? [],
    counts: {
      due: n + bad,
      sent: n + bad,
      ok: n,
      failed,
      censored,
      outcomes,
      finishes: none ? {} : { length: n },
      flags: {},
    },
    window: { kind: none ? 'full' : 'steady', startMs: none ? null : 10_000, endMs: none ? null : 60_000 },
    latency,
    throughput: {
      outputTokensPerS: rate,
      outputTokensPerSAll: rate === null ? null : rate * (bad > 0 ? 1.01 : 1),
      inputTokensPerS: perS === null ? null : perS * inputTokens,
      totalTokensPerS: perS === null ? null : perS * (inputTokens + outputTokens),
      requestsPerS: perS,
      offeredPerS: load.kind === 'rate' ? load.value : null,
      sentPerS: load.kind === 'rate' ? load.value * 0.996 : perS,
      goodputPerS: perS === null || attainment === null ? null : perS * attainment,
      goodOutputTokensPerS: rate === null || attainment === null ? null : rate * attainment,
      peakOutputTokensPerS: rate === null ? null : Math.round(rate * 1.14),
      interactivityTokensPerS: none ? null : 1000 / tpotMs,
      e2eInteractivityP90TokensPerS: none ? null : 1000 / (e2eMs / outputTokens) / 1.09,
      intervals: { outputTokensPerS: rate === null ? null : [rate * 0.983, rate * 1.017], requestsPerS: null },
      full: {
        outputTokensPerS: rate === null ? null : rate * 0.963,
        requestsPerS: perS === null ? null : perS * 0.963,
        durationMs: 64_120,
      },
    },
    tokens: {
      input: none ? null : n * inputTokens,
      inputCached: none ? null : 0,
      output: none ? null : n * outputTokens,
      outputReasoning: null,
      outputSource: none ? null : 'usage',
      timelineSource: none ? null : 'continuous_usage',
      tokensPerEvent: none ? null : 1.004,
      meanInput: none ? null : 511.8,
      meanOutput: none ? null : outputTokens,
      plannedMeanInput: inputTokens,
      plannedMeanOutput: outputTokens,
    },
    concurrency: {
      mean,
      p50: mean === null ? null : Math.round(mean),
      p90: mean === null ? null : Math.ceil(mean),
      max: mean === null ? null : Math.ceil(mean) + (open ? 6 : 0),
      littleError: none ? null : 0.0042,
      tokensInFlightMean: mean === null ? null : mean * 570,
    },
    client: {
      cpuUsPerToken: none ? null : 9.13,
      cpuShare: 0.118,
      loopLagP99Ms: 1.21,
      scheduleLagP99Ms: none ? null : 0.313,
      coalescedShare: none ? null : 0.0207,
      timingErrorP99Ms: null,
      timingErrorReason: 'not calibrated',
    },
    stalls: { count: 0, maxGapMs: none ? null : 61.2 },
    objectives: sketch.objectives ?? [],
    attainment,
    series: {
      atMs: Array.from({ length: slices }, (_, i) => i * 2137),
      outputTokensPerS: Array.from({ length: slices }, (_, i) => {
        const ramp = Math.min(1, (i + 0.3) / 3) * (i > 27 ? (30 - i) / 3 : 1);
        return outputTokensPerS * ramp * (1 + 0.04 * Math.sin(i * 1.7));
      }),
      ttftP50Ms: Array.from({ length: slices }, (_, i) =>
        i > 27 ? null : ttftMs * (1 + 0.1 * Math.sin(i * 0.9) + (i < 2 ? 0.8 : 0)),
      ),
      inFlight: Array.from({ length: slices }, () => mean ?? 0),
    },
    server: { identity: null, load: null },
    hardware: null,
    energy: null,
    efficiency: null,
    bottleneck: null,
    cost: null,
  };
}

const met = (text: string, observed: number): ObjectiveResult => ({ text, observed, met: true, reason: null });
const missed = (text: string, observed: number): ObjectiveResult => ({ text, observed, met: false, reason: null });

const concurrency = (value: number): Load => ({ kind: 'concurrency', value });

export function run(steps: readonly StepSummary[], more: Partial<RunSummary> = {}): RunSummary {
  const order = ['VALID', 'SUSPECT', 'INVALID'] as const;
  return {
    schema: 'tokbench.run/1',
    directory: 'results/chat-vllm/2026-11-24T12-03-11Z',
    simulated: false,
    state: 'finished',
    verdict: steps.map((s) => s.verdict).reduce((a, b) => (order.indexOf(a) > order.indexOf(b) ? a : b), 'VALID'),
    target: {
      url: 'http://127.0.0.1:8000/v1',
      protocol: 'openai-chat',
      model: 'Qwen/Qwen3-8B',
      server: { name: 'vllm', version: '0.11.0' },
      preset: null,
    },
    suite: 'chat-vllm',
    startedAt: '2026-11-24T12:03:11.042Z',
    notes: [],
    steps,
    ...more,
  };
}

const latencyObjectives = (ttftP99: number, tpotP99: number): ObjectiveResult[] => [
  ttftP99 < 500 ? met('ttft.p99 < 500ms', ttftP99) : missed('ttft.p99 < 500ms', ttftP99),
  tpotP99 < 15 ? met('tpot.p99 < 15ms', tpotP99) : missed('tpot.p99 < 15ms', tpotP99),
];

export const closed = run([
  step({
    load: concurrency(16),
    n: 912,
    ttftMs: 85.2,
    tpotMs: 12.13,
    outputTokensPerS: 1234.4,
    objectives: latencyObjectives(129.4, 13.9),
    attainment: 0.9978,
  }),
]);

const withheldDoubt: Doubt = {
  code: 'n_too_small',
  severity: 'info',
  message: 'p99 is withheld: 118 requests fell into the window and 368 are needed; run longer or use --requests 368.',
  evidence: { n: 118, needed: 368 },
};
const stationaryDoubt: Doubt = {
  code: 'not_stationary',
  severity: 'suspect',
  message:
    'The token rate of the second half is 14.2 % above that of the first: the server was still warming up, use a longer --warmup.',
  evidence: { change: 0.142 },
};
const failuresDoubt: Doubt = {
  code: 'high_failures',
  severity: 'suspect',
  message: '2.4 % of the requests failed, more than 1 %.',
  evidence: { share: 0.024 },
};

export const ladder = run([
  step({ load: concurrency(1), n: 118, ttftMs: 41.3, tpotMs: 9.02, outputTokensPerS: 107.6, objectives: latencyObjectives(62.4, 10.3), attainment: 1, doubts: [withheldDoubt] }),
  step({ load: concurrency(4), n: 402, ttftMs: 58.8, tpotMs: 10.21, outputTokensPerS: 377.1, objectives: latencyObjectives(89.4, 11.8), attainment: 0.9996, doubts: [stationaryDoubt], verdict: 'SUSPECT' }),
  step({
    load: concurrency(16),
    n: 912,
    ttftMs: 385.2,
    tpotMs: 12.93,
    outputTokensPerS: 1134.4,
    failures: { rate_limited: 19, conn_reset: 3 },
    objectives: latencyObjectives(585.4, 14.9),
    attainment: 0.957,
    doubts: [failuresDoubt],
    verdict: 'SUSPECT',
  }),
]); // biome-ignore format: one step a line

/** A ladder of eight loads up to saturation. */
export const longLadder = run(
  [1, 2, 4, 8, 16, 32, 64, 128].map((value) => {
    const tpotMs = 9 * (1 + value / 90);
    const ttftMs = 40 * (1 + (value / 40) ** 2);
    const perS = (value * 1000) / (ttftMs + tpotMs * 127);
    return step({
      load: concurrency(value),
      n: Math.round(perS * 60),
      ttftMs,
      tpotMs,
      outputTokensPerS: perS * 128,
      objectives: latencyObjectives(ttftMs * 1.52, tpotMs * 1.15),
    });
  }),
);

export const open = run(
  [
    step({
      load: { kind: 'rate', value: 10, arrivals: 'poisson' },
      n: 596,
      ttftMs: 92.7,
      tpotMs: 13.4,
      outputTokensPerS: 1271,
      queueMs: 38,
      objectives: [met('ttft.p99 < 500ms', 275), missed('goodput > 9.9/s', 9.7)],
      attainment: 0.977,
    }),
  ],
  { suite: 'open-loop' },
);

export const interrupted = run(
  [
    step({
      load: concurrency(8),
      n: 31,
      ttftMs: 70.1,
      tpotMs: 11.1,
      outputTokensPerS: 690,
      censored: 8,
      doubts: [{ ...withheldDoubt, message: 'p90 and p99 are withheld: 31 requests fell into the window.' }],
    }),
  ],
  { state: 'interrupted' },
);

export const allFailed = run(
  [
    step({
      load: concurrency(4),
      n: 0,
      ttftMs: 0,
      tpotMs: 0,
      outputTokensPerS: 0,
      failures: { server_error: 96, conn_reset: 4 },
      verdict: 'INVALID',
      doubts: [
        {
          code: 'high_failures',
          severity: 'invalid',
          message: 'All 100 requests failed, 96 of them with server_error.',
          evidence: { share: 1 },
        },
      ],
      objectives: [{ text: 'ttft.p99 < 500ms', observed: null, met: null, reason: 'no request succeeded' }],
      attainment: 0,
    }),
  ],
  { target: { ...closed.target, server: { name: 'unknown', version: null } } },
);

export const simulated = run([...closed.steps], {
  simulated: true,
  suite: 'simulate',
  directory: 'results/simulate/2026-11-24T12-03-11Z',
  target: {
    url: 'http://127.0.0.1:40123/v1',
    protocol: 'openai-chat',
    model: 'demo',
    server: { name: 'simulated', version: '0.1.0' },
    preset: null,
  },
  notes: ['The simulated server runs in a process of its own on this machine and shares its cores with the client.'],
});

export const samples = { closed, ladder, longLadder, open, interrupted, allFailed, simulated };
