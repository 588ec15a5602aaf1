import { type Distribution, parseDistribution } from '../random/distribution.ts';
import { createRandom, deriveSeed, type Random } from '../random/random.ts';
import type { Message, Prompt, Reply, Session, Turn } from '../record/turn.ts';
import { promptOf } from './certify.ts';
import { lengths } from './length.ts';
import { corpusPieces, type Draft, Prose } from './prose.ts';
import type { SyntheticSpec, Workload } from './spec.ts';
import type { TokenModel } from './token-model.ts';

/** Tokens that a prompt keeps for its own text behind a shared prefix. */
const leastOwnTokens = 8;

/** A spec with its distributions read. */
export interface SyntheticShape {
  readonly input: Distribution;
  readonly output: Distribution;
  readonly turns: Distribution;
  readonly turnInput: Distribution;
  readonly think: Distribution;
}

/** @throws UserError `bad_distribution` */
export function shapeOf(spec: SyntheticSpec): SyntheticShape {
  const { conversation } = spec;
  return {
    input: parseDistribution(spec.inputTokens),
    output: parseDistribution(spec.outputTokens),
    turns: parseDistribution(conversation?.turns ?? 1),
    turnInput: parseDistribution(conversation?.turnInputTokens ?? 1),
    think: parseDistribution(conversation?.thinkTimeMs ?? 0),
  };
}

/**
 * Mean input of a request: its session's first prompt, and for each turn before it an answer, a question and what the
 * chat template puts between them.
 */
export function meanInputTokensOf(
  { input, output, turns, turnInput }: SyntheticShape,
  { leastTokens, turnOverhead }: { readonly leastTokens: number; readonly turnOverhead: number },
): number {
  const perTurn = output.mean + turnInput.mean + turnOverhead;
  return Math.max(input.mean, leastTokens) + meanTurnsBefore(turns) * perTurn;
}

const parts = 1000;

/** Turns before a request, over all requests: a long session has more of them, and they are later ones. */
function meanTurnsBefore(turns: Distribution): number {
  let [requests, before] = [0, 0];
  for (let i = 0; i < parts; i++) {
    const count = Math.max(1, Math.floor(turns.quantile((i + 0.5) / parts)));
    requests += count;
    before += (count * (count - 1)) / 2;
  }
  return before / requests;
}

/** Made-up sessions of the lengths that a spec asks for, as `model` counts them. */
export class Synthetic implements Workload {
  readonly name: string;
  readonly size = null;
  readonly sharedPrefix: boolean;
  readonly singleTurns: boolean;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly meanInputTokens: number;
  readonly meanOutputTokens: number;
  readonly #spec: SyntheticSpec;
  readonly #shape: SyntheticShape;
  readonly #kind: Prompt['kind'];
  readonly #prose: Prose;

  constructor(spec: SyntheticSpec, shape: SyntheticShape, model: TokenModel, kind: Prompt['kind'], seed: number) {
    const { input, output, turns, turnInput } = shape;
    this.#spec = spec;
    this.#shape = shape;
    this.#kind = kind;
    this.#prose = new Prose(model, corpusPieces(input.max), seed);
    this.name = spec.name;
    this.sharedPrefix = spec.sharedPrefix !== null;
    this.singleTurns = spec.conversation === null;
    // A later turn repeats all before it: the first prompt, and for each turn between an answer and a question more.
    const turnOverhead = model.overhead;
    this.maxInputTokens =
      Math.max(input.max, this.leastInputTokens) + (turns.max - 1) * (output.max + turnInput.max + turnOverhead);
    this.maxOutputTokens = output.max;
    this.meanInputTokens = meanInputTokensOf(shape, { leastTokens: this.leastInputTokens, turnOverhead });
    this.meanOutputTokens = output.mean;
  }

  *sessions(seed: number, lengthsSeed = seed): Generator<Session, void> {
    const { input, output, turns } = this.#shape;
    const inputs = lengths(input, createRandom(lengthsSeed, 'input'));
    const outputs = lengths(output, createRandom(lengthsSeed, 'output'));
    const turnCounts = lengths(turns, createRandom(lengthsSeed, 'turns'));
    const text = createRandom(seed, 'text');
    const groups = this.#spec.sharedPrefix?.groups ?? 0;
    const prefixes = Array.from({ length: groups }, (_, i) => this.#prose.draft(createRandom(seed, `prefix ${i}`)));
    for (let index = 0; ; index++) {
      const draft = this.#prose.draft(text);
      const prefix = prefixes[index % groups] ?? null;
      const first = { draft, prefix, input: inputs.next().value, output: outputs.next().value };
      const turnCount = Math.max(1, turnCounts.next().value);
      const seeds = [deriveSeed(seed, 'session', index), deriveSeed(lengthsSeed, 'session', index)] as const;
      yield this.#session(first, turnCount, seeds);
    }
  }

  *outputTokens(lengthsSeed: number): Generator<number, void> {
    for (const tokens of lengths(this.#shape.output, createRandom(lengthsSeed, 'output'))) yield Math.max(1, tokens);
  }

  /** First turns of lengths spread evenly over the distribution, none longer than `longest`. */
  samples(count: number, longest: number, random: Random): Turn[] {
    const { input } = this.#shape;
    return Array.from({ length: count }, (_, i) => {
      const prefix = this.sharedPrefix ? this.#prose.draft(random) : null;
      const tokens = Math.min(longest, input.quantile((i + 0.5) / count));
      return this.first(this.#prose.draft(random), prefix, tokens, 1);
    });
  }

  /** The first turn of a session; its `inputTokens` is what was wanted, or the least that the template allows. */
  first(
    draft: Draft,
    prefix: Draft | null,
    input: number,
    output: number,
  ): Turn & { system: string | null; user: string } {
    const { model } = this.#prose;
    const wanted = Math.max(input, this.leastInputTokens);
    const prefixTokens = prefix === null ? 0 : this.#prefixTokens(wanted);
    const system = prefixTokens > 0 ? this.#prose.plain(prefix!, prefixTokens) : null;
    const own = wanted - prefixTokens - (system === null ? model.overhead : model.systemOverhead);
    const user = this.#prose.unique(draft, own, this.#kind === 'messages');
    return {
      prompt: promptOf(this.#kind, user, system),
      inputTokens: wanted,
      outputTokens: Math.max(1, output),
      thinkMs: 0,
      keepText: false,
      system,
      user,
    };
  }

  /** The shortest input that can be sent: what surrounds a message, and one word. */
  get leastInputTokens(): number {
    return Math.ceil(this.#prose.model.overhead) + 1;
  }

  #prefixTokens(wanted: number): number {
    const { length } = this.#spec.sharedPrefix!;
    const asked = 'tokens' in length ? length.tokens : Math.round(length.share * wanted);
    const room = wanted - this.#prose.model.systemOverhead - leastOwnTokens;
    return Math.max(0, Math.min(asked, room));
  }

  *#session(
    start: { draft: Draft; prefix: Draft | null; input: number; output: number },
    turnCount: number,
    [seed, lengthsSeed]: readonly [number, number],
  ): Generator<Turn, void, Reply> {
    const { system, user, ...turn } = this.first(start.draft, start.prefix, start.input, start.output);
    let reply: Reply = yield { ...turn, keepText: turnCount > 1 };
    if (turnCount === 1) return;

    const { output, turnInput, think } = this.#shape;
    const text = createRandom(seed, 'turns');
    const random = createRandom(lengthsSeed, 'lengths');
    const history: Message[] = system === null ? [] : [{ role: 'system', content: system }];
    history.push({ role: 'user', content: user });
    for (let index = 1; index < turnCount; index++) {
      if (!reply.ok) return; // a conversation ends where it broke
      const question = this.#prose.plain(this.#prose.draft(text), Math.max(1, turnInput.sample(random)));
      // Some servers refuse an empty message; a model may well answer with nothing.
      history.push({ role: 'assistant', content: reply.text || 'No answer.' }, { role: 'user', content: question });
      reply = yield {
        prompt: this.#conversation(history),
        inputTokens: null, // what the model answered before is part of it
        outputTokens: Math.max(1, output.sample(random)),
        thinkMs: think.sample(random),
        keepText: index < turnCount - 1,
      };
    }
  }

  #conversation(history: readonly Message[]): Prompt {
    if (this.#kind === 'messages') return { kind: 'messages', messages: [...history] };
    return { kind: 'text', text: history.map((message) => message.content).join('\n') };
  }
}
