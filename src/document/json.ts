/**
 * JSON as the contract wants it: keys in the order in which they were written, `null` for everything that JSON
 * cannot hold (undefined, NaN, ±∞, functions), so that no key is ever left out. Maps become objects, typed arrays
 * arrays, dates ISO text, big integers decimal text.
 *
 * @param indent spaces a level; 0 puts everything on one line
 * @throws TypeError on a cycle
 */
export function renderJson(value: unknown, indent = 2): string {
  return JSON.stringify(holdable(value, []), null, indent);
}

function holdable(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (above.includes(value)) throw new TypeError('a cycle cannot be written as JSON');
  const path = [...above, value];
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map)
    return entries(
      [...value].map(([k, v]) => [String(k), v]),
      path,
    );
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as Iterable<unknown>, (v) => holdable(v, path));
  if (Array.isArray(value) || value instanceof Set)
    return Array.from(value as Iterable<unknown>, (v) => holdable(v, path));
  return entries(Object.entries(value), path);
}

/** Keeps the order; a key named `__proto__` stays a key. */
function entries(pairs: readonly (readonly [string, unknown])[], path: readonly object[]): object {
  return Object.fromEntries(pairs.map(([key, value]) => [key, holdable(value, path)]));
}
