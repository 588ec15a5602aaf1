import type { Attribution } from './attribution.ts';
import { type Usd, usdPerMillion } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive } from './range.ts';
import { type Ok, ok, type Refused, refused } from './state.ts';
import { studentT } from './student.ts';
import type { TokenFlow } from './token.ts';

/** Accelerator time by token class from measured shapes (section 2.8). */

/** One benchmarked shape: mean tokens per request, and y = accelerators/X at the objective, in accelerator-seconds. */
export interface ShapeCost {
  readonly uncachedTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly acceleratorSPerRequest: number;
  /** Text of the objective under which X was found; shapes under different ones do not mix. */
  readonly objective: string;
}

export interface Coefficient {
  /** Accelerator-seconds per token. */
  readonly secondsPerToken: number;
  readonly standardError: number;
  readonly interval95: readonly [number, number];
}

export interface ShapeFit {
  /** alpha, alpha_c (null when no shape has cached input) and beta. */
  readonly input: Coefficient;
  readonly cached: Coefficient | null;
  readonly output: Coefficient;
  /** beta/alpha. */
  readonly ratio: number;
  readonly weightedRss: number;
  readonly r2Uncentred: number;
  readonly degreesOfFreedom: number;
  readonly studentT975: number;
  /** Largest cosine similarity of two columns, weighed like the fit. */
  readonly cosine: number;
  /** Decoding also grows with context: an input·output term, and whether its 95 % interval excludes zero. */
  readonly contextTerm: { readonly secondsPerTokenSquared: number; readonly significant: boolean } | null;
}

const largestCosine = 0.98;
const leastR2 = 0.95;
const widestInterval = 0.5;

/**
 * minimise Σ w(y − alpha·i − alpha_c·cached − beta·o)² with w = 1/y² and non-negative coefficients (2.8, ATTR-2 to ATTR-4).
 * A coefficient that would be negative ends at its bound, which is a refusal, so no bounded solver is needed.
 * Refused: too-few-shapes (fewer than 3, or 4 with cached input), shapes-collinear, mixed-slo, poor-fit.
 */
export function fitShapes(shapes: readonly ShapeCost[]): Ok<ShapeFit> | Refused {
  shapes.forEach(check);
  const objectives = [...new Set(shapes.map(({ objective }) => objective))];
  if (objectives.length > 1) return refused(['mixed-slo'], { objectives });
  const withCache = shapes.some(({ cachedTokens }) => cachedTokens > 0);
  const distinct = new Set(shapes.map((s) => `${s.uncachedTokens} ${s.cachedTokens} ${s.outputTokens}`)).size;
  const needed = withCache ? 4 : 3;
  if (distinct < needed) return refused(['too-few-shapes'], { shapes: distinct, needed });
  const raw = [
    shapes.map((s) => s.uncachedTokens),
    ...(withCache ? [shapes.map((s) => s.cachedTokens)] : []),
    shapes.map((s) => s.outputTokens),
  ];
  const weighed = raw.map((column) => column.map((tokens, i) => tokens / shapes[i]!.acceleratorSPerRequest));
  const cosine = worstCosine(weighed);
  const solved = cosine > largestCosine ? null : leastSquares(weighed);
  if (solved === null) return refused(['shapes-collinear'], { cosine, largestCosine });
  return judge(shapes, weighed, solved, cosine);
}

function judge(
  shapes: readonly ShapeCost[],
  columns: readonly (readonly number[])[],
  solved: Solution,
  cosine: number,
): Ok<ShapeFit> | Refused {
  const n = shapes.length;
  const freedom = n - columns.length;
  const t = studentT(0.95, freedom);
  const r2Uncentred = 1 - solved.rss / n;
  const coefficients = solved.coefficients.map((value, i): Coefficient => {
    const standardError = Math.sqrt((solved.rss / freedom) * solved.inverseDiagonal[i]!);
    return {
      secondsPerToken: value,
      standardError,
      interval95: [value - t * standardError, value + t * standardError],
    };
  });
  const values = solved.coefficients;
  if (values.some((value) => !(value > 0)))
    return refused(['poor-fit'], { why: 'a coefficient is at its bound', values });
  if (r2Uncentred < leastR2) return refused(['poor-fit'], { why: 'R² below the least', r2Uncentred, leastR2 });
  const wide = coefficients.some((c) => t * c.standardError > widestInterval * c.secondsPerToken);
  if (wide) return refused(['poor-fit'], { why: 'an interval is wider than ±50 % of its estimate', values });
  return ok({
    input: coefficients[0]!,
    cached: columns.length === 3 ? coefficients[1]! : null,
    output: coefficients.at(-1)!,
    ratio: coefficients.at(-1)!.secondsPerToken / coefficients[0]!.secondsPerToken,
    weightedRss: solved.rss,
    r2Uncentred,
    degreesOfFreedom: freedom,
    studentT975: t,
    cosine,
    contextTerm: contextTerm(shapes, columns),
  });
}

/** Fits again with an input·output column; null where the shapes cannot tell. */
function contextTerm(shapes: readonly ShapeCost[], columns: readonly (readonly number[])[]): ShapeFit['contextTerm'] {
  const freedom = shapes.length - columns.length - 1;
  if (freedom < 1) return null;
  const product = shapes.map((s) => ((s.uncachedTokens + s.cachedTokens) * s.outputTokens) / s.acceleratorSPerRequest);
  const solved = leastSquares([...columns, product]);
  if (solved === null) return null;
  const value = solved.coefficients.at(-1)!;
  const error = Math.sqrt((solved.rss / freedom) * solved.inverseDiagonal.at(-1)!);
  // An exact fit leaves rounding noise that would look significant: the term must also carry a measurable share of y.
  const carries = Math.max(...product.map((column) => Math.abs(value * column))) > 1e-6;
  return { secondsPerTokenSquared: value, significant: carries && Math.abs(value) > studentT(0.95, freedom) * error };
}

interface Solution {
  readonly coefficients: readonly number[];
  readonly inverseDiagonal: readonly number[];
  readonly rss: number;
}

/**
 * Least squares of the target 1 (y/y, since rows are weighed by 1/y) on the columns, by orthogonalising each column on
 * those before it. null when a column lies within 1e-6 of the span of others: three columns can be dependent although
 * no two of them are parallel.
 */
function leastSquares(columns: readonly (readonly number[])[]): Solution | null {
  const p = columns.length;
  const norms = columns.map((column) => Math.sqrt(dot(column, column)));
  if (norms.some((norm) => norm === 0)) return null;
  const q: number[][] = [];
  const r = Array.from({ length: p }, () => new Array<number>(p).fill(0));
  for (let j = 0; j < p; j++) {
    let rest = columns[j]!.map((value) => value / norms[j]!);
    for (let pass = 0; pass < 2; pass++)
      for (let i = 0; i < j; i++) {
        const share = dot(q[i]!, rest);
        r[i]![j]! += share;
        rest = rest.map((value, row) => value - share * q[i]![row]!);
      }
    const length = Math.sqrt(dot(rest, rest));
    if (length < 1e-6) return null;
    r[j]![j] = length;
    q.push(rest.map((value) => value / length));
  }
  const target = columns[0]!.map(() => 1);
  const scaled = backSubstitute(
    r,
    q.map((column) => dot(column, target)),
  );
  const inverse = r.map((_, k) =>
    backSubstitute(
      r,
      r.map((_, i) => (i === k ? 1 : 0)),
    ),
  );
  const fitted = target.map((_, row) =>
    dot(
      scaled,
      columns.map((column, j) => column[row]! / norms[j]!),
    ),
  );
  return {
    coefficients: scaled.map((value, j) => value / norms[j]!),
    inverseDiagonal: norms.map((norm, j) => inverse.reduce((total, column) => total + column[j]! ** 2, 0) / norm ** 2),
    rss: target.reduce((total, one, row) => total + (one - fitted[row]!) ** 2, 0),
  };
}

function backSubstitute(r: readonly (readonly number[])[], right: readonly number[]): number[] {
  const x = new Array<number>(right.length).fill(0);
  for (let i = right.length - 1; i >= 0; i--) {
    let rest = right[i]!;
    for (let j = i + 1; j < right.length; j++) rest -= r[i]![j]! * x[j]!;
    x[i] = rest / r[i]![i]!;
  }
  return x;
}

function worstCosine(columns: readonly (readonly number[])[]): number {
  let worst = 0;
  for (let i = 0; i < columns.length; i++)
    for (let j = 0; j < i; j++) {
      const scale = Math.sqrt(dot(columns[i]!, columns[i]!) * dot(columns[j]!, columns[j]!));
      worst = Math.max(worst, scale > 0 ? dot(columns[i]!, columns[j]!) / scale : 0);
    }
  return worst;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, value, i) => total + value * b[i]!, 0);

function check(shape: ShapeCost): void {
  requireNonNegative(shape.uncachedTokens, 'uncached tokens of a shape');
  requireNonNegative(shape.cachedTokens, 'cached tokens of a shape');
  requireNonNegative(shape.outputTokens, 'output tokens of a shape');
  requirePositive(shape.acceleratorSPerRequest, 'accelerator-seconds per request');
  if (shape.uncachedTokens + shape.cachedTokens + shape.outputTokens === 0) outOfRange('a shape', 'not empty', 0);
}

/** Accelerator-seconds per token by class. */
export interface TokenSeconds {
  readonly input: number;
  readonly cached: number | null;
  readonly output: number;
}

/** Usage prices of fitted coefficients (2.8): coefficient · C_gpuh/3600 · 1e6. Bring them to the bill with `allocate`. */
export function attributeBySeconds(
  seconds: TokenSeconds,
  acceleratorHour: Usd<'accelerator', 'hour'>,
  flow: TokenFlow,
): Attribution {
  const price = (value: number) => (requireNonNegative(value, 'seconds per token') * acceleratorHour * 1e6) / 3600;
  return {
    method: 'regression',
    basis: 'usage',
    coefficients: { alpha: seconds.input, alphaCached: seconds.cached ?? seconds.input, beta: seconds.output },
    input: flow.uncachedPerHour > 0 ? usdPerMillion(price(seconds.input), 'input') : null,
    // Cached tokens that the fit never saw are priced as uncached: never cheaper than measured.
    cached: flow.cachedPerHour > 0 ? usdPerMillion(price(seconds.cached ?? seconds.input), 'cached') : null,
    output: flow.outputPerHour > 0 ? usdPerMillion(price(seconds.output), 'output') : null,
  };
}
