/**
 * One request and what came back: facts only, nothing derived.
 *
 * Times are milliseconds on the run's clock (0 = start of the run), rounded to whole microseconds when they are
 * captured, so that a record read back from disk equals the record in memory bit for bit.
 */
export interface Exchange {
  /** Position in the step's schedule, from 0; unique within a step. Dense, but for the end of a closed loop on several threads. */
  readonly seq: number;
  /** Index of the step (load point) within the run, from 0. */
  readonly step: number;
  readonly session: number;
  /** Turn within the session, from 0. */
  readonly turn: number;
  /** Intended start; lateness never moves it. */
  readonly dueMs: number;
  /** Just before the first request byte went to the socket; null when it never came to that. */
  readonly sentMs: number | null;
  /** Response head parsed. */
  readonly headersMs: number | null;
  /** First byte of the body read. */
  readonly firstByteMs: number | null;
  /** Terminator parsed or body end, whichever is first; for failures the detection time. */
  readonly endMs: number;
  /** Spans of the connection that this request had to open; null when it used an open one. */
  readonly connection: ConnectionSpans | null;
  readonly chunks: Chunks;
  readonly outcome: Outcome;
  readonly flags: readonly Flag[];
  readonly usage: Usage | null;
  /** Input tokens that the plan wanted; null when it did not say. */
  readonly plannedInputTokens: number | null;
  /** Output tokens that the plan asked for; null when it left them to the server. */
  readonly plannedOutputTokens: number | null;
  /** Tokens of the whole output by a local tokenizer (rank 5 of the count ladder); null without one. */
  readonly textTokens: number | null;
  /** Characters of generated text of every channel: a yardstick across tokenizers. */
  readonly textChars: number;
  /** True when the reply was asked for as a stream. */
  readonly streamed: boolean;
  /** Vectors or scores that the reply held; absent where replies hold generated tokens. */
  readonly items?: number;
  /** 1 unless retries were asked for. */
  readonly attempts: number;
  /** The attempts before the last one, whose stamps are above; absent without any. */
  readonly earlier?: readonly Attempt[];
  /** What the head of the reply said of the account's rate limits; absent when it said nothing. */
  readonly limits?: readonly RateLimit[];
  /** From `dueMs` on it was held back for so long to keep below the account's limits; absent when it was not. */
  readonly pacedMs?: number;
}

/** A request that failed and was sent again. */
export interface Attempt {
  readonly sentMs: number | null;
  readonly endMs: number;
  readonly code: FailureCode;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
}

export const limitedQuantities = ['requests', 'tokens', 'inputTokens', 'outputTokens'] as const;

/** One limit of an account as a reply's headers stated it; `null` = not stated. */
export interface RateLimit {
  readonly of: (typeof limitedQuantities)[number];
  /** Length of the window that the limit holds for. */
  readonly windowS: number | null;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** From the head on, until the limit is whole again. */
  readonly resetMs: number | null;
}

export interface ConnectionSpans {
  readonly dnsMs: number | null;
  readonly connectMs: number;
  readonly tlsMs: number | null;
}

/** Content events of a reply as parallel arrays of equal length, in order of arrival. */
export interface Chunks {
  /** Whole microseconds since `sentMs` of the read that completed the event; non-decreasing; one read, one stamp. */
  readonly atUs: readonly number[];
  /** Tokens of each event where the wire told them; null when it did not (then measurement apportions). */
  readonly tokens: readonly number[] | null;
  readonly tokensSource: TokensSource | null;
  /** One letter an event, see `channelLetters`; the empty string when every event is `a`. */
  readonly channels: string;
  /** Choice index of each event; null when the request asked for one choice. */
  readonly choices: readonly number[] | null;
}

/** How per-event token counts were learnt: ranks 1, 2 and 4 of the count ladder. */
export type TokensSource = 'token_ids' | 'continuous_usage' | 'logprobs';

/** What a content event carried: answer text, reasoning, refusal, tool call. */
export const channelLetters = { answer: 'a', reasoning: 'r', refusal: 'f', tool: 't' } as const;
export type Channel = keyof typeof channelLetters;

export type Outcome =
  | { readonly state: 'ok'; readonly finish: string | null }
  | {
      readonly state: 'failed';
      readonly code: FailureCode;
      /** One sentence, free of secrets. */
      readonly message: string;
      readonly status: number | null;
      readonly retryAfterMs: number | null;
      /** The server's error body, at most 2,048 characters, free of secrets. */
      readonly body: string | null;
    }
  /** Still unfinished at the drain limit or at an interrupt: its latency is at least what was seen. */
  | { readonly state: 'censored'; readonly reason: 'drain_limit' | 'interrupted' };

/** Failures by their own names; a report counts each. */
export const failureCodes = [
  'dns_failed',
  'connect_failed',
  'connect_timeout',
  'client_exhausted',
  'tls_failed',
  'proxy_failed',
  'conn_reset',
  'ttft_timeout',
  'stall',
  'total_timeout',
  'truncated',
  'malformed_http',
  'malformed_event',
  'bad_crc',
  'rate_limited',
  'overloaded',
  'unauthorized',
  'not_found',
  'rejected',
  'server_error',
  'empty_output',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export type Flag =
  | 'no_terminator'
  | 'unterminated_event'
  | 'no_answer'
  | 'refused'
  | 'content_filtered'
  | 'late_tool_call'
  | 'tool_call';

/** Token counts as the server's last usage object gave them; null = not reported, never 0 for unknown. */
export interface Usage {
  /** Input tokens, cached ones included. */
  readonly input: number | null;
  readonly inputCached: number | null;
  readonly inputCacheWrite: number | null;
  /** Output tokens, reasoning included. */
  readonly output: number | null;
  readonly outputReasoning: number | null;
  /** Draft tokens accepted by speculative decoding. */
  readonly outputAccepted: number | null;
}
