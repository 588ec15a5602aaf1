import type { HeaderFields } from '../wire/http-head.ts';

export interface AskOptions {
  /** Base URL as for a target. */
  readonly url: string;
  readonly apiKey?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caFile?: string | null;
  /** How this protocol lets requests in, its fixed headers and the API's usual path; default `openai-chat`. */
  readonly protocol?: string;
  /** For signatures that cover it; default none. */
  readonly model?: string | null;
  /** Limit of one question from its first byte to its last; default 10,000. */
  readonly timeoutMs?: number;
}

export interface Question {
  /** `/version` = from the server's root (the base URL without its `/v1`); `models` = below the API (`…/v1/models`). */
  readonly path: string;
  /** Default GET, with a body POST. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Any status: what it means is for the asker to say. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderFields;
  /** Free of the key and of header values, should the server echo them. */
  readonly text: string;
  /** Undefined when the text is not JSON. */
  readonly json: unknown;
  readonly ms: number;
}

export interface Asker {
  /** Throws UserError (exit 3) with the failure's code when no answer came: `connect_failed`, `tls_failed`, `total_timeout` … */
  ask(question: Question): Promise<Answer>;
  close(): void;
}
