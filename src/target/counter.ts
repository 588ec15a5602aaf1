import { UserError } from '../error/user-error.ts';
import type { LengthRecord } from '../record/run.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import type { Prompt, Turn } from '../record/turn.ts';
import { parseAddress } from './address.ts';
import type { Json } from './answers.ts';
import { createAsker } from './ask.ts';
import type { Asker, AskOptions } from './asker.ts';
import { routeCount } from './counting.ts';
import { Facts } from './facts.ts';
import type { Protocol } from './protocol.ts';
import { protocolNamed } from './protocols.ts';

export interface CounterOptions extends AskOptions {
  readonly model: string;
  readonly identity: ServerIdentity;
  readonly features: ServerFeatures;
  /** Default `openai-chat`. */
  readonly protocol?: string;
}

/** Counts prompts as the server does, template included. */
export interface Counter {
  /** What a count costs: `tokenize` a cheap request, `usage` a generation of one token. */
  readonly method: Extract<LengthRecord['method'], 'tokenize' | 'usage'>;
  /** @throws UserError `count_failed` */
  count(prompt: Prompt): Promise<number>;
  close(): void;
}

const limitMs = 60_000;

/**
 * A counter over the server's tokenize or counting route where it has one that agrees with its own `usage`, tried on one
 * prompt; else over the `usage` of generations of one token. Null when neither counts.
 */
export async function createCounter(options: CounterOptions): Promise<Counter | null> {
  const protocol = protocolNamed(options.protocol ?? 'openai-chat');
  const { promptKind } = protocol;
  const asker = createAsker({ timeoutMs: limitMs, ...options });
  const byUsage = (prompt: Prompt) => usageCount(asker, options, protocol, prompt);
  const byTokenize = routeCount(asker, options, protocol) ?? tokenizeCount(asker, options, promptKind);
  const text = 'Which of the old bridges crossed the river near our town?';
  const probe: Prompt =
    promptKind === 'text' ? { kind: 'text', text } : { kind: 'messages', messages: [{ role: 'user', content: text }] };
  const [used, tokenized] = await Promise.all([
    byUsage(probe).catch(() => null),
    byTokenize === null ? null : byTokenize(probe).catch(() => null),
  ]);
  const close = () => asker.close();
  if (byTokenize !== null && tokenized !== null && (used === null || used === tokenized))
    return { method: 'tokenize', count: byTokenize, close };
  if (used !== null) return { method: 'usage', count: byUsage, close };
  close();
  return null;
}

type Count = (prompt: Prompt) => Promise<number>;

/** Null where the server cannot tokenize this kind of prompt. */
function tokenizeCount(
  asker: Asker,
  { features, identity, model }: CounterOptions,
  promptKind: Prompt['kind'],
): Count | null {
  const { tokenize } = features;
  if (tokenize === null) return null;
  const post = async (path: string, body: Json) => answerOf(await asker.ask({ path, body }));
  if (tokenize.field === 'content') {
    // llama.cpp: the server tokenizes a chat as it tokenizes this text, special tokens parsed.
    if (promptKind === 'messages' && identity.name !== 'llamacpp') return null;
    return async (prompt) => {
      const applied = prompt.kind === 'text' ? null : await post('/apply-template', { messages: prompt.messages });
      const content = prompt.kind === 'text' ? prompt.text : applied?.['prompt'];
      const { tokens } = await post(tokenize.path, { content, add_special: true, parse_special: true });
      return Array.isArray(tokens) ? tokens.length : uncounted('its tokenize route gave no tokens');
    };
  }
  if (promptKind === 'messages' && !tokenize.chat) return null;
  return async (prompt) => {
    const input =
      prompt.kind === 'text' ? { prompt: prompt.text } : { messages: prompt.messages, add_generation_prompt: true };
    const { count } = await post(tokenize.path, { model, ...input });
    return typeof count === 'number' ? count : uncounted('its tokenize route gave no count');
  };
}

/** The shortest replies to ask for: some APIs refuse less than 16 tokens. */
const shortest = [1, 16] as const;

/** By the shortest whole reply, read as the protocol reads every reply. */
async function usageCount(
  asker: Asker,
  { url, model, features }: CounterOptions,
  protocol: Protocol,
  prompt: Prompt,
): Promise<number> {
  const address = parseAddress(url, protocol.apiPath);
  const path = protocol.route({ address, model, stream: false });
  const ask = (outputTokens: number) => {
    const turn: Turn = { prompt, inputTokens: null, outputTokens, thinkMs: 0, keepText: false };
    return asker.ask({
      path,
      body: protocol.body(turn, { model, features, stream: false, forceLength: false, body: {} }),
    });
  };
  const first = await ask(shortest[0]);
  const reply = answerOf(first.status === 400 ? await ask(shortest[1]) : first);
  const facts = new Facts(0, 1, null, false);
  protocol.readWhole(reply, facts);
  const count = facts.usage.result()?.input ?? 0;
  return count > 0 ? count : uncounted('its reply has no usage');
}

function answerOf(answer: { readonly status: number; readonly text: string; readonly json: unknown }): Json {
  if (answer.status !== 200) uncounted(`it answered ${answer.status}: ${answer.text.slice(0, 200)}`);
  if (typeof answer.json !== 'object' || answer.json === null) uncounted('its answer is not JSON');
  return answer.json as Json;
}

function uncounted(why: string): never {
  throw new UserError('count_failed', `The server did not count a prompt: ${why}`, 3);
}
