import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SourceClock } from '../../src/telemetry/stamp.ts';
import { unixSeconds } from '../../src/telemetry/zoned-time.ts';
import { StillClocks } from './recorded.ts';

it('takes the time of receipt for a value that carries none', () => {
  const clocks = new StillClocks();
  expect(new SourceClock(clocks, true).stamp('h', null)).toEqual({ t_mono_s: 100, t_wall_s: clocks.wall, host: 'h' });
});

it('moves a value of this machine back to when it was stamped', () => {
  const clocks = new StillClocks();
  const stamp = new SourceClock(clocks, true).stamp('h', clocks.wall - 0.25);
  expect(stamp).toMatchObject({ t_mono_s: 99.75, t_bound_s: 0 });
});

it('finds the clock of another machine by the line that came fastest, and says what it may be off', () => {
  // Its clock is 250 ms ahead; lines take from 1 to 41 ms.
  const clocks = new StillClocks();
  const source = new SourceClock(clocks, false);
  const delays = [0.021, 0.001, 0.041, 0.011];
  const stamps = delays.map((delayS, i) => {
    clocks.mono = 101.5 + i + delayS;
    clocks.wall = 1_790_000_001.5 + i + delayS;
    return source.stamp('h', 1_790_000_001.5 + i + 0.25);
  });
  const errors = stamps.map(({ t_mono_s }, i) => Math.abs(t_mono_s - (101.5 + i)));
  expect(errors.slice(1).every((error) => error < 0.0011)).toBe(true);
  expect(errors[0]).toBeLessThan(0.0211);
  expect(stamps.map(({ t_bound_s }) => t_bound_s)).toEqual([0, 0, 0.04, 0.01]);
});

it('gives the same distances whatever the offset of the other clock', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 20 }),
      (aheadMs, delaysMs) => {
        const clocks = new StillClocks();
        const source = new SourceClock(clocks, false);
        const times = [0, ...delaysMs].map((delayMs, i) => {
          clocks.mono = 10.5 + i + delayMs / 1000;
          return source.stamp('h', 1_790_000_000.2503 + i + aheadMs / 1000).t_mono_s;
        });
        const spans = times.slice(1).map((time, i) => time - times[i]!);
        expect(spans.every((span) => Math.abs(span - 1) < 1e-3)).toBe(true);
      },
    ),
  );
});

it('takes the time of receipt after a clock was set, and learns it anew', () => {
  const clocks = new StillClocks();
  const source = new SourceClock(clocks, false);
  source.stamp('h', 1_790_000_000.5);
  clocks.mono = 101;
  expect(source.stamp('h', 1_789_996_401.5).t_mono_s).toBe(101);
  clocks.mono = 102;
  expect(source.stamp('h', 1_789_996_402.5).t_mono_s).toBe(102);
  clocks.mono = 103.2;
  expect(source.stamp('h', 1_789_996_403.5).t_mono_s).toBe(103);
  expect(source.jumps).toBe(1);
});

it('does not believe a stamp from the future of this machine', () => {
  const clocks = new StillClocks();
  expect(new SourceClock(clocks, true).stamp('h', clocks.wall + 3600.5).t_mono_s).toBe(100);
});

const at = (hour: number, minute = 30) => ({ year: 2026, month: 10, day: 25, hour, minute, second: 0 });

it.each([
  ['Europe/Berlin', at(1), Date.UTC(2026, 9, 24, 23, 30)],
  ['Europe/Berlin', at(2), null],
  ['Europe/Berlin', at(3), Date.UTC(2026, 9, 25, 2, 30)],
  ['UTC', at(2), Date.UTC(2026, 9, 25, 2, 30)],
  ['Asia/Kolkata', at(2), Date.UTC(2026, 9, 24, 21, 0)],
  ['Europe/Berlin', { ...at(2), month: 3, day: 29 }, null],
  ['UTC', { ...at(2), month: 13 }, null],
  ['UTC', { ...at(2), day: 31, month: 2 }, null],
])('reads a local time in %s: %j', (zone, time, expected) => {
  expect(unixSeconds(time, zone)).toBe(expected === null ? null : expected / 1000);
});
