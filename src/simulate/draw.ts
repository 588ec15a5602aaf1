/**
 * A uniform number in [0, 1) that depends on nothing but its arguments: the same request of the same seed always
 * draws the same, whatever came before it. FNV-1a over the purpose, then the finaliser of MurmurHash3.
 */
export function draw(seed: number, purpose: string, ordinal: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < purpose.length; i++) h = Math.imul(h ^ purpose.charCodeAt(i), 0x01000193);
  return mix32(Math.imul(mix32(h), 0x9e3779b1) + ordinal) / 2 ** 32;
}

/** Finaliser of MurmurHash3: every input bit reaches every output bit; unsigned 32-bit result. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Standard normal by Box–Muller from two draws of the same request. */
export function drawNormal(seed: number, purpose: string, ordinal: number): number {
  const u = 1 - draw(seed, purpose, ordinal);
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * draw(seed, `${purpose}/angle`, ordinal));
}
