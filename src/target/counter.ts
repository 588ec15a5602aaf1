import { UserError } from '../error/user-error.ts';
import type { LengthRecord } from '../record/run.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import type { Prompt } from '../record/turn.ts';
import type { Json } from './answers.ts';
import type { Asker, AskOptions } from './ask.ts';
import { createAsker } from './ask.ts';

export interface CounterOptions extends AskOptions {
  readonly model: string;
  readonly identity: ServerIdentity;
  readonly features: ServerFeatures;
  readonly promptKind: Prompt['kind'];
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
 * A counter over the server's tokenize route where it has one that agrees with its own `usage`, tried on one prompt; else
 * over the `usage` of generations of one token. Null when neither counts.
 */
export async function createCounter(options: CounterOptions): Promise<Counter | null> {
  const asker = createAsker({ timeoutMs: limitMs, ...options });
  const byUsage = (prompt: Prompt) => usageCount(asker, options, prompt);
  const byTokenize = tokenizeCount(asker, options);
  const text = 'Which of the old bridges crossed the river near our town?';
  const probe: Prompt =
    options.promptKind === 'text'
      ? { kind: 'text', text }
      : { kind: 'messages', messages: [{ role: 'user', content: text }] };
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
function tokenizeCount(asker: Asker, { features, identity, model, promptKind }: CounterOptions): Count | null {
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

async function usageCount(asker: Asker, { model, features }: CounterOptions, prompt: Prompt): Promise<number> {
  const chat = prompt.kind === 'messages';
  const input = chat ? { messages: prompt.messages } : { prompt: prompt.text };
  const body = { model, ...input, [chat ? features.capField : 'max_tokens']: 1 };
  const reply = answerOf(await asker.ask({ path: chat ? 'chat/completions' : 'completions', body }));
  const count = (reply['usage'] as Json | null | undefined)?.['prompt_tokens'];
  return typeof count === 'number' && count > 0 ? count : uncounted('its reply has no usage');
}

function answerOf(answer: { readonly status: number; readonly text: string; readonly json: unknown }): Json {
  if (answer.status !== 200) uncounted(`it answered ${answer.status}: ${answer.text.slice(0, 200)}`);
  if (typeof answer.json !== 'object' || answer.json === null) uncounted('its answer is not JSON');
  return answer.json as Json;
}

function uncounted(why: string): never {
  throw new UserError('count_failed', `The server did not count a prompt: ${why}`, 3);
}
