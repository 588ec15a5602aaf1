import { createClock } from '../clock/clock.ts';
import type { RateLimit } from '../record/exchange.ts';
import type { Turn } from '../record/turn.ts';
import { createTarget } from '../target/create.ts';
import { protocolNamed } from '../target/protocols.ts';
import type { Received, Target, TargetOptions } from '../target/target.ts';

/** Where the time of one token goes, ms. */
export interface RoundTrip {
  /** Null where no name had to be looked up. */
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the first byte of the request to the first token, with the connection opened on the way. */
  readonly firstMs: number;
  /** The same on an open connection. */
  readonly againMs: number;
  /** `againMs` less one round trip of the network, as long as opening the connection took. */
  readonly serverMs: number;
}

/** What small generations show of a model; null = not tried, or nothing to be told from. */
export interface Trials {
  readonly roundTrip: RoundTrip | null;
  /** The same seed gives the same text and another seed another. */
  readonly seeds: boolean | null;
  /** It answers with a call where a tool must be called. */
  readonly toolCalls: boolean | null;
  /** The second of two equal prompts is reported as cached. */
  readonly prefixCache: boolean | null;
  /** Rate limits that the replies stated. */
  readonly limits: readonly RateLimit[];
  /** Tokens that the trials took, as far as usage says. */
  readonly tokens: number;
  readonly reasons: readonly string[];
}

export type TrialTarget = Omit<TargetOptions, 'clock' | 'body' | 'stream' | 'limits'> & {
  readonly body: TargetOptions['body'];
};

const limits = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 120_000 };
const shortTokens = 16;
/** Caches work in blocks; OpenAI's begins at 1,024 tokens. */
const cachedWords = 1_400;

/** Tries what a protocol's own routes do not tell. A trial that fails is a reason, not an error. */
export async function tryModel(options: TrialTarget): Promise<Trials> {
  const session = new Session(options);
  const { output } = protocolNamed(options.protocol);
  try {
    const roundTrip = await session.roundTrip();
    const generates = output === 'tokens' && roundTrip !== null;
    const openai = options.protocol === 'openai-chat' || options.protocol === 'azure';
    return {
      roundTrip,
      seeds: generates && options.protocol.startsWith('openai-c') ? await session.seeds() : null,
      toolCalls: generates && openai ? await session.toolCalls() : null,
      prefixCache: generates ? await session.prefixCache() : null,
      limits: session.limits,
      tokens: session.tokens,
      reasons: session.reasons,
    };
  } finally {
    session.close();
  }
}

class Session {
  limits: readonly RateLimit[] = [];
  tokens = 0;
  readonly reasons: string[] = [];
  readonly #options: TrialTarget;
  readonly #clock = createClock();
  readonly #targets: Target[] = [];

  constructor(options: TrialTarget) {
    this.#options = options;
  }

  close(): void {
    for (const target of this.#targets) target.close();
  }

  async roundTrip(): Promise<RoundTrip | null> {
    const target = this.#target({});
    const first = await this.#ask(target, 'Say yes.', shortTokens);
    const again = await this.#ask(target, 'Say no.', shortTokens);
    const [firstMs, againMs] = [firstTokenMs(first), firstTokenMs(again)];
    if (firstMs === null || againMs === null) {
      this.reasons.push(
        `One token's round trip could not be timed: ${whyNot(first) ?? whyNot(again) ?? 'no token came'}.`,
      );
      return null;
    }
    const { dnsMs = null, connectMs = null, tlsMs = null } = first.connection ?? {};
    const serverMs = Math.max(0, againMs - (connectMs ?? 0));
    return { dnsMs, connectMs, tlsMs, firstMs: round(firstMs), againMs: round(againMs), serverMs: round(serverMs) };
  }

  async seeds(): Promise<boolean | null> {
    const texts: string[] = [];
    for (const seed of [7, 7, 8]) {
      const target = this.#target({ seed, temperature: 1 });
      const reply = await this.#ask(target, 'Invent three unusual names for a boat.', 2 * shortTokens);
      const problem = whyNot(reply);
      if (problem !== null) return this.#without('Seeds were not tried out', problem);
      texts.push(reply.text);
    }
    const [one, same, other] = texts;
    if (one === same && one === other)
      return this.#without('Seeds cannot be told from', 'every seed gave the same text');
    return one === same;
  }

  async toolCalls(): Promise<boolean | null> {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [
      { type: 'function', function: { name: 'get_weather', description: 'Weather of a city', parameters } },
    ];
    const target = this.#target({ tools, tool_choice: 'required' });
    const reply = await this.#ask(target, 'What is the weather in Oslo?', 8 * shortTokens);
    if (reply.flags.includes('tool_call')) return true;
    const { outcome } = reply;
    if (outcome.state === 'failed' && (outcome.status === null || outcome.status >= 429))
      return this.#without('Tool calls were not tried out', whyNot(reply)!);
    return false;
  }

  async prefixCache(): Promise<boolean | null> {
    const { contextTokens } = this.#options.features;
    // a word of the made-up text is up to three tokens
    const words = Math.min(cachedWords, contextTokens === null ? cachedWords : Math.floor((contextTokens - 100) / 3));
    if (words < 64) return this.#without('The prefix cache was not tried out', 'the context is too small');
    const nonce = Math.random().toString(36).slice(2); // no earlier probe must have filled the cache
    const text = `${nonce} ${Array.from({ length: words }, (_, i) => wordAt(i)).join(' ')}\nSay yes.`;
    const target = this.#target({});
    const first = await this.#ask(target, text, shortTokens);
    const again = await this.#ask(target, text, shortTokens);
    const problem = whyNot(first) ?? whyNot(again);
    if (problem !== null) return this.#without('The prefix cache was not tried out', problem);
    const cached = again.usage?.inputCached ?? null;
    if (cached === null) return this.#without('The prefix cache cannot be told', 'usage does not report cached tokens');
    return cached > 0;
  }

  #target(body: Record<string, unknown>): Target {
    const { body: own } = this.#options;
    const forced = { ...this.#options, forceLength: false, stream: true, limits, clock: this.#clock };
    const target = createTarget({ ...forced, body: { ...own, ...body } });
    this.#targets.push(target);
    return target;
  }

  async #ask(target: Target, text: string, outputTokens: number): Promise<Received> {
    const { promptKind } = protocolNamed(this.#options.protocol);
    const prompt: Turn['prompt'] =
      promptKind === 'text'
        ? { kind: 'text', text }
        : { kind: 'messages', messages: [{ role: 'user', content: text }] };
    const prepared = target.prepare({ prompt, inputTokens: null, outputTokens, thinkMs: 0, keepText: true });
    const received = await target.send(prepared).received;
    this.limits = received.limits ?? this.limits;
    this.tokens += (received.usage?.input ?? 0) + (received.usage?.output ?? 0);
    return received;
  }

  #without(what: string, why: string): null {
    this.reasons.push(`${what}: ${why.replace(/\.$/, '')}.`);
    return null;
  }
}

/** From the request's first byte to the first token; of a reply without a stream, or without tokens, to its end. */
function firstTokenMs({ chunks, outcome, sentMs, endMs }: Received): number | null {
  if (outcome.state !== 'ok' || sentMs === null) return null;
  const firstUs = chunks.atUs[0];
  return firstUs === undefined ? endMs - sentMs : firstUs / 1000;
}

function whyNot({ outcome }: Received): string | null {
  if (outcome.state === 'ok') return null;
  return outcome.state === 'failed' ? outcome.message : 'it was interrupted';
}

const syllables = ['ka', 'lo', 'mi', 're', 'su', 'ta', 'vo', 'ne'];
const wordAt = (i: number) =>
  syllables[i % 8]! + syllables[Math.floor(i / 8) % 8]! + syllables[Math.floor(i / 64) % 8]!;
const round = (ms: number) => Math.round(ms * 1000) / 1000;
