import { expect, it } from 'vitest';
import type { Sample } from '../../src/record/sample.ts';
import { Attendance } from '../../src/telemetry/attendance.ts';
import { emptySample } from '../../src/telemetry/stamp.ts';

const at = (atS: number, index: number): Sample => ({
  ...emptySample('test', { t_mono_s: atS, t_wall_s: atS, host: 'node-a' }),
  device: { index },
});

/** Names of devices that are found missing as their samples come. */
function missing(samples: readonly Sample[]): string[] {
  const attendance = new Attendance();
  return samples.flatMap((sample) => attendance.mark(sample));
}

const ticks = (count: number, everyS: number, devices: (tick: number) => readonly number[]) =>
  Array.from({ length: count }, (_, tick) => devices(tick).map((index) => at(tick * everyS, index))).flat();

it.each([0.1, 1, 30])('finds nothing missing at a pace of %d s', (everyS) => {
  expect(missing(ticks(50, everyS, () => [0, 1, 2, 3]))).toEqual([]);
});

it.each([1, 30])('tells once which device is not reported any more, at a pace of %d s', (everyS) => {
  expect(missing(ticks(50, everyS, (tick) => (tick < 10 ? [0, 1, 2] : [0, 2])))).toEqual(['device 1 of node-a']);
});

it('takes a device that is read more rarely for none that is missing', () => {
  expect(missing(ticks(50, 1, (tick) => (tick % 4 === 0 ? [0, 1] : [0])))).toEqual([]);
});

it('tells again of a device that came back and went again', () => {
  const there = (tick: number) => tick < 5 || (tick > 20 && tick < 25);
  expect(missing(ticks(60, 1, (tick) => (there(tick) ? [0, 1] : [0])))).toHaveLength(2);
});

it('knows a device by its name before its index', () => {
  const named = (atS: number, index: number, uuid: string): Sample => ({ ...at(atS, index), device: { index, uuid } });
  const samples = Array.from({ length: 20 }, (_, i) => [named(i, i % 2, 'a'), named(i, 1 - (i % 2), 'b')]).flat();
  expect(missing(samples)).toEqual([]);
});
