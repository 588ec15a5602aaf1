import { UserError } from '../error/user-error.ts';
import type { HardwareFact } from '../record/hardware.ts';
import { ownedFacts } from './offer-fact.ts';
import { type Fact, type Profile, readProfile } from './profile.ts';

/**
 * What the profiles know of `NAME x N`: an accelerator, a server that has several, or an instance. Names may be aliases.
 *
 * @throws UserError `unknown_hardware` naming the nearest; `bad_profile` of a profile of the user's own
 */
export function hardwareFact({ name, count }: { readonly name: string; readonly count: number }): HardwareFact {
  const profile = named(name);
  const { data } = profile;
  const accelerator = data.kind === 'accelerator' ? profile : named(data.accelerator!);
  const { facts } = accelerator.data;
  const flopsPerS = ['bf16', 'fp8', 'fp4'].flatMap((precision) => {
    const peak = numberIn(facts[`${precision}_dense`], { TFLOPS: 1e12 });
    return peak === null ? [] : [[precision, peak] as const];
  });
  const price = priceOf(accelerator.data.name, count * (data.accelerators ?? 1));
  return {
    name: data.name,
    count,
    accelerators: count * (data.accelerators ?? 1),
    accelerator: accelerator.data.name,
    memoryBandwidthBytesPerS: numberIn(facts['memory_bandwidth'], { 'GB/s': 1e9, 'GiB/s': 2 ** 30, 'TB/s': 1e12 }),
    flopsPerS: Object.fromEntries(flopsPerS),
    memoryBytes: numberIn(facts['memory'], { GB: 1e9, GiB: 2 ** 30 }),
    tdpW: numberIn(facts['tdp'], { W: 1 }),
    usdPerAccelerator: price?.usd ?? null,
    source: `${accelerator.data.source}, ${accelerator.data.date}`,
    priceSource: price?.source ?? null,
  };
}

function named(name: string): Profile<'hardware'> {
  try {
    return readProfile('hardware', name);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'unknown_profile') throw error;
    throw new UserError('unknown_hardware', error.message, error.exit);
  }
}

function numberIn(fact: Fact | undefined, units: Readonly<Record<string, number>>): number | null {
  const factor = fact === undefined ? undefined : units[fact.unit];
  return factor === undefined || typeof fact!.value !== 'number' ? null : fact!.value * factor;
}

/** A server with just so many accelerators, else the one that is usually bought. */
function priceOf(accelerator: string, count: number): { readonly usd: number; readonly source: string } | null {
  for (const text of [`${accelerator} x ${count}`, accelerator]) {
    const { statements } = ownedFacts(text);
    const of = (id: string) => statements.find((statement) => statement.id === id);
    const [price, inside] = [of('owned.server.price_usd'), of('owned.server.accelerators')];
    if (typeof price?.value !== 'number' || typeof inside?.value !== 'number') continue;
    const source = `${price.sourceText ?? price.origin}, ${price.date}, a server with ${inside.value}`;
    return { usd: price.value / inside.value, source };
  }
  return null;
}
