import { expect, it } from 'vitest';
import { hardwareFact } from '../../src/procurement/hardware-fact.ts';

it('knows an accelerator by name and alias', () => {
  const fact = hardwareFact({ name: 'h100-sxm', count: 8 });
  expect(fact).toMatchObject({
    ...{ name: 'h100-sxm', count: 8, accelerators: 8, accelerator: 'h100-sxm' },
    ...{ memoryBandwidthBytesPerS: 3_350e9, flopsPerS: { bf16: 989e12, fp8: 1_979e12 }, tdpW: 700 },
  });
  expect(fact.usdPerAccelerator).toBeGreaterThan(10_000);
  expect(fact.priceSource).toContain('a server with 8');
  expect(hardwareFact({ name: 'H100', count: 8 })).toEqual(fact);
});

it('counts the accelerators inside of servers and instances', () => {
  expect(hardwareFact({ name: 'dgx-h100', count: 2 })).toMatchObject({ accelerators: 16, accelerator: 'h100-sxm' });
  expect(hardwareFact({ name: 'p5.48xlarge', count: 1 })).toMatchObject({ accelerators: 8 });
});

it('takes the price of the server that is usual where none has so many', () => {
  const fact = hardwareFact({ name: 'h100-sxm', count: 3 });
  expect(fact.priceSource).toContain('a server with 8');
  expect(fact.accelerators).toBe(3);
});

it('says null for what no profile knows', () => {
  const fact = hardwareFact({ name: 'trainium2', count: 1 });
  expect(fact).toMatchObject({ accelerator: 'trainium2', usdPerAccelerator: null, priceSource: null });
});

it('names the nearest of a name that it does not know', () => {
  expect(() => hardwareFact({ name: 'h100-sxn', count: 1 })).toThrow(
    expect.objectContaining({ code: 'unknown_hardware', message: expect.stringContaining('"h100-sxm"') }),
  );
});
