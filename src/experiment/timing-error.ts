import type { Exchange } from '../record/exchange.ts';
import type { TruthFile, WrittenRequest } from '../simulate/truth-read.ts';
import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';

/** The client's stamps of a reply's content events, and the server's stamps of the same events, on one clock. */
export interface StampPair {
  /** When the client read it, µs on the client's clock. */
  readonly readUs: number;
  /** read − written, µs: the kernel's way and the client's lateness. */
  readonly errorUs: number;
  /** The first content event of its reply: what TTFT rests on. */
  readonly first: boolean;
}

export interface JoinedStamps {
  readonly pairs: readonly StampPair[];
  /** Replies of which nothing was found in the other log. */
  readonly unmatched: number;
}

type Stamped = Pick<Exchange, 'sentMs' | 'chunks'>;

/**
 * Joins what the client read with what the server wrote. `idOf` names a reply as the server knows it; null = replies and
 * requests are paired in the order in which they were sent and received, which mixes up at most neighbours of one burst.
 *
 * @param originNs `process.hrtime` of 0 on the client's clock
 */
export function joinStamps<T extends Stamped>(
  exchanges: readonly T[],
  truth: TruthFile,
  originNs: bigint,
  idOf: ((exchange: T) => string) | null,
): JoinedStamps {
  const sent = exchanges.filter(({ sentMs }) => sentMs !== null);
  const written = idOf === null ? inOrder(sent, truth) : byId(sent, truth, idOf);
  const pairs: StampPair[] = [];
  let unmatched = 0;
  for (const [i, { sentMs, chunks }] of sent.entries()) {
    const request = written[i];
    const events = chunks.atUs.length;
    if (request === undefined || request.eventsUs.length < events) {
      if (events > 0) unmatched++;
      continue;
    }
    const receivedUs = Number(request.receivedNs - originNs) / 1000;
    for (let k = 0; k < events; k++) {
      const readUs = sentMs! * 1000 + chunks.atUs[k]!;
      pairs.push({ readUs, errorUs: readUs - receivedUs - request.eventsUs[k]!, first: k === 0 });
    }
  }
  return { pairs, unmatched };
}

function byId<T extends Stamped>(
  sent: readonly T[],
  truth: TruthFile,
  idOf: (exchange: T) => string,
): (WrittenRequest | undefined)[] {
  const known = new Map(truth.requests.map((request) => [request.id, request]));
  return sent.map((exchange) => known.get(idOf(exchange)));
}

function inOrder(sent: readonly Stamped[], truth: TruthFile): (WrittenRequest | undefined)[] {
  const received = truth.requests.toSorted((a, b) => (a.receivedNs < b.receivedNs ? -1 : 1));
  // Requests that came before the load, such as those of a probe, were received first.
  const surplus = Math.max(0, received.length - sent.length);
  const order = sent.map((_, i) => i).sort((a, b) => sent[a]!.sentMs! - sent[b]!.sentMs! || a - b);
  const found = new Array<WrittenRequest | undefined>(sent.length);
  for (const [rank, i] of order.entries()) found[i] = received[rank + surplus];
  return found;
}

/** Half-open span of a clock, ms. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Whether a server of exact pace kept it within a span of the client's clock: all but a hundredth of its events were
 * written before the next was due. Otherwise the client was not put under the load that was meant.
 */
export function serverKept(
  { pace, tokensPerEvent, requests }: TruthFile,
  originNs: bigint,
  { fromMs, toMs }: Span,
): boolean {
  if (pace === null) return false;
  const eventUs = tokensPerEvent * pace.itlMs * 1000;
  const late: number[] = [];
  for (const { receivedNs, eventsUs } of requests) {
    const receivedUs = Number(receivedNs - originNs) / 1000;
    for (let k = 0; k < eventsUs.length; k++) {
      const atUs = receivedUs + eventsUs[k]!;
      if (atUs >= fromMs * 1000 && atUs < toMs * 1000) late.push(eventsUs[k]! - pace.ttftMs * 1000 - k * eventUs);
    }
  }
  const tail = quantileSorted(sortedCopy(late), 0.99);
  return tail !== null && tail <= Math.max(1000, eventUs);
}

/** Quantile of the errors of some pairs in ms; null without any. */
export function errorQuantileMs(pairs: readonly StampPair[], q: number): number | null {
  const value = quantileSorted(sortedCopy(pairs.map(({ errorUs }) => errorUs)), q);
  return value === null ? null : value / 1000;
}
