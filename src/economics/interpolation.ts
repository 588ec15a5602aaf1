import { outOfRange } from './range.ts';
import { type Ok, ok, type Refused, refused } from './state.ts';

/**
 * A monotone curve through measured points (section 2.2): Steffen's cubic (Astronomy and Astrophysics 239, 443, 1990). It
 * has no extremum that the points do not have. Outside the measured range there is no value: never extrapolate.
 * `xs` strictly increasing, at least two points.
 */
export function monotoneCurve(xs: readonly number[], ys: readonly number[]): (x: number) => Ok<number> | Refused {
  const n = xs.length;
  if (n < 2 || ys.length !== n) outOfRange('the measured points', 'at least two pairs', `${n} and ${ys.length}`);
  const width = xs.slice(1).map((x, i) => x - xs[i]!);
  if (!width.every((h) => h > 0)) outOfRange('the loads of a curve', 'strictly increasing', xs.join(', '));
  const slope = width.map((h, i) => (ys[i + 1]! - ys[i]!) / h);
  const tangent = xs.map((_, i) => {
    if (i === 0) return endSlope(slope[0]!, slope[1], width[0]!, width[1]);
    if (i === n - 1) return endSlope(slope[n - 2]!, slope[n - 3], width[n - 2]!, width[n - 3]);
    const [left, right, hl, hr] = [slope[i - 1]!, slope[i]!, width[i - 1]!, width[i]!];
    const parabola = (left * hr + right * hl) / (hl + hr);
    return (Math.sign(left) + Math.sign(right)) * Math.min(Math.abs(left), Math.abs(right), 0.5 * Math.abs(parabola));
  });
  return (x) => {
    if (!(x >= xs[0]! && x <= xs[n - 1]!))
      return refused(['outside-measured-range'], { x, from: xs[0]!, to: xs[n - 1]! });
    const measured = xs.indexOf(x);
    if (measured >= 0) return ok(ys[measured]!);
    let i = 0;
    while (i < n - 2 && x > xs[i + 1]!) i++;
    const [t, h, s] = [x - xs[i]!, width[i]!, slope[i]!];
    const a = (tangent[i]! + tangent[i + 1]! - 2 * s) / (h * h);
    const b = (3 * s - 2 * tangent[i]! - tangent[i + 1]!) / h;
    return ok(((a * t + b) * t + tangent[i]!) * t + ys[i]!);
  };
}

/** Slope at an end: of the parabola through three points, held so that the end piece stays monotone. */
function endSlope(near: number, next: number | undefined, h: number, hNext: number | undefined): number {
  if (next === undefined || hNext === undefined) return near;
  const parabola = near * (1 + h / (h + hNext)) - (next * h) / (h + hNext);
  if (parabola * near <= 0) return 0;
  return Math.abs(parabola) > 2 * Math.abs(near) ? 2 * near : parabola;
}
