import type { Facts } from './facts.ts';
import { characters } from './openai-frame.ts';

/**
 * The text of a reply whose events hold either all of it so far or what is new, which the API leaves to a setting of the
 * server: as long as every event begins with all of the one before, it is all of it so far.
 */
export class RunningText {
  private readonly facts: Facts;
  private last = '';
  private lastChars = 0;
  /** Had every event been new text. */
  private sumChars = 0;
  private joined = '';
  private cumulative = true;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  /** Takes the text of one event; returns true when it brought any that is new. */
  take(text: string): boolean {
    const { facts, last } = this;
    const grows = this.cumulative && text.startsWith(last);
    const chars = grows ? this.lastChars + characters(text.slice(last.length)) : characters(text);
    this.cumulative = grows;
    this.sumChars += chars;
    this.last = text;
    this.lastChars = chars;
    facts.textChars = grows ? chars : this.sumChars;
    if (facts.keepText) {
      this.joined += text;
      facts.text = grows ? text : this.joined;
    }
    return grows ? text.length > last.length : text !== '';
  }
}
