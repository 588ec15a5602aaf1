import type { Random } from '../random/random.ts';
import {
  adjectives,
  adverbs,
  baseVerbs,
  conjunctions,
  determiners,
  massNouns,
  modals,
  nouns,
  openers,
  pastVerbs,
  plural,
  pluralDeterminers,
  prepositions,
} from './vocabulary.ts';

const wordClasses = {
  determiners,
  pluralDeterminers,
  conjunctions,
  modals,
  prepositions,
  nouns,
  plurals: nouns.map(plural),
  massNouns,
  pastVerbs,
  baseVerbs,
  adjectives,
  adverbs,
} as const;
type WordClass = keyof typeof wordClasses;
const classNames = Object.keys(wordClasses) as WordClass[];

/** The words that text is made of, by part of speech. Openers carry a capital, all other words are lower case. */
export type Lexicon = Readonly<Record<WordClass, readonly string[]>> & { readonly openers: readonly string[] };

export const lexicon: Lexicon = { ...wordClasses, openers };

/** Every class with its shorter words first: shorter words are the likelier single tokens. */
export function wordGroups(size: number): string[][] {
  const lists = classNames.map((name) => [...new Set(wordClasses[name])].sort((a, b) => a.length - b.length));
  const groups: string[][] = [];
  for (let from = 0; lists.some((list) => from < list.length); from += size)
    for (const list of lists) if (from < list.length) groups.push(list.slice(from, from + size));
  return groups;
}

/** The lexicon with only those words that `keep` accepts; null when too little is left to make sentences of. */
export function restrict(keep: (word: string) => boolean, keptOpeners: readonly string[]): Lexicon | null {
  const kept = Object.fromEntries(classNames.map((name) => [name, wordClasses[name].filter(keep)]));
  const result = { ...kept, openers: keptOpeners } as Lexicon;
  const enough = classNames.every((name) => result[name].length >= 3) && keptOpeners.length >= 4;
  return enough && result.nouns.length + result.plurals.length >= 64 ? result : null;
}

/** A long text and where each of its pieces (a word with the space before it, or a punctuation mark) ends. */
export interface Corpus {
  readonly text: string;
  /** Offset in `text` behind piece i. */
  readonly ends: Int32Array;
  /** Pieces at which a sentence starts. */
  readonly starts: Int32Array;
}

/** Writes plausible, endless prose: at least `pieces` pieces of it, ending with a whole sentence. */
export function writeCorpus(words: Lexicon, pieces: number, random: Random): Corpus {
  const parts: string[] = [];
  const starts: number[] = [];
  const speaker = new Speaker(words, random, parts);
  while (parts.length < pieces) {
    starts.push(parts.length);
    speaker.sentence();
  }
  const ends = new Int32Array(parts.length);
  let end = 0;
  for (let i = 0; i < parts.length; i++) ends[i] = end += parts[i]!.length;
  return { text: parts.join(''), ends, starts: Int32Array.from(starts) };
}

/** Which part of speech an opener is, so that the sentence agrees with it. */
type OpenerKind = 'singular' | 'plural' | 'preposition' | 'conjunction' | 'adverb' | 'adjective';

function openerKind(opener: string): OpenerKind {
  const word = opener.toLowerCase();
  if (pluralDeterminers.includes(word) && !determiners.includes(word)) return 'plural';
  if (determiners.includes(word)) return 'singular';
  if (prepositions.includes(word)) return 'preposition';
  if (conjunctions.includes(word)) return 'conjunction';
  return adjectives.includes(word) ? 'adjective' : 'adverb';
}

/** Says sentences by a small grammar; each rule appends its pieces. */
class Speaker {
  readonly #words: Lexicon;
  readonly #random: Random;
  readonly #parts: string[];
  readonly #openers: readonly { readonly text: string; readonly kind: OpenerKind }[];

  constructor(words: Lexicon, random: Random, parts: string[]) {
    this.#words = words;
    this.#random = random;
    this.#parts = parts;
    this.#openers = words.openers.map((text) => ({ text, kind: openerKind(text) }));
  }

  sentence(): void {
    const opener = this.#openers[this.#random.below(this.#openers.length)]!;
    this.#parts.push(` ${opener.text}`);
    switch (opener.kind) {
      case 'singular':
        this.#describedNoun('nouns');
        break;
      case 'plural':
      case 'adjective':
        this.#describedNoun('plurals');
        break;
      case 'preposition':
        this.#nounPhrase();
        this.#mark(',');
        this.#nounPhrase();
        break;
      case 'conjunction':
        this.#clause();
        this.#mark(',');
        this.#nounPhrase();
        break;
      case 'adverb':
        this.#nounPhrase();
    }
    this.#predicate();
    if (this.#chance(0.3)) {
      this.#mark(',');
      this.#word('conjunctions');
      this.#clause();
    }
    this.#mark('.');
  }

  #clause(): void {
    this.#nounPhrase();
    this.#predicate();
  }

  #predicate(): void {
    if (this.#chance(0.2)) this.#word('adverbs');
    if (this.#chance(0.3)) {
      this.#word('modals');
      this.#word('baseVerbs');
    } else this.#word('pastVerbs');
    this.#nounPhrase();
    if (this.#chance(0.5)) {
      this.#word('prepositions');
      this.#nounPhrase();
    }
  }

  #nounPhrase(): void {
    const kind = this.#random.next();
    if (kind < 0.15) {
      if (this.#chance(0.4)) this.#word('adjectives');
      this.#word('massNouns');
    } else if (kind < 0.6) {
      this.#word('determiners');
      this.#describedNoun('nouns');
    } else {
      this.#word('pluralDeterminers');
      this.#describedNoun('plurals');
    }
  }

  #describedNoun(number: 'nouns' | 'plurals'): void {
    if (this.#chance(0.5)) this.#word('adjectives');
    this.#word(number);
  }

  #word(kind: WordClass): void {
    const list = this.#words[kind];
    this.#parts.push(` ${list[this.#random.below(list.length)]!}`);
  }

  #mark(mark: ',' | '.'): void {
    this.#parts.push(mark);
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }
}
