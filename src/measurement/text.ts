import type { Exchange } from '../record/exchange.ts';
import { round } from './number.ts';
import type { TextSummary } from './summary.ts';
import { countTokens } from './tokens.ts';

/** Generated text of the successes in characters: a length that every tokenizer agrees on. */
export class TextTally {
  #requests = 0;
  #chars = 0;
  /** Of the replies that have both. */
  #charsWithTokens = 0;
  #tokens = 0;

  add(exchange: Exchange): void {
    if (exchange.outcome.state !== 'ok') return;
    this.#requests++;
    this.#chars += exchange.textChars;
    const output = exchange.usage?.output ?? countTokens(exchange).output;
    if (output === null || output === 0 || exchange.textChars === 0) return;
    this.#charsWithTokens += exchange.textChars;
    this.#tokens += output;
  }

  /** @param tokensPerS output tokens per second of the window */
  summary(tokensPerS: number | null): TextSummary {
    const charsPerToken = this.#tokens === 0 ? null : this.#charsWithTokens / this.#tokens;
    return {
      chars: this.#chars,
      meanChars: this.#requests === 0 ? null : round(this.#chars / this.#requests),
      charsPerToken: charsPerToken === null ? null : round(charsPerToken),
      charsPerS: charsPerToken === null || tokensPerS === null ? null : round(charsPerToken * tokensPerS),
    };
  }
}
