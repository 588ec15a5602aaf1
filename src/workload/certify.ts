import type { Message, Prompt } from '../record/turn.ts';
import { wordGroups } from './corpus.ts';
import { openers } from './vocabulary.ts';

/** Counts prompts within a budget of calls, a few at a time. */
export class Meter {
  readonly #count: (prompt: Prompt) => Promise<number>;
  readonly #kind: Prompt['kind'];
  readonly #parallel: number;
  readonly #signal: AbortSignal | undefined;

  constructor(
    count: (prompt: Prompt) => Promise<number>,
    kind: Prompt['kind'],
    parallel: number,
    signal: AbortSignal | undefined,
  ) {
    this.#count = count;
    this.#kind = kind;
    this.#parallel = parallel;
    this.#signal = signal;
  }

  /** Tokens of one user message (or of plain text), with a system message before it where one is given. */
  async text(user: string, system: string | null = null): Promise<number> {
    return this.prompt(promptOf(this.#kind, user, system));
  }

  async prompt(prompt: Prompt): Promise<number> {
    this.#signal?.throwIfAborted();
    return this.#count(prompt);
  }

  async each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results = new Array<R>(items.length);
    let next = 0;
    const worker = async () => {
      while (next < items.length) {
        const index = next++;
        results[index] = await work(items[index]!);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#parallel, items.length) }, worker));
    return results;
  }
}

export function promptOf(kind: Prompt['kind'], user: string, system: string | null): Prompt {
  if (kind === 'text') return { kind, text: system === null ? user : `${system} ${user}` };
  const messages: Message[] = [{ role: 'user', content: user }];
  if (system !== null) messages.unshift({ role: 'system', content: system });
  return { kind, messages };
}

/** What is known to be one token: words with the space before them, and openers at the very start of a message too. */
export interface Certificate {
  readonly words: ReadonlySet<string>;
  readonly openers: readonly string[];
}

/** Calls that may go to groups not yet halved; the rest tells the words apart in groups that add too much. */
const firstRoundShare = 0.7;
/** Smaller groups that add too much are dropped: few words are lost, and many calls spared. */
const leastGroup = 4;

/**
 * Learns which words are single tokens by counting groups: no piece takes less than one token, so a group of n words
 * that adds exactly n tokens is made of single tokens only. A group that adds more is halved while the budget lasts and
 * dropped then. Text made of certified words has a known length without being counted.
 *
 * Returns null where the marks between words do not add one token each, or words do not add up at all.
 */
export async function certify(meter: Meter, group: number, budget: number): Promise<Certificate | null> {
  const base = await meter.text('The');
  const marks = 'The city, day, year. The city. The day';
  if ((await meter.text(marks)) !== base + marks.match(/\w+|[,.]/g)!.length - 1) return null;

  const spaced = (list: readonly string[]) => ['The', ...list].join(' ');
  // A line break puts a word where no space is before it, as at the start of a message; the break is one token more.
  const first = (list: readonly string[]) => ['The', ...list].join('\n');
  const shortestFirst = openers.toSorted((a, b) => a.length - b.length);
  const atStart = await pass(meter, [shortestFirst], first, base, 2, Math.max(6, budget / 10));
  const groups = [shortestFirst, ...wordGroups(group)];
  const words = await pass(meter, groups, spaced, base, 1, budget);
  return { words, openers: openers.filter((opener) => atStart.has(opener) && words.has(opener)) };
}

async function pass(
  meter: Meter,
  groups: readonly (readonly string[])[],
  form: (words: readonly string[]) => string,
  base: number,
  tokensEach: number,
  budget: number,
): Promise<Set<string>> {
  const passed = new Set<string>();
  let left = budget;
  let round = groups.slice(0, Math.ceil(budget * firstRoundShare));
  while (round.length > 0 && left > 0) {
    const now = round.slice(0, left);
    left -= now.length;
    const counts = await meter.each(now, (words) => meter.text(form(words)));
    const halves: (readonly string[])[] = [];
    now.forEach((words, i) => {
      if (counts[i] === base + tokensEach * words.length) for (const word of words) passed.add(word);
      else if (words.length >= 2 * leastGroup) {
        const middle = Math.ceil(words.length / 2);
        halves.push(words.slice(0, middle), words.slice(middle));
      }
    });
    round = halves;
  }
  return passed;
}
