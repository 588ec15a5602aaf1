/** Where a function of one variable changes its sign. */
export type Root =
  | { readonly found: 'root'; readonly x: number }
  /** The same sign at both ends. */
  | { readonly found: 'none'; readonly atLow: number; readonly atHigh: number }
  | { readonly found: 'budget'; readonly x: number };

/**
 * Bisection to `tolerance` in x between `low` and `high`. A continuous function with one sign change is enough; `budget` is the
 * number of evaluations after which the best middle is handed back as such (state not-verified, search-budget).
 */
export function bisect(f: (x: number) => number, low: number, high: number, tolerance: number, budget = 400): Root {
  const [atLow, atHigh] = [f(low), f(high)];
  if (atLow === 0) return { found: 'root', x: low };
  if (atHigh === 0) return { found: 'root', x: high };
  if (atLow > 0 === atHigh > 0) return { found: 'none', atLow, atHigh };
  let [a, b] = [low, high];
  for (let i = 0; i < budget; i++) {
    const middle = (a + b) / 2;
    if (b - a <= tolerance || middle === a || middle === b) return { found: 'root', x: middle };
    const value = f(middle);
    if (value === 0) return { found: 'root', x: middle };
    if (value > 0 === atLow > 0) a = middle;
    else b = middle;
  }
  return { found: 'budget', x: (a + b) / 2 };
}
