/** Servers that tokbench knows by their own answers. */
export type ServerKind =
  | 'vllm'
  | 'llamacpp'
  | 'sglang'
  | 'tgi'
  | 'ollama'
  | 'triton'
  | 'tensorrt-llm'
  | 'simulated'
  | 'unknown';

/** Who answers, by asking; every `null` means that the server did not say. */
export interface ServerIdentity {
  readonly name: ServerKind;
  readonly version: string | null;
}

/** What a server can do, asked of the server, not assumed. `null` = not asked or not answered. */
export interface ServerFeatures {
  /** Body fields that force the output length exactly; null when it cannot be forced. */
  readonly forcedLength: Readonly<Record<string, unknown>> | null;
  /** Name of the body field that caps the output. */
  readonly capField: 'max_tokens' | 'max_completion_tokens';
  /** The last stream event carries usage when `stream_options.include_usage` is sent. */
  readonly streamUsage: boolean | null;
  readonly continuousUsage: boolean | null;
  readonly tokenIds: boolean | null;
  /** Path of a tokenize route relative to the server's root and its request field; null = none. */
  readonly tokenize: { readonly path: string; readonly field: 'prompt' | 'content'; readonly chat: boolean } | null;
  readonly metrics: string | null;
  /** Context limit in tokens. */
  readonly contextTokens: number | null;
}

/**
 * A model server's own cumulative token counters at one moment, summed over its label sets.
 * `null` = the server does not count this.
 */
export interface ServerCounters {
  /** Where they were read and in which dialect, e.g. `vllm`. */
  readonly dialect: string;
  /** Generated tokens. */
  readonly output: number | null;
  /** Prompt tokens, cached ones included. */
  readonly input: number | null;
  /** Requests that the server counts as finished well. */
  readonly requests: number | null;
  /** Requests running and waiting at that moment. */
  readonly inFlight: number | null;
}
