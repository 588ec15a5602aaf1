import { outOfRange } from './range.ts';

/** 95th percentile of the standard normal distribution. */
export const z95 = 1.6448536269514722;
/** 99th percentile of the standard normal distribution, as section 14.3 gives it. */
export const z99 = 2.3263478740408408;

const central = {
  over: [
    -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
    2.506628277459239,
  ],
  under: [
    -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1,
  ],
};
const tail = {
  over: [
    -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  under: [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1],
};
const horner = (coefficients: readonly number[], x: number) => coefficients.reduce((total, c) => total * x + c, 0);

/**
 * Standard normal quantile at 0 < p < 1 by Acklam's rational approximation, relative error below 1.2e-9. (The probit of
 * simple-statistics is good to two or three digits only.)
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) outOfRange('a probability', 'between 0 and 1', p);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(tail.over, q) / horner(tail.under, q);
  }
  const q = p - 0.5;
  return (q * horner(central.over, q * q)) / horner(central.under, q * q);
}
