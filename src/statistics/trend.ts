import { tCdf } from './student.ts';

/**
 * Least-squares slope of ys over xs with the two-sided p of "no slope" (t test, n − 2 degrees of freedom); null below
 * three points or without a spread of xs. A perfect line has p 0.
 */
export function trend(xs: ArrayLike<number>, ys: ArrayLike<number>): { slope: number; p: number } | null {
  const n = xs.length;
  if (n < 3) return null;
  let [mx, my] = [0, 0];
  for (let i = 0; i < n; i++) {
    mx += xs[i]!;
    my += ys[i]!;
  }
  mx /= n;
  my /= n;
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [xs[i]! - mx, ys[i]! - my];
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  if (xx === 0) return null;
  const slope = xy / xx;
  const left = Math.max(0, yy - slope * xy);
  if (yy === 0) return { slope, p: 1 };
  if (left <= yy * 1e-15) return { slope, p: 0 };
  const t = slope / Math.sqrt(left / (n - 2) / xx);
  return { slope, p: 2 * tCdf(-Math.abs(t), n - 2) };
}
