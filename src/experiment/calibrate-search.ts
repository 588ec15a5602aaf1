import type { CeilingBound } from '../record/calibration.ts';

/** One try at a load: did the client time it within the limit, and was it put under it at all? */
export interface Trial {
  readonly passed: boolean;
  readonly serverKept: boolean;
}

export interface Ceiling {
  /** Highest load that passed; null when none did. */
  readonly load: number | null;
  readonly bound: CeilingBound;
}

export interface SearchOptions {
  /** First load tried; halved when it fails, down to `least`. */
  readonly first: number;
  readonly least: number;
  /** No load above is tried. */
  readonly most: number;
  /** Halvings of the bracket, on a log scale. */
  readonly refinements: number;
  readonly round: (load: number) => number;
  /** False ends the search with what it has. */
  readonly timeLeft: () => boolean;
}

/**
 * The highest load that passes: doubles until one fails, then narrows the bracket. A load that fails is tried once more,
 * since a neighbour on the machine can fail a healthy one, never pass a bad one.
 */
export async function searchCeiling(
  { first, least, most, refinements, round, timeLeft }: SearchOptions,
  trial: (load: number) => Promise<Trial>,
): Promise<Ceiling> {
  let low: number | null = null;
  let high: { readonly load: number; readonly bound: CeilingBound } | null = null;
  const look = async (load: number): Promise<void> => {
    const outcome = await tryTwice(load, trial, timeLeft);
    if (outcome.passed && outcome.serverKept) low = load;
    else high = { load, bound: outcome.serverKept ? 'client' : 'server' };
  };
  const found = () => ({ low, high }) as { low: number | null; high: typeof high };
  let next = first;
  while (timeLeft()) {
    await look(next);
    const { low: passed, high: failed } = found();
    if (passed !== null && failed !== null) break;
    if (failed !== null && next <= least) return { load: null, bound: failed.bound };
    if (passed !== null && next >= most) return { load: passed, bound: 'range' };
    next = round(failed === null ? Math.min(most, next * 2) : Math.max(least, next / 2));
  }
  for (let k = 0; k < refinements && timeLeft(); k++) {
    const { low: passed, high: failed } = found();
    if (passed === null || failed === null) break;
    const middle = round(Math.sqrt(passed * failed.load));
    if (middle <= passed || middle >= failed.load) break;
    await look(middle);
  }
  const { low: passed, high: failed } = found();
  return { load: passed, bound: failed?.bound ?? 'time' };
}

async function tryTwice(
  load: number,
  trial: (load: number) => Promise<Trial>,
  timeLeft: () => boolean,
): Promise<Trial> {
  const once = await trial(load);
  return (once.passed && once.serverKept) || !timeLeft() ? once : trial(load);
}
