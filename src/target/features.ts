import type { ServerFeatures } from '../record/server.ts';
import type { Json } from './answers.ts';
import type { Answer, Asker } from './asker.ts';
import type { FeatureQuestion } from './protocol.ts';

/** What is known of a server that was asked nothing. */
export const unaskedFeatures: ServerFeatures = {
  forcedLength: null,
  capField: 'max_tokens',
  streamUsage: null,
  continuousUsage: null,
  tokenIds: null,
  tokenize: null,
  metrics: null,
  contextTokens: null,
};

/** `chat`: `path` is a chat route; else a completions route. */
type RouteQuestion = FeatureQuestion & { readonly chat: boolean; readonly path: string };

/** Servers that are known to take, or to ignore, fields beyond OpenAI's own. */
const extensible = new Set(['vllm', 'sglang', 'llamacpp', 'simulated']);
const cap = { plain: 16, forced: 48 };
const ignoreEos = { ignore_eos: true };

/** Asks an OpenAI route for features with one tiny generation, and with a second one where the length may be forced. */
export async function askOpenaiFeatures(
  asker: Asker,
  asked: FeatureQuestion,
  chat: boolean,
  path: string = chat ? 'chat/completions' : 'completions',
): Promise<ServerFeatures> {
  const question = { ...asked, chat, path };
  const extended = extensible.has(question.identity.name);
  const [plain, forcedLength, tokenize] = await Promise.all([
    askPlain(asker, question, extended),
    extended ? askForced(asker, question) : null,
    extended ? askTokenize(asker, question) : null,
  ]);
  return { ...question.known, ...plain, forcedLength, tokenize };
}

type PlainFeatures = Pick<ServerFeatures, 'capField' | 'streamUsage' | 'continuousUsage' | 'tokenIds'>;
const unasked: PlainFeatures = { capField: 'max_tokens', streamUsage: null, continuousUsage: null, tokenIds: null };

/** From the fullest request to the barest, until one is not refused. */
async function askPlain(asker: Asker, question: RouteQuestion, extended: boolean): Promise<PlainFeatures> {
  const full = { include_usage: true, continuous_usage_stats: true };
  const forms: Json[] = [
    ...(extended ? [{ stream_options: full, return_token_ids: true }, { stream_options: full }] : []),
    { stream_options: { include_usage: true } },
    {},
  ];
  const caps = question.chat ? (['max_completion_tokens', 'max_tokens'] as const) : (['max_tokens'] as const);
  for (const form of forms)
    for (const capField of caps) {
      const body = { [capField]: cap.plain, ...form };
      const { answer, reply } = await generate(asker, question, 'Count from 1 to 50.', body);
      if (answer === null) return unasked;
      if (answer.status === 400 || answer.status === 422) continue;
      question.refused(answer);
      if (reply === null) return unasked;
      const honoured = capField === 'max_tokens' || reply.tokens <= cap.plain;
      const asked = 'stream_options' in form;
      return {
        capField: honoured ? capField : 'max_tokens',
        streamUsage: asked ? reply.usage !== null : null,
        continuousUsage: extended && asked ? reply.usageBesideContent : null,
        tokenIds: 'return_token_ids' in form ? reply.tokenIds : null,
      };
    }
  return unasked;
}

/** Both names of the cap are sent, so that a server that knows but one of them stops there. */
async function askForced(asker: Asker, question: RouteQuestion): Promise<ServerFeatures['forcedLength']> {
  const caps = question.chat
    ? { max_tokens: cap.forced, max_completion_tokens: cap.forced }
    : { max_tokens: cap.forced };
  const body = { ...caps, ...ignoreEos, stream_options: { include_usage: true } };
  const { reply } = await generate(asker, question, 'Answer with the one word: yes.', body);
  return reply?.usage?.['completion_tokens'] === cap.forced ? ignoreEos : null;
}

/** Whether there is a tokenize route, and of which kind; null = none. */
export async function askTokenize(
  asker: Asker,
  { identity, model }: FeatureQuestion,
): Promise<ServerFeatures['tokenize']> {
  const path = '/tokenize';
  const post = async (body: Json): Promise<Json | null> => {
    const answer = await asker.ask({ path, body }).catch(() => null);
    return answer?.status === 200 ? ((answer.json ?? null) as Json | null) : null;
  };
  if (identity.name === 'llamacpp') {
    const reply = await post({ content: 'Hi' });
    return Array.isArray(reply?.['tokens']) ? { path, field: 'content', chat: false } : null;
  }
  const messages = [{ role: 'user', content: 'Hi' }];
  const [chat, text] = await Promise.all([
    post({ model, messages, add_generation_prompt: true }),
    post({ model, prompt: 'Hi' }),
  ]);
  if (typeof text?.['count'] !== 'number') return null;
  return { path, field: 'prompt', chat: typeof chat?.['count'] === 'number' };
}

/** What a streamed reply showed. */
interface Reply {
  readonly usage: Json | null;
  /** Usage came with content, not only at the end. */
  readonly usageBesideContent: boolean;
  readonly tokenIds: boolean;
  /** By usage, else the events with content, which are no more. */
  readonly tokens: number;
}

async function generate(
  asker: Asker,
  { model, chat, path }: RouteQuestion,
  text: string,
  fields: Json,
): Promise<{ answer: Answer | null; reply: Reply | null }> {
  const prompt = chat ? { messages: [{ role: 'user', content: text }] } : { prompt: text };
  const body = { model, ...prompt, ...fields, stream: true };
  // A busy server may not answer in time: then its features stay unknown.
  const answer = await asker.ask({ path, body }).catch(() => null);
  return { answer, reply: answer?.status === 200 ? readReply(answer.text) : null };
}

function readReply(stream: string): Reply | null {
  let usage: Json | null = null;
  let [usageFrames, contentFrames] = [0, 0];
  let tokenIds = false;
  for (const line of stream.split(/\r\n|\n|\r/)) {
    const frame = line.startsWith('data:') ? parse(line.slice(5)) : null;
    if (frame === null) continue;
    if (frame['error'] != null) return null;
    const choice = (frame['choices'] as Json[] | undefined)?.[0];
    const delta = choice?.['delta'] as Json | undefined;
    const content = choice?.['text'] || delta?.['content'] || delta?.['reasoning_content'] || delta?.['reasoning'];
    if (content) contentFrames++;
    if (Array.isArray(choice?.['token_ids']) && choice['token_ids'].length > 0) tokenIds = true;
    if (frame['usage'] == null) continue;
    usage = frame['usage'] as Json;
    if (content && choice?.['finish_reason'] == null) usageFrames++;
  }
  const counted = usage?.['completion_tokens'];
  const tokens = typeof counted === 'number' ? counted : contentFrames;
  return { usage, usageBesideContent: usageFrames > 0, tokenIds, tokens };
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null; // the terminator
  }
}
