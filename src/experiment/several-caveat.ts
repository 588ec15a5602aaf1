import type { RunSummary } from '../measurement/summary.ts';
import type { Load } from '../record/run.ts';
import type { TargetsBlock } from '../store/targets.ts';

/** Something that must not be compared, as a sentence. */
export interface Caveat {
  readonly code: string;
  readonly severity: 'info' | 'suspect';
  readonly message: string;
}

interface Side {
  readonly label: string;
  readonly forcedLength: boolean;
  readonly price: string | null;
  readonly run: RunSummary;
}

interface Row {
  readonly label: string;
  readonly repeats: number;
  readonly meanInputTokens: number | null;
  readonly meanOutputTokens: number | null;
  readonly charsPerToken: number | null;
  readonly rateLimited: number;
}

/** Beyond this share two lengths are not the same (measurement reference, B.4). */
const sameLength = 0.05;
/** Text of one tokenizer varies by less. */
const sameTokenizer = 0.03;

/** What must be said before two targets are compared: other tokens, other lengths, other things than servers. */
export function caveatsOf(
  targets: readonly Side[],
  comparison: readonly { readonly load: Load; readonly rows: readonly Row[] }[],
  blocks: readonly TargetsBlock[],
): Caveat[] {
  const rows = comparison.flatMap((one) => one.rows);
  const caveats = [
    simulatedBesideReal(targets),
    otherModels(targets),
    otherTokens(targets, rows),
    otherLengths(targets, rows),
    otherInputs(targets, rows),
    limitedRates(rows),
    invalid(targets),
    doubtful(targets),
    unpriced(targets),
    few(targets, blocks),
  ];
  return caveats.filter((caveat) => caveat !== null);
}

function simulatedBesideReal(targets: readonly Side[]): Caveat | null {
  const simulated = targets.filter(({ run }) => run.simulated);
  if (simulated.length === 0 || simulated.length === targets.length) return null;
  return suspect(
    'simulated_beside_real',
    `${namesOf(simulated)} is simulated and the others are not: nothing of it can be compared with them.`,
  );
}

function otherModels(targets: readonly Side[]): Caveat | null {
  const models = [...new Set(targets.map(({ run }) => run.target.model))];
  if (models.length === 1) return null;
  const list = targets.map(({ label, run }) => `${label} ${run.target.model}`).join(', ');
  return info(
    'other_models',
    `The names of the models differ (${list}): speed is compared here, not what the answers are worth.`,
  );
}

/** Characters a token of every target; those without text are left out. */
function otherTokens(targets: readonly Side[], rows: readonly Row[]): Caveat | null {
  const sizes = targets.flatMap(({ label }) => {
    const size = meanOf(rows, label, 'charsPerToken');
    return size === null ? [] : [{ label, size }];
  });
  if (sizes.length < 2 || spreadOf(sizes.map(({ size }) => size)) <= sameTokenizer) return null;
  const list = sizes.map(({ label, size }) => `${label} ${Number(size.toPrecision(3))}`).join(', ');
  return suspect(
    'other_tokens',
    `A token is not the same length everywhere (characters a token: ${list}), by other tokenizers or other text: compare characters per second and $ per million characters, not tokens.`,
  );
}

function otherLengths(targets: readonly Side[], rows: readonly Row[]): Caveat | null {
  const lengths = targets.flatMap(({ label }) => {
    const length = meanOf(rows, label, 'meanOutputTokens');
    return length === null ? [] : [{ label, length }];
  });
  if (lengths.length < 2 || spreadOf(lengths.map(({ length }) => length)) <= sameLength) return null;
  const list = lengths.map(({ label, length }) => `${label} ${Number(length.toPrecision(3))}`).join(', ');
  const free = targets.filter(({ forcedLength }) => !forcedLength);
  const why = free.length === 0 ? '' : `; ${namesOf(free)} cannot be made to generate a given length`;
  return suspect(
    'other_lengths',
    `The outputs are not equally long (mean tokens: ${list})${why}: end-to-end times and requests per second are not compared, TTFT and TPOT may be.`,
  );
}

function otherInputs(targets: readonly Side[], rows: readonly Row[]): Caveat | null {
  const lengths = targets.flatMap(({ label }) => {
    const length = meanOf(rows, label, 'meanInputTokens');
    return length === null ? [] : [{ label, length }];
  });
  if (lengths.length < 2 || spreadOf(lengths.map(({ length }) => length)) <= sameLength) return null;
  const list = lengths.map(({ label, length }) => `${label} ${Number(length.toPrecision(3))}`).join(', ');
  return suspect(
    'other_inputs',
    `The prompts are not equally long in each side's own tokens (mean: ${list}): TTFT is of other work.`,
  );
}

function limitedRates(rows: readonly Row[]): Caveat | null {
  const limited = [...new Set(rows.filter(({ rateLimited }) => rateLimited > 0).map(({ label }) => label))];
  if (limited.length === 0) return null;
  return suspect(
    'rate_limited',
    `${limited.join(', ')} refused requests for their rate: its throughput is the account's limit, not the server's.`,
  );
}

function invalid(targets: readonly Side[]): Caveat | null {
  const found = targets.filter(({ run }) => run.verdict === 'INVALID');
  if (found.length === 0) return null;
  return suspect(
    'invalid_run',
    `The run of ${doubtsOf(found)} is INVALID: its own report says why (tokbench report, folders below); its numbers are no basis for a choice.`,
  );
}

function doubtful(targets: readonly Side[]): Caveat | null {
  const found = targets.filter(({ run }) => run.verdict === 'SUSPECT');
  if (found.length === 0) return null;
  return suspect(
    'suspect_run',
    `The run of ${doubtsOf(found)} is SUSPECT: its own report says why (tokbench report, folders below).`,
  );
}

/** Each with the codes of what made it so. */
function doubtsOf(sides: readonly Side[]): string {
  const named = sides.map(({ label, run }) => {
    const grave = run.steps.flatMap(({ doubts }) => doubts).filter(({ severity }) => severity !== 'info');
    const codes = [...new Set(grave.map(({ code }) => code))];
    return codes.length === 0 ? label : `${label} (${codes.join(', ')})`;
  });
  return named.join(', ');
}

function unpriced(targets: readonly Side[]): Caveat | null {
  const without = targets.filter(({ price }) => price === null);
  if (without.length === 0 || without.length === targets.length) return null;
  return info(
    'no_price',
    `No price is known of ${namesOf(without)}: give one with price, or compare hardware with tokbench cost.`,
  );
}

/** Below three repeats nothing tells a difference from what repeats vary by. */
function few(targets: readonly Side[], blocks: readonly TargetsBlock[]): Caveat | null {
  const repeats = 1 + Math.max(0, ...blocks.map(({ repeat }) => repeat));
  if (repeats >= 3 || targets.length < 2) return null;
  return info(
    'few_repeats',
    `Each target was measured ${repeats === 1 ? 'once' : 'twice'} at each load, so that no difference can be told from noise: with --repeat 3 it can, and the order of chance evens out what drifts meanwhile.`,
  );
}

function meanOf(rows: readonly Row[], label: string, key: 'charsPerToken' | 'meanOutputTokens' | 'meanInputTokens') {
  const known = rows.filter((row) => row.label === label).flatMap((row) => (row[key] === null ? [] : [row[key]]));
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}

function spreadOf(values: readonly number[]): number {
  const least = Math.min(...values);
  return least <= 0 ? Number.POSITIVE_INFINITY : Math.max(...values) / least - 1;
}

const namesOf = (sides: readonly Side[]) => sides.map(({ label }) => label).join(', ');
const info = (code: string, message: string): Caveat => ({ code, severity: 'info', message });
const suspect = (code: string, message: string): Caveat => ({ code, severity: 'suspect', message });
