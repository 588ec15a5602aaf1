import { EventStreamCodec, type MessageHeaders } from '@smithy/core/event-streams';
import type { Exchange } from '../../src/record/exchange.ts';
import { createReception } from '../../src/target/create-reception.ts';

type Piece = { readonly hex: string } | readonly [string, unknown] | Readonly<Record<string, unknown>>;

/** One golden reply as `protocol.yaml` writes it. */
export interface ProtocolCase {
  readonly id: number;
  readonly variant?: string;
  readonly protocol: string;
  readonly framing: 'sse' | 'lines' | 'eventstream';
  readonly reads: readonly (readonly [number, ...Piece[]])[];
  readonly endMs?: number;
  readonly flips?: boolean;
  readonly expect: Readonly<Record<string, unknown>>;
}

const contentTypes = {
  sse: 'text/event-stream',
  lines: 'application/x-ndjson',
  eventstream: 'application/vnd.amazon.eventstream',
} as const;

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Bytes of a read. */
export function readBytes({ framing }: ProtocolCase, pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map((piece) => framed(framing, piece)));
}

function framed(framing: ProtocolCase['framing'], piece: Piece): Buffer {
  if ('hex' in piece) return Buffer.from(String(piece.hex).replace(/\s/g, ''), 'hex');
  if (framing === 'eventstream') {
    const [type, payload] = piece as readonly [string, unknown];
    const values = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
    const headers = Object.entries(values).map(([name, value]) => [name, { type: 'string', value }]);
    const body = Buffer.from(JSON.stringify(payload));
    return Buffer.from(codec.encode({ headers: Object.fromEntries(headers) as MessageHeaders, body }));
  }
  const data = JSON.stringify(piece);
  if (framing === 'lines') return Buffer.from(`${data}\n`);
  const { type } = piece as { type?: unknown };
  return Buffer.from(`${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${data}\n\n`);
}

/** The exchange of a case: each read whole or (`bytewise`) one byte a push, at the same stamps. */
export function protocolExchange(given: ProtocolCase, bytewise: boolean, flippedBit = -1): Exchange & { text: string } {
  const feed = createReception(given.protocol, { keepText: true });
  feed.head(200, { 'content-type': contentTypes[given.framing] }, given.reads[0]![0]);
  given.reads.forEach(([atMs, ...pieces], k) => {
    const bytes = readBytes(given, pieces);
    if (k === 0 && flippedBit >= 0) bytes[flippedBit >> 3]! ^= 1 << (flippedBit & 7);
    if (bytewise) for (let at = 0; at < bytes.length; at++) feed.push(bytes.subarray(at, at + 1), atMs);
    else feed.push(bytes, atMs);
  });
  if (given.endMs !== undefined && !feed.ended) feed.end(given.endMs);
  return {
    ...feed.received(),
    seq: 0,
    step: 0,
    session: 0,
    turn: 0,
    dueMs: 0,
    plannedInputTokens: null,
    plannedOutputTokens: null,
    attempts: 1,
  };
}
