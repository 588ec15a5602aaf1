import { expect } from 'vitest';

/** Numbers within 0.005, as the reference prints them; all else as it is. */
export function about(wanted: unknown): unknown {
  if (typeof wanted === 'number') return expect.closeTo(wanted, 2);
  return Array.isArray(wanted) ? wanted.map(about) : wanted;
}

/** `a.b.c`, with `[.]` for a dot inside a key. */
export function at(value: unknown, path: string): unknown {
  return path
    .replaceAll('[.]', '\0')
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key.replaceAll('\0', '.')], value);
}
