import { UserError } from '../error/user-error.ts';
import { parseDistribution } from '../random/distribution.ts';
import { createRandom, deriveSeed, shuffle } from '../random/random.ts';
import type { Prompt, Reply, Session, Turn } from '../record/turn.ts';
import { type Entry, readShareGpt, readTokbenchLine } from './dataset-entry.ts';
import { checkReadable, detectFormat, elements, lines } from './dataset-file.ts';
import { lengths } from './length.ts';
import type { PreparedWorkload, WorkloadRecipe } from './recipe.ts';
import type { DatasetFormat, DatasetSpec, Workload, WorkloadDeps } from './spec.ts';

/** What vLLM's benchmark takes of ShareGPT (`vllm/benchmarks/datasets.py`), so that both ask the same prompts. */
const shareGptLimits = { leastTokens: 4, mostInput: 1024, mostTotal: 2048 };
/** Counting takes a millisecond each. */
const mostConversations = 10_000;
/** English text by a tokenizer with a large vocabulary. */
const charsPerToken = 4;

/**
 * Reads a data set: tokbench JSONL, a ShareGPT array, or lines of plain text.
 *
 * @throws UserError `no_such_file`, `bad_dataset` with file and line, `bad_distribution`
 */
export async function createDataset(spec: DatasetSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  await checkReadable(spec.file);
  if (spec.outputTokens !== null) parseDistribution(spec.outputTokens); // said before a large file is read
  const format = spec.format === 'auto' ? await detectFormat(spec.file) : spec.format;
  const countText = deps.countText ?? ((text: string) => Math.ceil(text.length / charsPerToken));
  const notes: string[] = [];
  const entries = await readEntries(spec.file, format, countText, notes);
  if (entries.length === 0) throw new UserError('bad_dataset', `${spec.file} holds no prompt that can be used.`);
  if (!deps.countText && format === 'sharegpt')
    notes.push(
      `Lengths of ${spec.file} are estimated at ${charsPerToken} characters a token; a tokenizer file makes them exact.`,
    );
  if (spec.repeat === 'loop')
    notes.push(
      `${spec.file} is asked again from its start when its ${entries.length} prompts are used up; a prefix cache will know them.`,
    );

  const tokensPerChar = deps.countText ? learnTokensPerChar(entries, deps.countText) : 1 / charsPerToken;
  const recipe: DatasetRecipe = { kind: 'dataset', spec, entries, promptKind: deps.promptKind, tokensPerChar };
  return { workload: datasetOf(recipe), recipe, lengths: null, notes };
}

type DatasetRecipe = Extract<WorkloadRecipe, { kind: 'dataset' }>;

/** The workload of a data set that was read. */
export function datasetOf({ spec, entries, promptKind, tokensPerChar }: DatasetRecipe): Workload {
  const output = spec.outputTokens === null ? null : parseDistribution(spec.outputTokens);
  const inputs = entries.map((entry) => entry.inputTokens ?? Math.ceil(textOf(entry.prompt).length * tokensPerChar));
  const outputs = entries.map((entry) => entry.outputTokens ?? 0);
  return {
    name: spec.name,
    sessions: (seed, lengthsSeed = seed) => sessions(spec, entries, output, promptKind, lengthsSeed),
    *outputTokens(seed) {
      for (const [, outputTokens] of asked(spec, entries, output, seed)) yield outputTokens;
    },
    maxInputTokens: most(inputs),
    maxOutputTokens: output?.max ?? most(outputs),
    meanInputTokens: mean(inputs),
    meanOutputTokens: output?.mean ?? mean(outputs),
    sharedPrefix: false,
    singleTurns: true,
    size: spec.repeat === 'loop' ? null : entries.length,
  };
}

async function readEntries(
  file: string,
  format: DatasetFormat,
  countText: (text: string) => number,
  notes: string[],
): Promise<Entry[]> {
  const entries: Entry[] = [];
  if (format === 'text')
    for await (const { text } of lines(file))
      entries.push({ prompt: { kind: 'text', text }, inputTokens: null, outputTokens: null });
  else if (format === 'tokbench') for await (const line of lines(file)) entries.push(readTokbenchLine(line));
  else {
    let seen = 0;
    for await (const element of elements(file)) {
      if (entries.length === mostConversations) {
        notes.push(`Only the first ${mostConversations} usable conversations of ${file} are asked.`);
        break;
      }
      seen++;
      const pair = readShareGpt(element);
      const entry = pair && shareGptEntry(pair, countText);
      if (entry) entries.push(entry);
    }
    notes.push(
      `${entries.length} of the ${seen} conversations of ${file} are asked, by the rules of vLLM's benchmark.`,
    );
  }
  return entries;
}

function shareGptEntry(pair: { question: string; answer: string }, countText: (text: string) => number): Entry | null {
  const { leastTokens, mostInput, mostTotal } = shareGptLimits;
  // A token has at least one byte and rarely more than 30 characters: no need to tokenize a whole book to drop it.
  if (pair.question.length > mostInput * 30 || pair.answer.length > mostTotal * 30) return null;
  const input = countText(pair.question);
  const output = countText(pair.answer);
  if (input < leastTokens || output < leastTokens || input > mostInput || input + output > mostTotal) return null;
  return { prompt: { kind: 'text', text: pair.question }, inputTokens: null, outputTokens: output };
}

function* sessions(
  spec: DatasetSpec,
  entries: readonly Entry[],
  output: ReturnType<typeof parseDistribution> | null,
  kind: Prompt['kind'],
  seed: number,
): Generator<Session, void> {
  for (const [entry, outputTokens] of asked(spec, entries, output, seed)) {
    yield single({
      prompt: promptAs(kind, entry.prompt),
      inputTokens: entry.inputTokens,
      outputTokens,
      thinkMs: 0,
      keepText: false,
    });
  }
}

/** Entries in the order in which they are asked, with the output length of each. */
function* asked(
  spec: DatasetSpec,
  entries: readonly Entry[],
  output: ReturnType<typeof parseDistribution> | null,
  seed: number,
): Generator<readonly [Entry, number | null], void> {
  const drawn = output && lengths(output, createRandom(seed, 'output'));
  for (let round = 0; round === 0 || spec.repeat === 'loop'; round++) {
    const order = Int32Array.from(entries, (_, i) => i);
    if (spec.order === 'shuffled') shuffle(order, createRandom(deriveSeed(seed, round), 'order'));
    for (const index of order) {
      const entry = entries[index]!;
      yield [entry, drawn ? Math.max(1, drawn.next().value) : entry.outputTokens];
    }
  }
}

function* single(turn: Turn): Generator<Turn, void, Reply> {
  yield turn;
}

/** A prompt as the protocol takes it. */
export function promptAs(kind: Prompt['kind'], prompt: Prompt): Prompt {
  if (prompt.kind === kind) return prompt;
  if (prompt.kind === 'text') return { kind: 'messages', messages: [{ role: 'user', content: prompt.text }] };
  return { kind: 'text', text: textOf(prompt) };
}

function textOf(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map((message) => message.content).join('\n');
}

/** Learnt from some of the entries: tokenizing a large data set takes minutes. */
function learnTokensPerChar(entries: readonly Entry[], countText: (text: string) => number): number {
  const texts = entries.slice(0, 200).map((entry) => textOf(entry.prompt).slice(0, 20_000));
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  return texts.reduce((sum, text) => sum + countText(text), 0) / Math.max(1, chars);
}

const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
