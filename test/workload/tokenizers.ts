import type { Prompt } from '../../src/record/turn.ts';

/** Ways to count that real tokenizers have, each a function of the whole text. */
export type CountText = (text: string) => number;

/** Words of up to `letters` letters with the space before them are one token, longer ones one more for every `letters`. */
export const byWords =
  (letters: number): CountText =>
  (text) =>
    text.match(new RegExp(` ?\\p{L}{1,${letters}}|[^\\p{L}]`, 'gu'))?.length ?? 0;

/** Nothing adds up over words. */
export const byChars: CountText = (text) => Math.ceil(text.length / 4);

/** Around each message, and once around all: as a chat template. */
export function counter(text: CountText, perMessage = 4, fixed = 5) {
  const state = { calls: 0, count };
  async function count(prompt: Prompt): Promise<number> {
    state.calls++;
    if (prompt.kind === 'text') return text(prompt.text);
    return prompt.messages.reduce((sum, message) => sum + perMessage + text(message.content), fixed);
  }
  return state;
}
