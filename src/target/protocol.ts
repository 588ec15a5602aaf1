import type { FailureCode, Usage } from '../record/exchange.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import type { Turn } from '../record/turn.ts';
import type { HeaderFields } from '../wire/http-head.ts';
import type { Access } from './access.ts';
import type { Address } from './address.ts';
import type { Answer, Asker } from './asker.ts';
import type { Facts } from './facts.ts';
import type { TargetOptions } from './target.ts';

/** Bytes of a streamed body into facts, at any split. The framing (SSE, NDJSON, event stream) is the decoder's own. */
export interface StreamDecoder {
  push(bytes: Buffer, start: number, end: number, atUs: number): void;
  /**
   * The body ended; `clean` = by its own framing, not by a broken connection. Where a clean end is the API's only
   * terminator, set `facts.terminated` here.
   */
  end(clean: boolean): void;
}

export type BodyOptions = Pick<TargetOptions, 'model' | 'stream' | 'forceLength' | 'features' | 'body'>;

/** What a request asks for, read off its body where that can say otherwise than the options. */
export interface Asked {
  readonly stream: boolean;
  /** Choices of one reply. */
  readonly choices: number;
  /** Output tokens asked for per choice; null when none were. */
  readonly cap: number | null;
}

export interface RouteOptions {
  readonly address: Address;
  readonly model: string;
  readonly stream: boolean;
}

/** An answer with a status of failure. */
export interface RefusedReply {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly text: string;
  /** Null when the text is no JSON. */
  readonly json: unknown;
}

/** What a vendor's error means; what it leaves null follows from status and headers. */
export interface Refusal {
  readonly code: FailureCode | null;
  /** One sentence; secrets are taken out of it later. */
  readonly message: string | null;
  /** Wait that the body asks for, in milliseconds. */
  readonly retryAfterMs: number | null;
}

export interface AccessOptions {
  readonly address: Address;
  readonly model: string;
  /** From the variable that the user named; null when none was. */
  readonly apiKey: string | null;
  /** Of the user, with their variables already read. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * How one API speaks: one file each, one line in `protocols.ts`. What stands with a question mark has the default of the
 * OpenAI routes.
 */
export interface Protocol {
  readonly name: string;
  readonly promptKind: 'messages' | 'text';
  /** What a reply holds: generated tokens, or vectors or scores, which take input tokens and generate none. */
  readonly output: 'tokens' | 'vectors' | 'scores';
  /** Path of the API where the URL names none; default `/v1`. */
  readonly apiPath?: string;
  /** Path of a request, with a query if need be: from the server's root with a leading slash, else below the API. */
  route(options: RouteOptions): string;
  /** `accept` of a streamed request; default `text/event-stream`. */
  readonly streamType?: string;
  /** Fixed headers of every request, such as a version of the API. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the key travels, or what signs in its place; default `authorization: Bearer`. Once a target. */
  access?(options: AccessOptions): Access;
  /** What `access` shows where no key is given, in words for sentences: `the AWS credentials`. Default: nothing. */
  readonly credentials?: string;
  /** The request's JSON; `options.body` wins over all else. */
  body(turn: Turn, options: BodyOptions): Record<string, unknown>;
  /** Default: `stream`, `n`, and `max_completion_tokens` or `max_tokens` of the body. */
  asked?(body: Readonly<Record<string, unknown>>, options: BodyOptions): Asked;
  /** One per request. What is learnt of the server's frames may be kept between requests in a closure of the protocol. */
  decoder(facts: Facts): StreamDecoder;
  /** A whole reply, parsed. */
  readWhole(reply: unknown, facts: Facts): void;
  /** The vendor's own reading of an error; default: by status and headers alone. */
  refusal?(reply: RefusedReply): Refusal;
  /** Where the models are listed; default `models` with OpenAI's list. Null = nowhere: the model must be named. */
  readonly listing?: ModelListing | null;
  /** A route that counts a prompt and generates nothing; it is trusted only where it agrees with a reply's usage. */
  readonly counting?: Counting;
  /** Asks a server what it can do beyond the protocol; default: nothing is asked. */
  features?(asker: Asker, question: FeatureQuestion): Promise<ServerFeatures>;
}

export interface Counting {
  /** Path as `Protocol.route`, and body; `body` is that of the request whose prompt is to be counted. */
  request(options: RouteOptions, body: Readonly<Record<string, unknown>>): { path: string; body: object };
  /** Tokens of the prompt; undefined when the answer is none that is known. */
  read(json: unknown): unknown;
}

export interface ModelListing {
  /** As `Protocol.route`. */
  readonly path: string;
  /** What is sent there, where it answers a POST only. */
  readonly body?: object;
  /** It may be shut where the rest is open: a refusal there says nothing of the key; default false. */
  readonly mayBeShut?: boolean;
  /** Null when the answer is none that is known. */
  read(json: unknown): ListedModel[] | null;
  /** The service answers to more names than it lists, such as aliases; default false. */
  readonly partial?: boolean;
}

/** A model that the server lists. */
export interface ListedModel {
  readonly id: string;
  readonly contextTokens: number | null;
}

export interface FeatureQuestion {
  readonly address: Address;
  readonly identity: ServerIdentity;
  readonly model: string;
  readonly known: ServerFeatures;
  /** Throws for statuses that every request would meet. */
  readonly refused: (answer: Answer) => void;
}

/** What no usage object said. */
export const noUsage: Usage = {
  input: null,
  inputCached: null,
  inputCacheWrite: null,
  output: null,
  outputReasoning: null,
  outputAccepted: null,
};

/** What a body of the OpenAI routes asks for. */
export function openaiAsked(body: Readonly<Record<string, unknown>>): Asked {
  return {
    stream: body['stream'] === true,
    choices: positive(body['n']) ?? 1,
    cap: positive(body['max_completion_tokens']) ?? positive(body['max_tokens']),
  };
}

export function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}
