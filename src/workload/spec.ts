import type { LengthRecord } from '../record/run.ts';
import type { Prompt, Session } from '../record/turn.ts';

/** A length or time as the contract writes it: `512`, `U(100,500)`, `LN(300,1200)[1,4096]` … */
export type DistributionText = string | number;

/** What is asked: made-up text of given lengths, a data set, or what was asked before. */
export type WorkloadSpec = SyntheticSpec | DatasetSpec | TraceSpec;

export interface SyntheticSpec {
  readonly kind: 'synthetic';
  readonly name: string;
  /** Tokens of the first prompt of a session as the server counts them: template, system text and nonce included. */
  readonly inputTokens: DistributionText;
  readonly outputTokens: DistributionText;
  readonly sharedPrefix: SharedPrefix | null;
  /** Null: one question, one answer. */
  readonly conversation: Conversation | null;
}

/** Text at the start of every prompt of a group, the same within a step: what a prefix cache can keep. */
export interface SharedPrefix {
  /** Tokens of it, or its share of each prompt's input (prompts of one group then share the shorter one's part). */
  readonly length: { readonly tokens: number } | { readonly share: number };
  /** Groups of sessions, each with a prefix of its own; sessions join them in turn. */
  readonly groups: number;
}

export interface Conversation {
  readonly turns: DistributionText;
  /** Tokens that the user adds in each turn after the first. */
  readonly turnInputTokens: DistributionText;
  /** Milliseconds from a reply to the next question. */
  readonly thinkTimeMs: DistributionText;
}

export type DatasetFormat = 'tokbench' | 'sharegpt' | 'text';

export interface DatasetSpec {
  readonly kind: 'dataset';
  readonly name: string;
  readonly file: string;
  /** `auto`: by the file's name and first character. */
  readonly format: DatasetFormat | 'auto';
  /** For every entry, whatever the file says; null takes the file's, and where it has none the server's default. */
  readonly outputTokens: DistributionText | null;
  /** What happens behind the last entry. `loop` asks the same prompts again, which a prefix cache will know. */
  readonly repeat: 'once' | 'loop';
  /** Entries in the order of the file, or shuffled by seed. */
  readonly order: 'file' | 'shuffled';
}

export type TraceFormat = 'tokbench' | 'mooncake' | 'bailian' | 'azure' | 'burstgpt';

/** Recorded calls: when they came, how long they were, and which of them shared beginnings. */
export interface TraceSpec {
  readonly kind: 'trace';
  readonly name: string;
  readonly file: string;
  /** `auto`: by its first line. */
  readonly format: TraceFormat | 'auto';
  /** Part of the trace that is replayed, in its own time from its first call on; null = all of it. */
  readonly window: { readonly fromMs: number; readonly toMs: number | null } | null;
  /** Calls of more input and output tokens together are left out; null = none are. */
  readonly mostTokens: number | null;
  /** Calls of one time stamp are spread over the time to the next. */
  readonly spread: boolean;
}

export interface WorkloadDeps {
  /** Seed of the run: of the text itself. Each step's draws come from the seed given to `sessions`. */
  readonly seed: number;
  readonly promptKind: Prompt['kind'];
  /** Tokens of a prompt as the server counts them; null when nothing can count. */
  readonly count: ((prompt: Prompt) => Promise<number>) | null;
  /** What `count` costs: `tokenize` a cheap request, `usage` a generation of one token, `tokenizer` nothing. */
  readonly countMethod: LengthRecord['method'];
  /** Tokens of plain text by a local tokenizer, for data sets; null without one. */
  readonly countText?: ((text: string) => number) | null;
  readonly signal?: AbortSignal;
}

export interface Workload {
  readonly name: string;
  /**
   * Sessions of one step, in order; endless unless the workload is a trace or a data set that is asked once.
   *
   * @param seed of texts
   * @param lengthsSeed of lengths, think times and the order of a data set; default: the same
   */
  sessions(seed: number, lengthsSeed?: number): Iterator<Session>;
  /** Output tokens asked for in the first turn of each of those sessions, without making them; null = the server's default. */
  outputTokens(lengthsSeed: number): Iterator<number | null>;
  /** When the sessions begin, in ms after the start, non-decreasing: of a trace alone. */
  readonly dueMs?: ArrayLike<number>;
  /** Longest input that can be asked, later turns included. */
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
  /** Most input and output tokens of one request, where that is less than the two above together. */
  readonly maxTotalTokens?: number;
  /** Every session asks once. */
  readonly singleTurns: boolean;
  /** Prompts share prefixes on purpose. */
  readonly sharedPrefix: boolean;
  /** Sessions before the workload ends; null when it does not. */
  readonly size: number | null;
}
