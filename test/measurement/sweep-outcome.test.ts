import { describe, expect, it } from 'vitest';
import type { Doubt, ObjectiveResult, StepSummary } from '../../src/measurement/summary.ts';
import { outcomeOf } from '../../src/measurement/sweep-outcome.ts';
import { sweepPoints } from '../../src/measurement/sweep-summary.ts';
import { step } from '../report/sample.ts';

type Sketch = Parameters<typeof step>[0];

const objective = (text: string, observed: number | null, met: boolean | null): ObjectiveResult => ({
  text,
  observed,
  met,
  reason: met === null ? 'n_too_small' : null,
});
const doubt = (code: string, severity: Doubt['severity'] = 'suspect', evidence: Doubt['evidence'] = {}): Doubt => ({
  code,
  severity,
  message: 'because',
  evidence,
});
const at = (more: Partial<Sketch>): StepSummary =>
  step({
    load: { kind: 'concurrency', value: 8 },
    n: 500,
    ttftMs: 300,
    tpotMs: 20,
    outputTokensPerS: 400,
    attainment: 1,
    ...more,
  });
const outcome = (more: Partial<Sketch>) => outcomeOf(at(more)).outcome;

const inside = [objective('ttft.p99 < 500ms', 480, true)];
const outside = [objective('ttft.p99 < 500ms', 700, false)];
const open = [objective('ttft.p99 < 500ms', null, null)];
const late = {
  loopLagP99Ms: 30,
  loopLagLimitMs: 15,
  scheduleLagMs: 1,
  scheduleLagLimitMs: 20,
  cpuShare: 0.4,
  timingErrorP99Ms: null,
};

describe('what a load says to the search', () => {
  it.each<[string, Partial<Sketch>, string]>([
    ['pass: every objective met', { objectives: inside }, 'pass'],
    ['miss: one missed', { objectives: [...inside, objective('tpot.p99 < 10ms', 22, false)] }, 'miss'],
    ['short: only too little of a rate', { objectives: [...inside, objective('goodput > 20/s', 3, false)] }, 'short'],
    [
      'miss: a stream too slow is no matter of too little load',
      { objectives: [objective('interactivity > 90/s', 50, false)] },
      'miss',
    ],
    ['unfinished: interrupted', { objectives: outside, doubts: [doubt('interrupted')] }, 'unfinished'],
    ['unfinished: a full disk', { objectives: outside, doubts: [doubt('disk_full', 'invalid')] }, 'unfinished'],
    ['unfinished: a lost thread', { objectives: inside, doubts: [doubt('thread_lost', 'invalid')] }, 'unfinished'],
    [
      'rate_limit: refused, whatever the rest says',
      { objectives: inside, doubts: [doubt('rate_limited')] },
      'rate_limit',
    ],
    ['failures: too many', { objectives: outside, doubts: [doubt('high_failures', 'invalid')] }, 'failures'],
    ['pass: a few failures only', { objectives: inside, doubts: [doubt('high_failures')] }, 'pass'],
    ['failures: stopped for them', { objectives: open, doubts: [doubt('stopped_by_failures')] }, 'failures'],
    ['undecided: nothing was asked', { objectives: open, doubts: [doubt('no_requests', 'invalid')] }, 'undecided'],
    [
      'unsustained: requests pile up',
      { objectives: inside, doubts: [doubt('not_stationary', 'suspect', { demandGrowth: 2 })] },
      'unsustained',
    ],
    [
      'pass: restless, but not piling up',
      { objectives: inside, doubts: [doubt('not_stationary', 'suspect', { demandGrowth: null })] },
      'pass',
    ],
  ])('%s', (_, sketch, wanted) => {
    expect(outcome(sketch)).toBe(wanted);
  });
});

describe('a client in doubt', () => {
  it('is to blame where it is INVALID, even for a load inside', () => {
    const doubts = [doubt('client_limited', 'invalid', late)];
    const load = { kind: 'rate', value: 5, arrivals: 'poisson' } as const;
    expect(outcome({ load, objectives: outside, doubts })).toBe('client');
    for (const more of [{ load }, {}]) expect(outcome({ ...more, objectives: inside, doubts })).toBe('client');
    // a closed loop that is late asks less than it should: whoever is slow even then is the server
    expect(outcome({ objectives: outside, doubts })).toBe('miss');
  });

  it('is to blame for what its late event loop may have added, and for no more', () => {
    const doubts = [doubt('client_limited', 'suspect', late)];
    expect(outcome({ objectives: inside, doubts })).toBe('pass');
    expect(outcome({ objectives: [objective('ttft.p99 < 500ms', 525, false)], doubts })).toBe('client');
    expect(outcome({ objectives: [objective('ttft.p99 < 500ms', 540, false)], doubts })).toBe('miss');
    // over the 127 gaps of a reply 31 ms are nothing
    expect(outcome({ objectives: [objective('tpot.p99 < 20ms', 20.2, false)], doubts })).toBe('client');
    expect(outcome({ objectives: [objective('tpot.p99 < 20ms', 20.3, false)], doubts })).toBe('miss');
  });

  it('is to blame where it was out of CPU or beyond what it can time', () => {
    const busy = [doubt('client_limited', 'suspect', { ...late, cpuShare: 0.9 })];
    const beyond = [doubt('client_limited', 'suspect', { ...late, loopLagP99Ms: 1 })];
    for (const doubts of [busy, beyond]) expect(outcome({ objectives: outside, doubts })).toBe('client');
  });

  it('is to blame for a load that it did not deliver, but not for what a cap held back', () => {
    const under = (maxInFlight: number | null) => [doubt('under_delivered', 'suspect', { maxInFlight })];
    expect(outcome({ objectives: inside, doubts: under(null) })).toBe('client');
    expect(outcome({ objectives: outside, doubts: under(null) })).toBe('client');
    expect(outcome({ objectives: outside, doubts: under(64) })).toBe('miss');
  });
});

describe('a sample too small for the percentile', () => {
  it('misses it where lower percentiles already do', () => {
    expect(outcome({ objectives: open, ttftMs: 600, n: 40 })).toBe('miss');
  });

  it('misses it where so many requests are outside that more would not help', () => {
    expect(outcome({ objectives: open, n: 5, ttftMs: 300, attainment: 0.4 })).toBe('miss');
    expect(outcome({ objectives: open, n: 5, ttftMs: 450, attainment: 0.6 })).toBe('undecided');
  });

  it('is likely inside where not one request was outside, none failed', () => {
    expect(outcome({ objectives: open, n: 40, ttftMs: 200 })).toBe('likely');
    expect(outcome({ objectives: open, n: 40, ttftMs: 200, censored: 1 })).toBe('undecided');
    expect(outcome({ objectives: open, n: 40, ttftMs: 350 })).toBe('undecided'); // the slowest took 590 ms
  });

  it('goes by latencies from the due time in an open loop', () => {
    const objectives = [objective('ttft.p99 < 500ms (from the due time)', null, null)];
    const load = { kind: 'rate', value: 5, arrivals: 'poisson' } as const;
    expect(outcome({ load, objectives, n: 40, ttftMs: 100 })).toBe('likely');
    expect(outcome({ load, objectives, n: 40, ttftMs: 100, queueMs: 500 })).toBe('miss');
  });
});

it('marks the points that no other beats in both output and speed', () => {
  const points = sweepPoints(
    [
      at({ outputTokensPerS: 100, tpotMs: 5 }),
      at({ outputTokensPerS: 400, tpotMs: 10 }),
      at({ outputTokensPerS: 390, tpotMs: 12 }), // beaten by the one before
      at({ outputTokensPerS: 500, tpotMs: 30 }),
      at({ outputTokensPerS: 900, tpotMs: 1, verdict: 'INVALID' }), // too good to be believed
    ],
    4,
  );
  expect(points.map(({ pareto }) => pareto)).toEqual([true, true, false, true, false]);
  expect(points[1]!.outputTokensPerSPerAccelerator).toBe(100);
  expect(sweepPoints([at({})], null)[0]!.outputTokensPerSPerAccelerator).toBeNull();
});
