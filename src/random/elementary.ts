/**
 * ln, exp and cos from additions, multiplications and divisions only, which IEEE 754 fixes to the last bit.
 * `Math.log`, `Math.exp` and `Math.cos` may differ between engines, versions and processors, and a schedule must not.
 * All are within about 2 units in the last place (cos near its zeros: 2⁻⁵² of a turn).
 */

const ln2High = 0.6931471803691238; // the split of ln 2 that fdlibm uses: k × ln2High is exact for small k
const ln2Low = 1.9082149292705877e-10;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0; // index of the high word

/** Natural logarithm; −∞ at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let exponent = 0;
  double[0] = x;
  if (x < 2.2250738585072014e-308) {
    double[0] = x * 2 ** 54;
    exponent = -54;
  }
  exponent += (words[high]! >>> 20) - 1023;
  words[high] = (words[high]! & 0xfffff) | 0x3ff00000;
  let mantissa = double[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // ln m = 2 artanh s with |s| < 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let sum = 0;
  for (let k = 23; k >= 3; k -= 2) sum = (sum + 1 / k) * z;
  return exponent * ln2High + (2 * s + (2 * s * sum + exponent * ln2Low));
}

/** e to the power of x; 0 below −708 (no denormal results), ∞ above 709.78. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.78) return Number.POSITIVE_INFINITY;
  if (x < -708) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * ln2High - k * ln2Low;
  let sum = 1;
  for (let i = 15; i >= 1; i--) sum = 1 + (r / i) * sum;
  // 2^k as a bit pattern; 2^1024 is not one, hence the halves
  const half = k > 1023 ? 1 : 0;
  words[high] = (k - half + 1023) << 20;
  words[1 - high] = 0;
  return half === 1 ? sum * double[0]! * 2 : sum * double[0]!;
}

/** cos(2πx): a whole number of turns is taken off exactly, hence right for large x too. */
export function cosineOfTurns(x: number): number {
  const turns = Math.abs(x - Math.round(x)); // at most half a turn, and exact
  // cos(π − y) = −cos y keeps the series below a quarter of a turn
  const [sign, y] = turns > 0.25 ? [-1, (0.5 - turns) * 2 * Math.PI] : [1, turns * 2 * Math.PI];
  const z = y * y;
  let sum = 1;
  for (let k = 22; k >= 2; k -= 2) sum = 1 - (z / (k * (k - 1))) * sum;
  return sign * sum;
}
