import { describe, expect, it } from 'vitest';
import { measurePoint } from '../../src/experiment/calibrate-point.ts';
import { arrivals } from '../../src/load/arrival.ts';
import { createRandom } from '../../src/random/random.ts';

const signal = new AbortController().signal;

describe('one load of a calibration', () => {
  it('joins every event of a closed loop with what the server wrote', async () => {
    const point = await measurePoint(
      {
        axis: 'streams',
        admission: { kind: 'closed', concurrency: 8 },
        pace: { ttftMs: 20, itlMs: 10 },
        outputTokens: [10, 30],
      },
      signal,
      0.3,
    );
    expect(point).toMatchObject({ axis: 'streams', scheduleLagP99Ms: null });
    expect(point!.streams).toBeGreaterThan(6);
    expect(point!.streams).toBeLessThanOrEqual(8);
    // 100 tokens/s each, less the time before first tokens; a busy machine only makes it fewer.
    expect(point!.tokensPerS).toBeGreaterThan(200);
    expect(point!.tokensPerS).toBeLessThan(810);
    // An event cannot be read before it is written.
    expect(point!.timingErrorP50Ms).toBeGreaterThan(-0.01);
    expect(point!.timingErrorP99Ms).toBeGreaterThanOrEqual(point!.timingErrorP50Ms);
    expect(point!.cpuUsPerToken).toBeGreaterThan(0);
  });

  it('measures the lag of an open loop', async () => {
    const dueMs = arrivals('constant', 100, createRandom(1, 'arrivals'));
    const point = await measurePoint(
      {
        axis: 'requests',
        admission: { kind: 'open', dueMs, maxInFlight: null },
        pace: { ttftMs: 5, itlMs: 5 },
        outputTokens: [2, 2],
      },
      signal,
      0.3,
    );
    expect(point!.requestsPerS).toBeGreaterThan(90);
    expect(point!.requestsPerS).toBeLessThan(110);
    expect(point!.scheduleLagP99Ms).toBeGreaterThanOrEqual(0);
  });

  it('ends with its signal', async () => {
    const stop = new AbortController();
    const going = measurePoint(
      {
        axis: 'streams',
        admission: { kind: 'closed', concurrency: 2 },
        pace: { ttftMs: 20, itlMs: 10 },
        outputTokens: [10, 30],
      },
      stop.signal,
      10,
    );
    setTimeout(() => stop.abort(new Error('enough')), 500);
    await expect(going).rejects.toThrow('enough');
  });
});
