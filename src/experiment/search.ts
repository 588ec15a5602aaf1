import type { SweepOutcome } from '../measurement/sweep-outcome.ts';
import type { SweepResult } from '../measurement/sweep-summary.ts';
import type { SearchRecord } from '../record/run.ts';

/** One measured load of a search, in the order of measuring. */
export interface SearchPoint {
  readonly load: number;
  readonly outcome: SweepOutcome;
}

export type SearchMove =
  | {
      readonly kind: 'measure';
      readonly load: number;
      /** How often the load was measured before: a repeat has prompts and arrivals of its own. */
      readonly repeat: number;
      /** Times as long as other steps: a sample that could not decide is followed by a larger one. */
      readonly longer: number;
      readonly why: 'start' | 'bracket' | 'narrow' | 'confirm' | 'again';
    }
  | { readonly kind: 'done'; readonly result: SweepResult };

/** A search that a restless server keeps from ending is given up. */
const mostPoints = 100;
/** A load at which the client hiccupped, or which the sample could not decide, is measured again before it is believed. */
const believedAfter = 2;
const confirmedBy = 2;
const longerAgain = 4;
/** Room for loads between the highest passing and the lowest failing one that tell nothing, in steps of the resolution. */
const widestGap = 3;

/**
 * The next load of a search for the highest one inside the objectives, from what was measured before, and nothing else:
 * a stopped search goes on where it was. Doubles from the start until a load fails (halves until one passes), bisects
 * on a logarithmic scale, then measures the highest passing load once more. A load counts as passing only while every
 * measurement of it passed; whoever fails the second time is the new upper end, and the search goes on below.
 */
export function nextMove(search: SearchRecord, history: readonly SearchPoint[]): SearchMove {
  const counted = history.filter(({ outcome }) => outcome !== 'unfinished');
  const measure = (load: number, why: 'start' | 'bracket' | 'narrow' | 'confirm' | 'again'): SearchMove => ({
    kind: 'measure',
    load,
    repeat: history.filter((point) => point.load === load).length,
    longer: counted.some((point) => point.load === load && point.outcome === 'undecided') ? longerAgain : 1,
    why,
  });
  const last = counted.at(-1);
  if (last === undefined) return measure(search.start, 'start');
  const loads = standings(counted);
  if (loads.get(last.load)!.standing === 'again') return measure(last.load, 'again');
  const bracket = bracketOf(loads);
  const done = (confirmed: boolean): SearchMove => ({ kind: 'done', result: resultOf(search, bracket, confirmed) });
  if (counted.length >= mostPoints) return done(false);

  const { pass, low, top } = bracket;
  if (top === null) {
    const highest = Math.max(...loads.keys());
    if (highest < search.most) return measure(Math.min(search.most, doubled(search, highest)), 'bracket');
    return pass === null || isConfirmed(loads, pass) ? done(pass !== null) : measure(pass, 'confirm');
  }
  const floor = pass === null || low === null ? (pass ?? low) : Math.max(pass, low);
  if (floor === null) {
    if (top.load <= search.least) return done(false);
    return measure(Math.max(search.least, halved(search, top.load)), 'bracket');
  }
  const middle = between(search, floor, top.load);
  if (middle !== null) return measure(middle, 'narrow');
  if (floor !== pass && loads.get(floor)!.count < believedAfter) return measure(floor, 'again');
  if (pass === null || isConfirmed(loads, pass)) return done(pass !== null);
  return measure(pass, 'confirm');
}

type Fault = 'miss' | 'unsustained' | 'failures';
type Top = Fault | 'rate_limit' | 'client' | 'undecided';

interface Standing {
  /** `low`: inside as far as it can tell, but no load to claim. */
  readonly standing: 'pass' | 'low' | 'short' | 'again' | Top;
  readonly passes: number;
  readonly count: number;
}

/** What all measurements of each load say together. */
function standings(points: readonly SearchPoint[]): Map<number, Standing> {
  const byLoad = new Map<number, SweepOutcome[]>();
  for (const { load, outcome } of points) byLoad.set(load, [...(byLoad.get(load) ?? []), outcome]);
  return new Map([...byLoad].map(([load, outcomes]) => [load, standingOf(outcomes)]));
}

const failing = ['rate_limit', 'failures', 'miss', 'unsustained'] as const;

function standingOf(outcomes: readonly SweepOutcome[]): Standing {
  const count = (wanted: SweepOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const passes = count('pass');
  const as = (standing: Standing['standing']): Standing => ({ standing, passes, count: outcomes.length });
  const failed = failing.find((outcome) => count(outcome) > 0);
  if (failed !== undefined) return as(failed);
  if (passes > 0 && passes + believedAfter > outcomes.length) return as('pass');
  const vain = (['client', 'undecided'] as const).find((outcome) => count(outcome) >= believedAfter);
  if (vain !== undefined) return as(vain);
  if (count('client') + count('undecided') > 0) return as('again');
  return as(count('short') > 0 ? 'short' : 'low');
}

interface Bracket {
  /** Highest passing load below the top. */
  readonly pass: number | null;
  /** Highest load below the top that did not fail, yet proves nothing. */
  readonly low: number | null;
  /** Whether it is a lower bound of a rate that keeps `low` from passing, not the size of the sample. */
  readonly short: boolean;
  /** Lowest load that is out of reach, whatever the reason. */
  readonly top: { readonly load: number; readonly why: Top } | null;
  /** Lowest load at which the server itself failed, above a top that is undecided or the client's. */
  readonly failing: { readonly load: number; readonly why: Fault } | null;
}

function bracketOf(loads: ReadonlyMap<number, Standing>): Bracket {
  const sorted = [...loads].sort(([a], [b]) => a - b);
  const ends = (at: number, why: Top): Pick<Bracket, 'top' | 'failing'> => {
    const above = sorted.find(([load, { standing }]) => load > at && isFault(standing));
    const failing =
      (why === 'undecided' || why === 'client') && above ? { load: above[0], why: above[1].standing as Fault } : null;
    return { top: { load: at, why }, failing };
  };
  let [pass, low, short]: [number | null, number | null, boolean] = [null, null, false];
  for (const [load, { standing }] of sorted) {
    if (standing === 'pass') pass = load;
    // below its lower bound although a lower load was not: it is past its best
    else if (standing === 'short' && pass !== null) return { pass, low, short, ...ends(load, 'miss') };
    else if (standing === 'low' || standing === 'short') [low, short] = [load, standing === 'short'];
    else if (standing !== 'again') return { pass, low, short, ...ends(load, standing) };
  }
  return { pass, low, short, top: null, failing: null };
}

function isFault(found: Standing['standing'] | SweepOutcome): found is Fault {
  return found === 'miss' || found === 'unsustained' || found === 'failures';
}

function isConfirmed(loads: ReadonlyMap<number, Standing>, load: number): boolean {
  return loads.get(load)!.passes >= confirmedBy;
}

function doubled({ kind }: SearchRecord, load: number): number {
  return kind === 'rate' ? rounded(2 * load) : 2 * load;
}

function halved({ kind }: SearchRecord, load: number): number {
  return kind === 'rate' ? rounded(load / 2) : Math.floor(load / 2);
}

/** The geometric middle; null when the two are as near as was asked for. */
function between({ kind, resolution }: SearchRecord, low: number, high: number): number | null {
  if (high <= low * (1 + resolution)) return null;
  const middle = Math.sqrt(low * high);
  const load = kind === 'rate' ? rounded(middle) : Math.min(high - 1, Math.max(low + 1, Math.round(middle)));
  return load > low && load < high ? load : null;
}

/** Rates of four digits are read and typed more easily, and differ by less than any measurement tells. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(4));
}

function limitOf(why: Fault): NonNullable<SweepResult['limitedBy']> {
  return why === 'miss' ? 'objectives' : why === 'unsustained' ? 'sustained' : 'failures';
}

function resultOf(
  { resolution }: SearchRecord,
  { pass, low, short, top, failing }: Bracket,
  confirmed: boolean,
): SweepResult {
  const claim = { highestPassing: pass, confirmed: pass !== null && confirmed };
  if (top === null) {
    if (pass !== null) return { state: 'MAX_REACHED', ...claim, lowestFailing: null, limitedBy: 'max' };
    return {
      state: short ? 'NONE' : 'UNDECIDED',
      ...claim,
      lowestFailing: null,
      limitedBy: short ? 'max' : 'undecided',
    };
  }
  const { load, why } = top;
  if (why === 'rate_limit') return { state: 'RATE_LIMITED', ...claim, lowestFailing: null, limitedBy: 'rate_limit' };
  if (why === 'undecided' || why === 'client') {
    const lowestFailing = failing?.load ?? null;
    // both ends are decided: what lies between them is no wider than a few steps
    if (failing !== null && pass !== null && failing.load <= pass * (1 + resolution) ** widestGap)
      return { state: 'FOUND', ...claim, lowestFailing, limitedBy: limitOf(failing.why) };
    return { state: why === 'client' ? 'CLIENT_LIMITED' : 'UNDECIDED', ...claim, lowestFailing, limitedBy: why };
  }
  const limitedBy = limitOf(why);
  const unknown = low !== null && !short && low > (pass ?? 0);
  if (pass !== null && !unknown) return { state: 'FOUND', ...claim, lowestFailing: load, limitedBy };
  return {
    state: unknown ? 'UNDECIDED' : 'NONE',
    ...claim,
    lowestFailing: load,
    limitedBy: unknown ? 'undecided' : limitedBy,
  };
}

/** How far a search came that was stopped. */
export function stoppedResult(search: SearchRecord, history: readonly SearchPoint[]): SweepResult {
  const fails = history.filter(({ outcome }) => isFault(outcome)).map(({ load }) => load);
  const lowestFailing = fails.length === 0 ? null : Math.min(...fails);
  // What was measured again stands as it was found last.
  const last = new Map(history.map(({ load, outcome }) => [load, outcome]));
  const passes = [...last]
    .filter(([load, outcome]) => outcome === 'pass' && load < (lowestFailing ?? Number.POSITIVE_INFINITY))
    .map(([load]) => load);
  const highestPassing = passes.length === 0 ? null : Math.max(search.least, ...passes);
  return { state: 'UNFINISHED', highestPassing, lowestFailing, confirmed: false, limitedBy: null };
}
