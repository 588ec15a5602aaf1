import { UserError } from '../error/user-error.ts';
import { checkReadable, lines, type RawEntry } from './dataset-file.ts';
import type { TraceSpec } from './spec.ts';
import { blockTokensOf, formatOfLine, type ReadCall, readerOf, type TraceCall } from './trace-call.ts';
import { type TraceRows, TraceRowsBuilder } from './trace-rows.ts';

/** A trace that was read. */
export interface ReadTrace {
  readonly rows: TraceRows;
  /** Sentences about what was left out. */
  readonly notes: readonly string[];
}

const known =
  'tokbench JSONL (due_ms, input_tokens …), Mooncake or Qwen-Bailian JSONL, an Azure LLM inference or a BurstGPT CSV';

/**
 * Reads a trace line by line; what stays in memory is a few numbers a call.
 *
 * @throws UserError `no_such_file`, `bad_trace` with file and line
 */
export async function readTrace(spec: TraceSpec, signal?: AbortSignal): Promise<ReadTrace> {
  await checkReadable(spec.file, 'trace');
  const intake = new Intake(spec);
  for await (const line of lines(spec.file)) {
    signal?.throwIfAborted();
    intake.line(line);
  }
  return intake.end();
}

class Intake {
  readonly #spec: TraceSpec;
  readonly #rows = new TraceRowsBuilder();
  /** Row of each session's latest call; null for one that was left out. */
  readonly #sessions = new Map<string, number | null>();
  #read: ReadCall | null = null;
  #blockTokens = 0;
  #blocksSeen = false;
  #zeroMs = Number.NaN;
  #leastMs = Number.POSITIVE_INFINITY;
  #calls = 0;
  #failed = 0;
  #long = 0;

  constructor(spec: TraceSpec) {
    this.#spec = spec;
  }

  line(line: RawEntry): void {
    if (this.#read === null && this.#begin(line)) return;
    this.#take(this.#read!(line), line.at);
  }

  /** True for a header. */
  #begin(line: RawEntry): boolean {
    const { format: wanted, file } = this.#spec;
    const format = wanted === 'auto' ? formatOfLine(line) : wanted;
    if (format === null)
      throw new UserError('bad_trace', `${file} is no trace that is known: ${line.at} is no line of ${known}.`);
    const { read, hasHeader } = readerOf(format, line);
    this.#read = read;
    this.#blockTokens = blockTokensOf[format];
    return hasHeader;
  }

  #take(call: TraceCall, at: string): void {
    this.#calls++;
    this.#checkBlock(call, at);
    const before = call.delayMs === null || call.session === null ? undefined : this.#sessions.get(call.session);
    if (before === undefined && call.atMs === null)
      throw new UserError('bad_trace', `${at} follows a call of its session, but none stands above it.`);
    const row = before === null ? null : this.#add(call, before ?? null);
    if (call.session !== null) this.#sessions.set(call.session, row ?? before ?? null);
  }

  /** The new row; null when the call is left out. */
  #add(call: TraceCall, follows: number | null): number | null {
    const { window, mostTokens } = this.#spec;
    const [input, output] = [call.inputTokens ?? 0, call.outputTokens ?? 0];
    let dueMs: number;
    if (follows === null) {
      if (Number.isNaN(this.#zeroMs)) this.#zeroMs = call.atMs!;
      dueMs = call.atMs! - this.#zeroMs;
      if (window !== null && !(dueMs >= window.fromMs && dueMs < (window.toMs ?? Number.POSITIVE_INFINITY)))
        return null;
    } else dueMs = this.#rows.dueMsOf(follows);
    if (call.outputTokens === 0 || (call.inputTokens === 0 && call.prompt === null)) {
      this.#failed++;
      return null;
    }
    if (mostTokens !== null && input + output > mostTokens) {
      this.#long++;
      return null;
    }
    this.#leastMs = Math.min(this.#leastMs, dueMs);
    this.#rows.add({ ...call, dueMs, follows });
    return this.#rows.size - 1;
  }

  /** One size holds for all blocks: calls are compared by them. */
  #checkBlock({ blockTokens, ids }: TraceCall, at: string): void {
    if (blockTokens === 0) throw new UserError('bad_trace', `${at} has a "block" of 0 tokens.`);
    if (blockTokens !== null && this.#blocksSeen && blockTokens !== this.#blockTokens)
      throw new UserError(
        'bad_trace',
        `${at} has a "block" of ${blockTokens} tokens, the calls above it of ${this.#blockTokens}: one size holds for all.`,
      );
    this.#blockTokens = blockTokens ?? this.#blockTokens;
    this.#blocksSeen ||= blockTokens !== null || ids.length > 0;
  }

  end(): ReadTrace {
    const { file, name, window, mostTokens, spread } = this.#spec;
    const count = (n: number) => n.toLocaleString('en');
    if (this.#rows.size === 0) {
      const why =
        this.#calls === 0
          ? 'it holds no call'
          : this.#long > 0
            ? `all of its calls are longer than ${mostTokens} tokens`
            : window === null
              ? 'all of its calls failed when it was recorded'
              : 'no call of it lies in the window';
      throw new UserError('bad_trace', `Nothing of ${file} can be replayed: ${why}.`);
    }
    const rows = this.#rows.build(this.#blockTokens, spread);
    const startMs = window?.fromMs ?? this.#leastMs;
    for (let row = 0; row < rows.size; row++) rows.dueMs[row]! -= startMs;
    const notes: string[] = [];
    if (this.#failed > 0)
      notes.push(
        `${count(this.#failed)} calls of ${name} without tokens (they failed when it was recorded) are left out.`,
      );
    if (this.#long > 0)
      notes.push(`${count(this.#long)} calls of ${name} longer than ${count(mostTokens!)} tokens are left out.`);
    return { rows, notes };
  }
}
