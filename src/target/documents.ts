import type { Prompt } from '../record/turn.ts';
import { textOf } from './prompt.ts';

/** Documents that a text is cut into unless the body says otherwise. */
export const usualDocuments = 8;

export interface RankedText {
  readonly query: string;
  readonly documents: readonly string[];
}

/**
 * Makes a query and documents of one text, so that every workload can be ranked: the words in equal shares, in order, the
 * first one the query. A text with fewer words than that gives fewer documents, at least one.
 */
export function rankedText(prompt: Prompt, documents: number): RankedText {
  const words = textOf(prompt).match(/\S+\s*/g) ?? [''];
  const shares = Math.max(2, Math.min(documents + 1, words.length));
  const parts = Array.from({ length: shares }, (_, k) =>
    words.slice(Math.floor((k * words.length) / shares), Math.floor(((k + 1) * words.length) / shares)).join(''),
  );
  const filled = parts.filter((part) => part !== '');
  return { query: filled[0] ?? '', documents: filled.length > 1 ? filled.slice(1) : [filled[0] ?? ''] };
}
