/** One message of a chat, as every protocol can say it. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What is sent: chat messages, or plain text for completion routes. A target turns either into its own body. */
export type Prompt =
  | { readonly kind: 'messages'; readonly messages: readonly Message[] }
  | { readonly kind: 'text'; readonly text: string };

/** One request as the workload wants it. Facts of the plan: nothing here was measured. */
export interface Turn {
  readonly prompt: Prompt;
  /** Input length wanted, in tokens as the server counts them, template included; null when the data set does not say. */
  readonly inputTokens: number | null;
  /** Output length wanted, in tokens: the cap, and where the server can force lengths the floor too; null = the server's default. */
  readonly outputTokens: number | null;
  /** Milliseconds between the end of the previous reply and the due time of this turn; 0 for the first turn. */
  readonly thinkMs: number;
  /** The session needs the text of the reply to build its next turn. */
  readonly keepText: boolean;
  /** Sent as `x-request-id`, so that the server's own log of this request can be joined; absent = none. */
  readonly requestId?: string;
}

/** The one thing that flows back: the reply of a turn, into the next turn of its session. */
export interface Reply {
  readonly ok: boolean;
  /** Visible answer text; empty unless the turn asked for it with `keepText`. */
  readonly text: string;
}

/** A conversation: yields turns, receives replies; single-turn work yields once. */
export type Session = Generator<Turn, void, Reply>;
