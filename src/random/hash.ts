const encoder = new TextEncoder();

/** MurmurHash3_x86_32 of A. Appleby: unsigned 32-bit hash of bytes under a seed. */
export function murmur3(bytes: Uint8Array, seed: number): number {
  let h = seed | 0;
  const blocks = bytes.length & ~3;
  for (let i = 0; i < blocks; i += 4) {
    h ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks; i--) tail = (tail << 8) | bytes[i]!;
  h ^= scramble(tail);
  h ^= bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(k: number): number {
  const m = Math.imul(k, 0xcc9e2d51);
  return Math.imul((m << 15) | (m >>> 17), 0x1b873593);
}

/** Bytes that differ whenever the list of parts does: `['ab', 'c']`, `['a', 'bc']` and `[1]`, `['1']` are told apart. */
export function keyBytes(seed: number, parts: readonly (string | number)[]): Uint8Array {
  for (const n of [seed, ...parts])
    if (typeof n === 'number' && !Number.isSafeInteger(n)) throw new RangeError(`seed ${n} is not a safe integer`);
  return encoder.encode(JSON.stringify([seed, ...parts]));
}
