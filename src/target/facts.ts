import {
  type Channel,
  type Chunks,
  channelLetters,
  type FailureCode,
  type Flag,
  type TokensSource,
  type Usage,
} from '../record/exchange.ts';
import { UsageTally } from './usage.ts';

export interface FrameFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly body: string | null;
  /** Wait that the server asks for in the event or body itself. */
  readonly retryAfterMs: number | null;
}

/**
 * What a reply has shown so far. Protocols write here, the reception reads it at the end; nothing in it is derived.
 * Times are whole microseconds on the run's clock.
 */
export class Facts {
  // What every token touches stands first and together: with a thousand streams it comes from memory each time.
  readonly atUs: number[] = [];
  /** Count of the tokens of all events so far where the wire tells, else of the events. */
  tokenCount = 0;
  textChars = 0;
  terminated = false;
  failure: FrameFailure | null = null;
  readonly sentUs: number;
  readonly choices: number;
  /** Output tokens asked for per choice; a cumulative count above it is not believed. */
  readonly cap: number | null;
  readonly keepText: boolean;
  private source: TokensSource | null = null;
  /** Tokens that every event so far held: nearly always one, and then no list is kept. */
  private even = 0;
  /** Tokens of each event, once they differ. */
  private uneven: number[] | null = null;
  /** Cumulative usage of the only choice, or of the first. */
  private firstCumulative = 0;
  private channel: Channel | null = null;
  private readonly choiceOf: number[] | null;
  /** Usage that moved on since the tally heard of it: like this, with other counts of prompt and output. */
  private moved: Usage | null = null;
  private movedInput = -1;
  private movedOutput = -1;
  readonly flags = new Set<Flag>();
  finish: string | null = null;
  /** Usage was seen on an event that had no content yet. */
  baseline = false;
  /** Something that a reader waits for came: answer, refusal or tool call. */
  answered = false;
  /** Generated text of any kind came. */
  filled = false;
  text = '';
  /** Vectors or scores of the reply; null where it is to hold generated tokens. */
  items: number | null = null;
  private readonly tally: UsageTally;
  private readonly finishes = new Set<number>();
  private readonly toolFragments = new Map<string, { count: number; whole: boolean }>();
  /** Cumulative usage of the other choices; null with one. */
  private readonly cumulative: number[] | null;
  private readonly runLetters: string[] = [];
  private readonly runEnds: number[] = [];

  constructor(sentUs: number, choices: number, cap: number | null, keepText: boolean) {
    this.sentUs = sentUs;
    this.choices = choices;
    this.cap = cap;
    this.keepText = keepText;
    this.tally = new UsageTally(choices);
    this.cumulative = choices > 1 ? new Array(choices).fill(0) : null;
    this.choiceOf = choices > 1 ? [] : null;
  }

  /**
   * True when cumulative usage on an event without text means newly generated tokens: it does where usage rides on each
   * event, it does not where usage comes once with the finish.
   */
  rises(choice: number, cumulative: number, finishing: boolean): boolean {
    if (!(cumulative > (this.cumulativeOf(choice) ?? Infinity))) return false;
    return this.source === 'continuous_usage' || (this.atUs.length === 0 && (!finishing || this.baseline));
  }

  /**
   * One content event; `channel` null = it carried tokens but no text. The last three say how many tokens it held, by each
   * way the wire may tell it: token ids, cumulative usage so far, logprobs; -1 = this event does not say.
   */
  content(
    atUs: number,
    channel: Channel | null,
    choice: number,
    ids: number,
    cumulative: number,
    logprobs: number,
  ): void {
    if (channel !== null && channel !== this.channel) this.switchChannel(channel);
    this.choiceOf?.push(choice);
    this.count(choice, ids, cumulative, logprobs);
    this.atUs.push(atUs - this.sentUs);
  }

  /** Usage of all events so far. */
  get usage(): UsageTally {
    if (this.moved !== null) this.tally.move(this.moved, this.movedInput, this.movedOutput);
    this.moved = null;
    return this.tally;
  }

  /** As `usage.add` with one choice, at the price of three numbers: `like` with other counts of prompt and output. */
  moveUsage(like: Usage, input: number, output: number): void {
    this.moved = like;
    this.movedInput = input;
    this.movedOutput = output;
  }

  /** Vectors or scores of a reply that generates no text. */
  fillItems(count: number): void {
    this.items = count;
    this.filled = this.answered = count > 0;
  }

  /** Text of a whole reply, which has no events. */
  fill(channel: Channel): void {
    this.filled = true;
    if (channel !== 'reasoning') this.answered = true;
  }

  get finished(): number {
    return this.finishes.size;
  }

  finishChoice(reason: string, choice: number): void {
    this.finishes.add(choice);
    if (this.finish === null || choice === 0) this.finish = reason;
    if (reason === 'content_filter') this.flags.add('content_filtered');
  }

  /** `whole` = the fragment has a name and arguments at once. */
  toolFragment(call: string, whole: boolean): void {
    const seen = this.toolFragments.get(call);
    if (seen === undefined) this.toolFragments.set(call, { count: 1, whole });
    else seen.count++;
  }

  /** Flags that only the end can tell. A call that came whole in one event was long finished when it arrived. */
  closeFlags(streamed: boolean): void {
    if (this.toolFragments.size > 0) this.flags.add('tool_call');
    for (const call of this.toolFragments.values())
      if (streamed && call.whole && call.count === 1) this.flags.add('late_tool_call');
    if (!this.answered && !(this.channel === null && this.atUs.length > 0)) this.flags.add('no_answer');
  }

  fail(code: FailureCode, message: string, body: string | null = null, retryAfterMs: number | null = null): void {
    this.failure ??= { code, message, body, retryAfterMs };
  }

  chunks(): Chunks {
    const told = this.source !== null;
    return {
      atUs: this.atUs,
      tokens: told ? (this.uneven ?? new Array<number>(this.atUs.length).fill(this.even)) : null,
      tokensSource: this.source,
      channels: this.channelString(),
      choices: this.choiceOf,
    };
  }

  /** The source of the first content event must hold for all of them, or there is no timeline at all. */
  private count(choice: number, ids: number, cumulative: number, logprobs: number): void {
    if (this.atUs.length === 0) this.source = sourceOf(ids, cumulative, logprobs);
    if (this.source === null) {
      this.tokenCount++;
      return;
    }
    const tokens =
      this.source === 'token_ids' ? ids : this.source === 'logprobs' ? logprobs : this.rise(choice, cumulative);
    if (tokens < 0) {
      this.source = null;
      this.uneven = null;
      this.tokenCount = this.atUs.length + 1;
      return;
    }
    this.note(tokens);
    this.tokenCount += tokens;
  }

  private note(tokens: number): void {
    if (this.uneven !== null) this.uneven.push(tokens);
    else if (this.atUs.length === 0) this.even = tokens;
    else if (tokens !== this.even) {
      this.uneven = new Array<number>(this.atUs.length).fill(this.even);
      this.uneven.push(tokens);
    }
  }

  /** Undefined for a choice that was not asked for. */
  private cumulativeOf(choice: number): number | undefined {
    return choice === 0 ? this.firstCumulative : this.cumulative?.[choice];
  }

  private rise(choice: number, cumulative: number): number {
    if (cumulative < 0 || (this.cap !== null && cumulative > this.cap)) return -1;
    const tokens = cumulative - (this.cumulativeOf(choice) ?? cumulative + 1);
    if (choice === 0) this.firstCumulative = cumulative;
    else if (this.cumulative !== null) this.cumulative[choice] = cumulative;
    return tokens;
  }

  private switchChannel(channel: Channel): void {
    if (this.channel !== null) {
      this.runLetters.push(channelLetters[this.channel]);
      this.runEnds.push(this.atUs.length);
    }
    this.channel = channel;
    this.fill(channel);
  }

  private channelString(): string {
    if (this.runLetters.length === 0 && (this.channel ?? 'answer') === 'answer') return '';
    let text = '';
    for (let k = 0; k < this.runLetters.length; k++) text += this.runLetters[k]!.repeat(this.runEnds[k]! - text.length);
    return text + channelLetters[this.channel ?? 'answer'].repeat(this.atUs.length - text.length);
  }
}

function sourceOf(ids: number, cumulative: number, logprobs: number): TokensSource | null {
  if (ids >= 0) return 'token_ids';
  // Ollama's completions bear a usage of zeros on every event, and the counts at the end.
  if (cumulative > 0) return 'continuous_usage';
  return logprobs >= 0 ? 'logprobs' : null;
}
