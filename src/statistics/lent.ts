/**
 * Arrays as long as a series, one a purpose, lent from call to call: a report looks at a dozen series of one length, and
 * what each would leave behind is many times the memory of the series themselves. A lender's array is good until the
 * purpose is borrowed again.
 */
const integers = new Map<string, Uint32Array<ArrayBuffer>>();
const doubles = new Map<string, Float64Array<ArrayBuffer>>();

/** Zeros. */
export function lentIntegers(purpose: string, length: number): Uint32Array<ArrayBuffer> {
  const known = integers.get(purpose);
  if (known !== undefined && known.length >= length) return known.subarray(0, length).fill(0);
  const made = new Uint32Array(length);
  integers.set(purpose, made);
  return made;
}

/** Zeros. */
export function lentDoubles(purpose: string, length: number): Float64Array<ArrayBuffer> {
  const known = doubles.get(purpose);
  if (known !== undefined && known.length >= length) return known.subarray(0, length).fill(0);
  const made = new Float64Array(length);
  doubles.set(purpose, made);
  return made;
}
