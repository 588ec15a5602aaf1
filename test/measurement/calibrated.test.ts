import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timingErrorAt } from '../../src/measurement/calibrated.ts';
import { factsOf } from '../../src/measurement/facts.ts';
import type { Calibration, CalibrationFact, CalibrationPoint } from '../../src/record/calibration.ts';
import { parseCalibration } from '../../src/record/calibration.ts';

const point = (streams: number, tokensPerS: number, p99: number, more: Partial<CalibrationPoint> = {}) => ({
  axis: 'streams' as const,
  streams,
  tokensPerS,
  requestsPerS: 1,
  timingErrorP50Ms: p99 / 10,
  timingErrorP99Ms: p99,
  scheduleLagP99Ms: null,
  cpuUsPerToken: 10,
  cpuShare: 0.1,
  serverKept: true,
  ...more,
});
const calibration = (curve: readonly CalibrationPoint[], more: Partial<Calibration> = {}): Calibration => ({
  takenAt: '2026-11-24T00:00:00.000Z',
  machine: { hostname: 'h', platform: 'linux-x64', cpu: 'c', cores: 2, node: '26.0.0', tokbench: '0.1.0' },
  limitMs: 1,
  ceiling: { streams: 1000, tokensPerS: 50_000, requestsPerS: 4000 },
  bounds: { streams: 'client', tokensPerS: 'client', requestsPerS: 'client' },
  curve,
  costPerTokenUs: 9,
  ...more,
});
const known = (curve: readonly CalibrationPoint[], more: Partial<Calibration> = {}): CalibrationFact => ({
  known: true,
  calibration: calibration(curve, more),
});
const curve = [
  point(100, 5000, 0.1),
  point(1000, 50_000, 0.4),
  point(2000, 100_000, 3),
  point(32, 50_000, 0.2, { axis: 'tokens' }),
];
const load = (streams: number, eventsPerS: number, more = {}) => ({
  streams,
  eventsPerS,
  requestsPerS: 10,
  threads: 1,
  ...more,
});

describe('the timing error at a load', () => {
  it('is that of the calibration where the load is one of its own', () => {
    for (const { streams, tokensPerS, timingErrorP99Ms } of curve)
      expect(timingErrorAt(known(curve), load(streams, tokensPerS)).p99Ms).toBeCloseTo(timingErrorP99Ms, 9);
  });

  it('lies between two of them on log scales', () => {
    const between = timingErrorAt(known(curve), load(Math.sqrt(1e5), Math.sqrt(2.5e8)));
    expect(between.p99Ms).toBeCloseTo(0.25, 6);
    expect(between).toMatchObject({ reason: null, beyond: false });
  });

  it('of less than the smallest load is at most its error', () => {
    expect(timingErrorAt(known(curve), load(1, 10)).p99Ms).toBe(0.1);
  });

  it('is beyond the client where the curve says so, and unknown where the curve ends', () => {
    expect(timingErrorAt(known(curve), load(1900, 95_000))).toMatchObject({ reason: null, beyond: true });
    const far = timingErrorAt(known(curve), load(4000, 200_000));
    expect(far).toMatchObject({ p99Ms: null, beyond: true });
    expect(far.reason).toContain('beyond');
    // Many slow streams: more than were tried, and nothing says that they are too many.
    expect(timingErrorAt(known(curve.slice(0, 2)), load(4000, 4000))).toMatchObject({ p99Ms: null, beyond: false });
  });

  it('is shared by threads', () => {
    expect(timingErrorAt(known(curve), load(2000, 100_000, { threads: 2 })).p99Ms).toBeCloseTo(0.4, 9);
  });

  it('counts requests too, where their ceiling is the client’s', () => {
    const many = load(100, 5000, { requestsPerS: 5000 });
    expect(timingErrorAt(known(curve), many).beyond).toBe(true);
    const server = known(curve, { bounds: { streams: 'client', tokensPerS: 'client', requestsPerS: 'server' } });
    expect(timingErrorAt(server, many).beyond).toBe(false);
  });

  it('trusts no load that the server did not really give', () => {
    const lagging = [...curve, point(110, 5500, 50, { serverKept: false })];
    expect(timingErrorAt(known(lagging), load(200, 10_000)).p99Ms!).toBeLessThan(0.4);
  });

  it('has a reason where there is none', () => {
    expect(timingErrorAt(undefined, load(1, 1)).reason).toContain('not calibrated');
    expect(timingErrorAt({ known: false, reason: 'because' }, load(1, 1))).toEqual({
      p99Ms: null,
      reason: 'because',
      beyond: false,
    });
    expect(timingErrorAt(known(curve), null).p99Ms).toBeNull();
    expect(timingErrorAt(known([]), load(1, 1)).p99Ms).toBeNull();
  });

  it('never falls as the load grows along the streams', () => {
    const along = curve.filter(({ axis }) => axis === 'streams');
    const errors = (k: number) => timingErrorAt(known(along), load(k, 50 * k)).p99Ms!;
    const streams = fc.double({ min: 1, max: 2000, noNaN: true });
    fc.assert(fc.property(streams, streams, (a, b) => errors(Math.min(a, b)) <= errors(Math.max(a, b)) + 1e-9));
  });
});

it('reaches the fold by the record of a run, read back or not', () => {
  const calibrationFact = known(curve);
  const record = { objectives: [], lengths: null, calibration: calibrationFact };
  const step = {} as Parameters<typeof factsOf>[1];
  expect(factsOf(record, step).calibration).toEqual(calibrationFact);
  const reread = parseCalibration(JSON.parse(JSON.stringify(calibration(curve))));
  expect(reread).toEqual(calibration(curve));
  expect(parseCalibration({ curve: [] })).toBeNull();
});
