import { readFileSync } from 'node:fs';
import { UserError } from '../error/user-error.ts';

/** What the truth log says of one request, on `process.hrtime` of this machine. */
export interface WrittenRequest {
  /** As the client gave it in `x-request-id`, without the route's prefix. */
  readonly id: string;
  readonly receivedNs: bigint;
  /** Whole microseconds from `receivedNs` to just before each token event was written. */
  readonly eventsUs: readonly number[];
  readonly end: string;
}

export interface TruthFile {
  /** The exact pace, where there was one. */
  readonly pace: { readonly ttftMs: number; readonly itlMs: number } | null;
  readonly tokensPerEvent: number;
  readonly requests: readonly WrittenRequest[];
}

/**
 * Reads a truth log that its server has closed; a last line that was cut off is left out.
 *
 * @throws UserError `bad_truth`
 */
export function readTruth(path: string): TruthFile {
  const [first = '', ...lines] = text(path).split('\n');
  const head = parse(first);
  if (head?.['schema'] !== 'tokbench.simulator-truth/1') throw bad(path, 'does not begin as one');
  const settings = (head['settings'] ?? {}) as { pace?: TruthFile['pace']; tokensPerEvent?: number };
  const requests: WrittenRequest[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = line === '' ? null : parse(line);
    if (entry !== null) requests.push(requestOf(entry));
    else if (line !== '' && index < lines.length - 1) throw bad(path, `is damaged in line ${index + 2}`);
  }
  return { pace: settings.pace ?? null, tokensPerEvent: settings.tokensPerEvent ?? 1, requests };
}

function requestOf(entry: Readonly<Record<string, unknown>>): WrittenRequest {
  return {
    id: String(entry['id']).replace(/^(chatcmpl|cmpl)-/, ''),
    receivedNs: BigInt(entry['received_ns'] as string),
    eventsUs: entry['events_us'] as number[],
    end: String(entry['end']),
  };
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw bad(path, `cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}

function bad(path: string, why: string): UserError {
  return new UserError('bad_truth', `The truth log ${path} ${why}.`);
}
