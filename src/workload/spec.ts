import type { LengthRecord } from '../record/run.ts';
import type { Prompt, Session } from '../record/turn.ts';

/** A length or time as the contract writes it: `512`, `U(100,500)`, `LN(300,1200)[1,4096]` … */
export type DistributionText = string | number;

/** What is asked: made-up text of given lengths, or a data set. */
export type WorkloadSpec = SyntheticSpec | DatasetSpec;

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
  /** Sessions of one step, in order; endless unless the workload is a data set that is asked once. */
  sessions(seed: number): Iterator<Session>;
  /** Longest input that can be asked, later turns included. */
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
  /** Prompts share prefixes on purpose. */
  readonly sharedPrefix: boolean;
  /** Sessions before the workload ends; null when it does not. */
  readonly size: number | null;
}
