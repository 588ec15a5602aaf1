import { describe, expect, it } from 'vitest';
import type { MeasuredCapacity, RunEvidence } from '../../src/procurement/capacity.ts';
import { peakLatency } from '../../src/procurement/peak-latency.ts';
import { resolveRegister } from '../../src/procurement/register.ts';
import { sizeReport } from '../../src/procurement/size.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';

const loads = [
  { offeredPerS: 8, p99Ms: 400 },
  { offeredPerS: 2, p99Ms: 100 },
  { offeredPerS: 4, p99Ms: 150 },
];
const run = (evidence: Partial<RunEvidence> = { loads }): MeasuredCapacity => ({
  ...typedCapacity('input=8000,output=2000,requests=8,scope=replica,accelerators=1'),
  ...{ origin: 'run', name: 'results/a/1', evidence: evidence as RunEvidence },
});
const at = (peakPerS: number, capacity = run(), perReplica: number | null = 8) =>
  peakLatency(capacity, { peakPerS, replicas: 2, perReplica });

describe('latency at the peak', () => {
  it('is that of a measured load there, and lies between its neighbours elsewhere', () => {
    expect(at(8)).toEqual({ ratePerS: 4, ttftP99Ms: 150, state: 'ok', reasons: [] });
    const between = at(12)!.ttftP99Ms!;
    expect(between).toBeGreaterThan(150);
    expect(between).toBeLessThan(400);
  });
  it('is never extrapolated', () => {
    for (const peak of [2, 40])
      expect(at(peak)).toMatchObject({ ttftP99Ms: null, state: 'refused', reasons: ['outside-measured-range'] });
  });
  it('counts larger requests of production as so many more of those measured', () => {
    expect(at(4, run(), 4)).toMatchObject({ ratePerS: 2, ttftP99Ms: 150 });
  });
  it('is not known of one load, of loads that repeat, and of what nobody measured', () => {
    expect(at(8, run({ loads: null }))).toMatchObject({ ttftP99Ms: null, reasons: ['missing-input'] });
    expect(at(8, run({ loads: [loads[0]!, loads[0]!] }))).toMatchObject({ state: 'refused' });
    expect(at(8, { ...run(), origin: 'typed' })).toBeNull();
    expect(at(8, run(), null)).toBeNull();
  });
  it('stands in a size', () => {
    const assumed = ['demand.requests_per_month=10e6', 'demand.peak_to_average=2', 'owned.server.accelerators=8'];
    const stated = [...assumed, 'demand.input_tokens=1000', 'demand.output_tokens=250'].map(assumedByFlag);
    const { peak, replicas } = sizeReport(run(), resolveRegister(stated));
    expect(replicas).toBe(2);
    expect(peak).toMatchObject({ state: 'ok', ratePerS: (10e6 / 2_628_000 / 2) * 2 });
  });
});
