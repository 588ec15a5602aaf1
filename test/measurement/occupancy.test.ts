import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/measurement/ledger.ts';
import { countUpTo, heldByCap, inFlight } from '../../src/measurement/occupancy.ts';
import { timelineOf } from '../../src/measurement/timeline.ts';
import { slices, windowsOf } from '../../src/measurement/window.ts';
import { exchange, stepFacts } from './facts.ts';

const rowsOf = (spans: readonly [dueMs: number, sentMs: number, endMs: number][]) => {
  const ledger = new Ledger();
  for (const [seq, [dueMs, sentMs, endMs]] of spans.entries())
    ledger.add(exchange({ seq, dueMs, sentMs, endMs, events: [sentMs, endMs] }));
  return ledger.sorted();
};

describe('requests in flight', () => {
  it('are half-open: an end and a start at one instant do not overlap', () => {
    const flight = inFlight(
      rowsOf([
        [0, 0, 10],
        [10, 10, 20],
      ]),
    );
    expect([-1, 0, 9, 10, 19, 20].map((ms) => flight.at(ms))).toEqual([0, 1, 1, 1, 1, 0]);
    expect(flight.mean({ startMs: 0, endMs: 40 })).toBe(0.5);
    expect(flight.mean({ startMs: 5, endMs: 5 })).toBeNull();
  });

  it('have the same mean as the sum of their overlaps', () => {
    const span = fc
      .tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 300 }))
      .map(([start, length]) => [start, start, start + length] as [number, number, number]);
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), fc.integer({ min: 0, max: 400 }), (spans, from) => {
        const window = { startMs: from, endMs: from + 137 };
        const overlap = spans.reduce(
          (sum, [, sent, end]) => sum + Math.max(0, Math.min(end, window.endMs) - Math.max(sent, from)),
          0,
        );
        expect(inFlight(rowsOf(spans)).mean(window)).toBeCloseTo(overlap / 137, 9);
      }),
    );
  });

  it('counts sorted values', () => {
    expect([-1, 1, 2, 5].map((x) => countUpTo(Float64Array.of(1, 2, 2, 4), x))).toEqual([0, 1, 3, 4]);
  });
});

it('knows the requests that a cap held back', () => {
  const rows = rowsOf([
    [0, 0, 500],
    [100, 500, 1000],
    [200, 1000, 1500],
    [1600, 1601, 1700],
  ]);
  expect([...heldByCap(rows, 1)]).toEqual([0, 1, 1, 0]);
  expect([...heldByCap(rows, 2)]).toEqual([0, 0, 1, 0]);
  expect([...heldByCap(rows, null)]).toEqual([0, 0, 0, 0]);
});

describe('windows', () => {
  const closed = (over = {}) =>
    stepFacts({ load: { kind: 'concurrency', value: 2 }, maxInFlight: 2, warmupEndMs: 0, ...over });

  it('of a closed loop run from the load being reached to the last new start', () => {
    const rows = rowsOf([
      [0, 0, 100],
      [5, 5, 105],
      [100, 100, 200],
      [105, 105, 205],
      [200, 200, 300],
    ]);
    expect(windowsOf(rows, closed()).steady).toEqual({ kind: 'steady', startMs: 5, endMs: 200 });
    // At 60 two are in flight already.
    expect(windowsOf(rows, closed({ warmupEndMs: 60 })).steady).toMatchObject({ startMs: 60 });
    expect(windowsOf(rows, closed()).full).toEqual({ kind: 'full', startMs: 0, endMs: 300 });
  });

  it('are missing where the load was never reached, or the warm-up never over', () => {
    const rows = rowsOf([
      [0, 0, 100],
      [100, 100, 200],
      [200, 200, 300],
    ]);
    expect(windowsOf(rows, closed())).toMatchObject({ steady: null, headline: { kind: 'full' } });
    expect(windowsOf(rows, closed()).why).toContain('never in flight together');
    expect(windowsOf(rows, stepFacts()).why).toContain('warm-up');
    expect(windowsOf(rowsOf([]), stepFacts())).toMatchObject({ full: null, headline: null });
  });

  it('of an open loop run from the end of the warm-up to the arrival stop', () => {
    const rows = rowsOf([
      [0, 0, 100],
      [100, 100, 200],
      [200, 200, 300],
      [290, 290, 400],
    ]);
    expect(windowsOf(rows, stepFacts({ warmupEndMs: 50, stopMs: 300 })).steady).toMatchObject({
      startMs: 50,
      endMs: 300,
    });
    expect(windowsOf(rows, stepFacts({ warmupEndMs: 50 })).steady).toMatchObject({ startMs: 50, endMs: 290 });
    expect(windowsOf(rows, stepFacts({ warmupEndMs: 350, stopMs: 300 })).steady).toBeNull();
  });

  it('are cut into slices that leave nothing out', () => {
    const cut = slices({ startMs: 3, endMs: 10 }, 20);
    expect([cut.length, cut[0]!.startMs, cut[19]!.endMs]).toEqual([20, 3, 10]);
    for (let k = 1; k < 20; k++) expect(cut[k]!.startMs).toBe(cut[k - 1]!.endMs);
  });
});

it('counts in the slices of any window just the tokens of the window', () => {
  const request = fc.record({
    sent: fc.integer({ min: 0, max: 900 }),
    gaps: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 20 }),
  });
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0, max: 800, noNaN: true }),
      fc.double({ min: 1, max: 900, noNaN: true }),
      (requests, startMs, length) => {
        const ledger = new Ledger();
        const all: number[] = [];
        requests.forEach(({ sent, gaps }, seq) => {
          let ms = sent;
          const events = gaps.map((gap) => (ms += gap));
          all.push(...events);
          ledger.add(exchange({ seq, dueMs: sent, events }));
        });
        const window = { kind: 'steady', startMs, endMs: startMs + length } as const;
        const timeline = timelineOf(ledger, ledger.sorted(), window, 120);
        const inside = all.filter((ms) => ms >= startMs && ms < window.endMs).length;
        expect(timeline.tokens).toBe(inside);
        expect(timeline.slices.reduce((a, b) => a + b, 0)).toBe(inside);
        const peak = Math.max(
          0,
          ...all.map(
            (from) => all.filter((ms) => ms >= Math.max(from, startMs) && ms < from + 1000 && ms < window.endMs).length,
          ),
        );
        expect(timeline.peakPerS ?? 0).toBeLessThanOrEqual(peak);
        expect(timeline.peakPerS ?? 0).toBeGreaterThanOrEqual(Math.min(inside, 1));
      },
    ),
  );
});
