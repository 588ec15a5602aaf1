import { createRandom, type Random } from '../random/random.ts';
import type { Prompt, Reply, Session, Turn } from '../record/turn.ts';
import { promptOf } from './certify.ts';
import { promptAs } from './dataset.ts';
import { corpusPieces, Prose } from './prose.ts';
import type { TraceSpec, Workload } from './spec.ts';
import type { TokenModel } from './token-model.ts';
import { blocksOf, type TraceRows } from './trace-rows.ts';

/** Replays a trace's calls with made-up text of their lengths; equal blocks have equal text within a step. */
export class Trace implements Workload {
  readonly name: string;
  readonly size: number;
  readonly singleTurns: boolean;
  readonly sharedPrefix: boolean;
  readonly dueMs: Float64Array;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly maxTotalTokens: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
  readonly #rows: TraceRows;
  readonly #kind: Prompt['kind'];
  readonly #prose: Prose;

  constructor(spec: TraceSpec, rows: TraceRows, model: TokenModel, kind: Prompt['kind'], seed: number) {
    const facts = factsOf(rows);
    this.name = spec.name;
    this.#rows = rows;
    this.#kind = kind;
    this.#prose = new Prose(model, corpusPieces(facts.maxInputTokens), seed);
    this.singleTurns = rows.next === null;
    this.sharedPrefix = rows.runs.length > 0;
    this.dueMs = rows.firsts === null ? rows.dueMs : Float64Array.from(rows.firsts, (row) => rows.dueMs[row]!);
    this.size = this.dueMs.length;
    this.maxInputTokens = Math.max(facts.maxInputTokens, this.leastInputTokens);
    this.maxOutputTokens = facts.maxOutputTokens;
    this.maxTotalTokens = Math.max(facts.maxTotalTokens, this.leastInputTokens + 1);
    this.meanInputTokens = facts.meanInputTokens;
    this.meanOutputTokens = facts.meanOutputTokens;
  }

  *sessions(seed: number): Generator<Session, void> {
    for (let i = 0; i < this.size; i++) yield this.#session(this.#first(i), seed);
  }

  *outputTokens(): Generator<number | null, void> {
    for (let i = 0; i < this.size; i++) yield known(this.#rows.outputTokens[this.#first(i)]!);
  }

  /** Calls of lengths spread evenly over those of the trace; longer ones than `longest` are left out. */
  samples(count: number, longest: number, random: Random): Turn[] {
    const { inputTokens, prompts, size } = this.#rows;
    const rows = Int32Array.from({ length: size }, (_, row) => row).filter((row) => {
      return !prompts?.[row] && inputTokens[row]! <= longest;
    });
    if (rows.length === 0) return [];
    rows.sort((a, b) => inputTokens[a]! - inputTokens[b]!);
    const seed = random.uint32();
    const picked = Array.from({ length: count }, (_, i) => rows[Math.floor(((i + 0.5) / count) * rows.length)]!);
    return [...new Set(picked)].map((row) => this.#turn(row, seed));
  }

  /** The shortest input that can be sent: what surrounds a message, and one word. */
  get leastInputTokens(): number {
    return Math.ceil(this.#prose.model.overhead) + 1;
  }

  #first(index: number): number {
    return this.#rows.firsts?.[index] ?? index;
  }

  /** A call that follows another comes whatever became of that one: it was recorded. */
  *#session(first: number, seed: number): Generator<Turn, void, Reply> {
    const { next, delayMs } = this.#rows;
    yield this.#turn(first, seed);
    for (let row = next?.[first] ?? -1; row >= 0; row = next![row]!)
      yield { ...this.#turn(row, seed), thinkMs: delayMs![row]! };
  }

  #turn(row: number, seed: number): Turn {
    const { inputTokens, outputTokens, prompts } = this.#rows;
    const prompt = prompts?.[row] ?? null;
    const told = known(inputTokens[row]!);
    const wanted = Math.max(told ?? 0, this.leastInputTokens);
    return {
      prompt:
        prompt === null ? promptOf(this.#kind, this.#text(row, wanted, seed), null) : promptAs(this.#kind, prompt),
      inputTokens: prompt === null ? wanted : told,
      outputTokens: known(outputTokens[row]!),
      thinkMs: 0,
      keepText: false,
    };
  }

  /** Its blocks one after the other, the last one cut to the length, then text of its own. */
  #text(row: number, wanted: number, seed: number): string {
    const { blockTokens } = this.#rows;
    const prose = this.#prose;
    const close = this.#kind === 'messages';
    const texts: string[] = [];
    let left = wanted - prose.model.overhead;
    const put = (stream: string, tokens: number, last: boolean) => {
      texts.push(prose.unique(prose.draft(createRandom(seed, stream)), tokens, last));
      left -= tokens;
    };
    for (const block of blocksOf(this.#rows, row)) {
      if (left <= 0) break;
      // a whole block may go on in another prompt, a part of one ends here
      put(`block ${block}`, Math.min(left, blockTokens), close && left < blockTokens);
    }
    if (left > 0) put(`call ${row}`, left, close);
    return texts.join(' ');
  }
}

const known = (tokens: number): number | null => (tokens < 0 ? null : tokens);

interface TraceFacts {
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly maxTotalTokens: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
}

/** What the lengths of a trace add up to; text of unknown length counts a token for every four characters. */
export function factsOf({ inputTokens, outputTokens, prompts, size }: TraceRows): TraceFacts {
  let [maxInputTokens, maxOutputTokens, maxTotalTokens, inputs, outputs] = [0, 0, 0, 0, 0];
  for (let row = 0; row < size; row++) {
    const input = known(inputTokens[row]!) ?? Math.ceil(charsOf(prompts![row]!) / 4);
    const output = known(outputTokens[row]!) ?? 0;
    maxInputTokens = Math.max(maxInputTokens, input);
    maxOutputTokens = Math.max(maxOutputTokens, output);
    maxTotalTokens = Math.max(maxTotalTokens, input + output);
    inputs += input;
    outputs += output;
  }
  return {
    maxInputTokens,
    maxOutputTokens,
    maxTotalTokens,
    meanInputTokens: inputs / size,
    meanOutputTokens: outputs / size,
  };
}

function charsOf(prompt: Prompt): number {
  if (prompt.kind === 'text') return prompt.text.length;
  return prompt.messages.reduce((sum, { content }) => sum + content.length, 0);
}

/** Blocks up to which the hits of a prefix cache are worked out. */
const mostBlocks = 10_000_000;

/**
 * Share of the input that a prefix cache of any size could serve, were every call complete before the next: leading
 * blocks that a call before had; null without blocks, or with too many of them.
 */
export function cacheableShare(rows: TraceRows): number | null {
  if (rows.runs.length === 0) return null;
  const seen = new Set<number>();
  let [cacheable, all] = [0, 0];
  for (let row = 0; row < rows.size; row++) {
    const input = Math.max(0, rows.inputTokens[row]!);
    let [hit, leading] = [0, true];
    for (const block of blocksOf(rows, row)) {
      leading &&= seen.has(block);
      if (leading) hit += rows.blockTokens;
      else seen.add(block);
    }
    if (seen.size > mostBlocks) return null;
    cacheable += Math.min(hit, input);
    all += input;
  }
  return all === 0 ? null : cacheable / all;
}
