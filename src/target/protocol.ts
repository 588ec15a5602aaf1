import type { Turn } from '../record/turn.ts';
import type { Facts } from './facts.ts';
import type { TargetOptions } from './target.ts';

/** Bytes of a streamed body into facts, at any split. */
export interface StreamDecoder {
  push(bytes: Buffer, start: number, end: number, atUs: number): void;
  /** The body ended; `clean` = by its own framing, not by a broken connection. */
  end(clean: boolean): void;
}

export type BodyOptions = Pick<TargetOptions, 'model' | 'stream' | 'forceLength' | 'features' | 'body'>;

/** How one API speaks: one file each, one line in `protocols.ts`. */
export interface Protocol {
  readonly name: string;
  readonly promptKind: 'messages' | 'text';
  /** Appended to the API base, which ends in `/v1`. */
  readonly route: string;
  /** The request's JSON; `options.body` wins over all else. */
  body(turn: Turn, options: BodyOptions): Record<string, unknown>;
  /** One per request. What is learnt of the server's frames may be kept between requests in a closure of the protocol. */
  decoder(facts: Facts): StreamDecoder;
  /** A whole reply, parsed. */
  readWhole(reply: unknown, facts: Facts): void;
}
