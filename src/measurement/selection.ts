import type { Values } from './ledger.ts';

/** Places of rows, ascending. */
export type Places = Uint32Array<ArrayBuffer>;

/** The places, below `n` or of a selection, that pass; four bytes each, since a long run has many. */
export function placesWhere(from: number | Places, passes: (place: number) => boolean): Places {
  const every = typeof from === 'number';
  const n = every ? from : from.length;
  const found = new Uint32Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const place = every ? k : from[k]!;
    if (passes(place)) found[count++] = place;
  }
  return count === n ? found : found.slice(0, count);
}

/** Values of a column at some places, the unknown (NaN) left out: a view of the column where they are one unbroken run. */
export function knownAt(column: Values, places: Places): Float64Array {
  const n = places.length;
  const unbroken = column instanceof Float64Array && n > 0 && places[n - 1]! - places[0]! === n - 1;
  if (unbroken) {
    const run = column.subarray(places[0]!, places[0]! + n);
    if (!run.some(Number.isNaN)) return run;
  }
  const values = new Float64Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const value = column[places[k]!]!;
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return count === n ? values : values.slice(0, count);
}
