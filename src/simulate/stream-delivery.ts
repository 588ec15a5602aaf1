import { type Answer, idsOf, textOf } from './answer.ts';
import { type Delivery, type DeliveryFacts, failedInside, finalUsage } from './delivery.ts';
import type { HttpReply } from './http.ts';
import { chunk, doneChunk, type FrameExtras, Frames, logprobsJson, noExtras, usageJson } from './wire.ts';

/** Server-sent events: one socket write for all choices of an event. */
export class StreamDelivery implements Delivery {
  readonly #facts: DeliveryFacts;
  readonly #reply: HttpReply;
  readonly #frames: Frames;
  /** Chunks that go out with the next ones: the roles before the first tokens, the last tokens before usage. */
  #held = '';
  #began = false;
  /** Nothing asked for but text: the common case. */
  readonly #plain: boolean;

  constructor(facts: DeliveryFacts, reply: HttpReply) {
    this.#facts = facts;
    this.#reply = reply;
    this.#frames = new Frames(facts);
    const { ask } = facts;
    this.#plain = !ask.continuousUsage && !ask.tokenIds && ask.logprobs === null;
  }

  begin(): void {
    this.#reply.open(200, 'content-type: text/event-stream; charset=utf-8\r\n');
  }

  tokens(before: number, after: number): void {
    if (!this.#began) this.#roles();
    const { answers } = this.#facts;
    let out = this.#held;
    this.#held = '';
    let left = false;
    for (let choice = 0; choice < answers.length; choice++) {
      const answer = answers[choice]!;
      const to = Math.min(after, answer.tokens);
      if (to > before) out += this.#frame(choice, answer, before, to, after);
      if (after < answer.tokens) left = true;
    }
    if (left) this.#reply.write(out);
    else this.#held = out;
  }

  finish(cachedTokens: number): void {
    if (!this.#began) this.#roles();
    if (this.#facts.answers.every((answer) => answer.tokens === 0)) this.#held += this.#emptyEnd();
    const usage = this.#facts.ask.includeUsage ? this.#frames.usage(finalUsage(this.#facts, cachedTokens, false)) : '';
    this.#reply.end(`${this.#held}${usage}${doneChunk}`);
  }

  malformed(): void {
    this.#reply.write(this.#take() + this.#frames.broken(0));
  }

  error(): void {
    this.#reply.end(`${this.#take()}${chunk(`data: ${failedInside.body}\n\n`)}${doneChunk}`);
  }

  truncate(): void {
    this.#reply.breakOff(this.#take());
  }

  #take(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  #roles(): void {
    this.#began = true;
    const { ask, answers, route } = this.#facts;
    if (route !== 'chat') return;
    const usage = ask.continuousUsage ? this.#continuousUsage(0) : null;
    const ids = ask.tokenIds ? `[${ask.promptIds.join(',')}]` : null;
    for (let choice = 0; choice < answers.length; choice++) this.#held += this.#frames.role(choice, usage, ids);
  }

  #frame(choice: number, answer: Answer, from: number, to: number, after: number): string {
    const reasoning = from < answer.reasoning;
    const text = textOf(answer, from, to);
    const last = to === answer.tokens;
    const extras = this.#plain && !last ? noExtras : this.#extras(answer, from, to, last, after);
    return this.#frames.tokens(choice, reasoning, text, extras);
  }

  #extras(answer: Answer, from: number, to: number, last: boolean, after: number): FrameExtras {
    const { ask, answers, route } = this.#facts;
    return {
      finish: last ? answer.finish : null,
      ids: ask.tokenIds ? `[${idsOf(answer, from, to).join(',')}]` : null,
      logprobs: ask.logprobs === null ? null : logprobsJson(route, answer, from, to, ask.logprobs),
      usage: ask.continuousUsage ? this.#continuousUsage(to) : null,
      promptIds: ask.tokenIds && from === 0 ? `[${ask.promptIds.join(',')}]` : null,
      // vLLM puts the fingerprint on the last event: the usage, or else the last with a choice.
      fingerprint: last && !ask.includeUsage && answers.every((other) => after >= other.tokens),
    };
  }

  #continuousUsage(completion: number): string {
    return usageJson(this.#facts.ask.promptIds.length, completion, ',"completion_tokens_details":null');
  }

  #emptyEnd(): string {
    const extras = { ...noExtras, finish: 'stop', fingerprint: !this.#facts.ask.includeUsage };
    return this.#facts.answers.map((_, choice) => this.#frames.tokens(choice, false, '', extras)).join('');
  }
}
