import { type Answer, answerOf, idsOf } from './answer.ts';
import type { Ask } from './ask.ts';
import { blockKeys } from './blocks.ts';
import type { Delivery } from './delivery.ts';
import { eventsBeforeFault, type FaultName } from './fault.ts';
import type { HttpReply } from './http.ts';
import type { Metrics } from './metrics.ts';
import type { Simulation } from './options.ts';
import { newSequence, type Scheduler, type Sequence } from './sequence.ts';
import { StreamDelivery } from './stream-delivery.ts';
import type { TruthLog } from './truth.ts';
import { WholeDelivery } from './whole-delivery.ts';

/** How a request ended, as the truth log says it. */
export type GenerationEnd = 'finished' | 'reset' | 'stalled' | 'truncated' | 'stream_error' | 'client_gone';

/** What every generation of a server needs. */
export interface Surroundings {
  readonly simulation: Simulation;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly truth: TruthLog | null;
  readonly fingerprint: string;
  readonly now: () => number;
  /** Unix seconds. */
  readonly created: () => number;
}

const midStream: ReadonlySet<FaultName | null> = new Set<FaultName | null>([
  'reset',
  'stall',
  'truncated',
  'stream_error',
]);

/** One accepted request from its arrival to its end: turns the scheduler's events into deliveries, faults and truth. */
export class Generation {
  readonly #around: Surroundings;
  readonly #ask: Ask;
  readonly #id: string;
  readonly #ordinal: number;
  readonly #fault: FaultName | null;
  readonly #reply: HttpReply;
  readonly #delivery: Delivery;
  readonly #answers: readonly Answer[];
  readonly #sequence: Sequence;
  readonly #arrivedMs: number;
  /** Events before the fault strikes; never, without one. */
  readonly #strikeAt: number;
  /** Whole microseconds after the arrival at which events were written. */
  readonly #eventsUs: number[] = [];
  #events = 0;
  #generated = 0;
  /** Tokens of all choices that were produced. */
  #tokens = 0;
  #lastDueMs = 0;

  constructor(
    around: Surroundings,
    ask: Ask,
    reply: HttpReply,
    facts: { id: string; ordinal: number; fault: FaultName | null; arrivedMs: number },
  ) {
    this.#around = around;
    this.#ask = ask;
    this.#reply = reply;
    this.#id = facts.id;
    this.#ordinal = facts.ordinal;
    this.#fault = facts.fault;
    this.#arrivedMs = facts.arrivedMs;
    const { simulation } = around;
    const perEvent = simulation.tokensPerEvent;
    const answers = Array.from({ length: ask.n }, (_, i) => answerOf(ask, simulation, facts.ordinal, i));
    const longest = facts.fault === 'empty_output' ? perEvent : Math.max(...answers.map((answer) => answer.tokens));
    const events = Math.ceil(longest / perEvent);
    this.#answers = facts.fault === 'empty_output' ? answers.map(withoutTokens) : answers;
    this.#strikeAt = strikeEvent(facts.fault, simulation.seed, facts.ordinal, events);
    // A stream of one event that breaks off must not have told its finish reason.
    const shown = events === 1 && midStream.has(facts.fault) ? this.#answers.map(withMoreToCome) : this.#answers;
    this.#delivery = deliveryOf(around, ask, reply, facts.id, shown);
    this.#sequence = newSequence({
      promptTokens: ask.promptIds.length,
      keys: blockKeys(ask.promptIds, ask.promptIds.length),
      width: ask.n,
      outputTokens: longest,
      arrivedMs: facts.arrivedMs,
      onTokens: (dueMs, generated) => this.#onTokens(dueMs, generated),
      finalKeys: ask.n === 1 && simulation.prefixCaching ? () => this.#finalKeys() : null,
    });
  }

  start(): void {
    const { metrics, scheduler } = this.#around;
    metrics.inFlight++;
    this.#reply.onGone = () => this.#end('client_gone', 'abort');
    this.#delivery.begin();
    scheduler.arrive(this.#sequence);
  }

  #onTokens(dueMs: number, generated: number): void {
    if (this.#events === 0) this.#onFirst(dueMs);
    else this.#around.metrics.interToken.observe((dueMs - this.#lastDueMs) / 1000);
    this.#lastDueMs = dueMs;
    if (this.#events === this.#strikeAt && this.#strike()) return;
    const before = this.#generated;
    this.#generated = generated;
    this.#count(before, generated);
    this.#stamp();
    this.#delivery.tokens(before, generated);
    this.#events++;
    if (generated < this.#sequence.outputTokens) return;
    if (this.#events === this.#strikeAt && this.#strike()) return;
    this.#delivery.finish(this.#sequence.cachedTokens);
    this.#end('finished', this.#answers[0]!.finish);
  }

  #onFirst(dueMs: number): void {
    const { metrics } = this.#around;
    metrics.prompt(this.#ask.promptIds.length, this.#sequence.cachedTokens);
    metrics.ttft.observe((dueMs - this.#arrivedMs) / 1000);
    metrics.queueTime.observe(((this.#sequence.startedMs ?? dueMs) - this.#arrivedMs) / 1000);
  }

  #count(before: number, after: number): void {
    let tokens = 0;
    for (const answer of this.#answers) {
      tokens += Math.max(0, Math.min(after, answer.tokens) - Math.min(before, answer.tokens));
    }
    this.#tokens += tokens;
    this.#around.metrics.generationTokens += tokens;
  }

  #stamp(): void {
    if (this.#around.truth === null || this.#fault === 'empty_output') return;
    this.#eventsUs.push(Math.round((this.#around.now() - this.#arrivedMs) * 1000));
  }

  /** True when the reply is over. */
  #strike(): boolean {
    switch (this.#fault) {
      case 'malformed':
        this.#delivery.malformed();
        return false;
      case 'reset':
        this.#reply.reset();
        this.#end('reset', 'abort');
        return true;
      case 'truncated':
        this.#delivery.truncate();
        this.#end('truncated', 'abort');
        return true;
      case 'stream_error':
        this.#delivery.error();
        this.#end('stream_error', 'error');
        return true;
      case 'stall':
        this.#end('stalled', 'abort');
        return true;
      default:
        return false;
    }
  }

  #end(end: GenerationEnd, finished: 'stop' | 'length' | 'abort' | 'error'): void {
    const { metrics, scheduler, truth, now } = this.#around;
    this.#reply.onGone = null;
    scheduler.abort(this.#sequence);
    metrics.inFlight--;
    metrics.end(finished, (now() - this.#arrivedMs) / 1000, this.#ask.promptIds.length, this.#tokens);
    truth?.request({
      id: this.#id,
      ordinal: this.#ordinal,
      route: this.#ask.route,
      stream: this.#ask.stream,
      receivedMs: this.#arrivedMs,
      startedMs: this.#sequence.startedMs,
      promptTokens: this.#ask.promptIds.length,
      cachedTokens: this.#sequence.cachedTokens,
      plannedTokens: this.#answers.reduce((sum, answer) => sum + answer.tokens, 0),
      outputTokens: this.#tokens,
      reasoningTokens: this.#answers.reduce((sum, answer) => sum + Math.min(answer.reasoning, this.#generated), 0),
      eventsUs: this.#eventsUs,
      endMs: now(),
      fault: this.#fault,
      end,
      status: 200,
    });
  }

  #finalKeys(): Float64Array {
    const { promptIds } = this.#ask;
    const output = idsOf(this.#answers[0]!, 0, this.#answers[0]!.tokens);
    const all = new Int32Array(promptIds.length + output.length);
    all.set(promptIds);
    all.set(output, promptIds.length);
    return blockKeys(all, all.length);
  }
}

function withoutTokens(answer: Answer): Answer {
  return { ...answer, tokens: 0, reasoning: 0, finish: 'stop' };
}

function withMoreToCome(answer: Answer): Answer {
  return { ...answer, tokens: answer.tokens + 1, finish: 'length' };
}

function strikeEvent(fault: FaultName | null, seed: number, ordinal: number, events: number): number {
  if (fault === 'malformed') return Math.min(events - 1, eventsBeforeFault(seed, ordinal, events));
  return midStream.has(fault) ? eventsBeforeFault(seed, ordinal, events) : Number.POSITIVE_INFINITY;
}

function deliveryOf(
  around: Surroundings,
  ask: Ask,
  reply: HttpReply,
  id: string,
  answers: readonly Answer[],
): Delivery {
  const { simulation, fingerprint, created } = around;
  const facts = {
    route: ask.route,
    id,
    created: created(),
    model: simulation.model,
    fingerprint,
    ask,
    answers,
    reportCached: simulation.reportCached,
    serveReasoning: simulation.reasoningShare > 0 && ask.route === 'chat',
  };
  return ask.stream ? new StreamDelivery(facts, reply) : new WholeDelivery(facts, reply);
}
