import { booleanField, isObject, type Json, missingField, Refused, refusedField, wholeField } from './fields.ts';
import { refuse } from './refusal.ts';
import { type ChatMessage, encode, encodeChat, TokenIds } from './tokenizer.ts';

export type Route = 'chat' | 'completions';

/** What a generation request wants, checked. */
export interface Ask {
  readonly route: Route;
  readonly promptIds: Int32Array;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  readonly tokenIds: boolean;
  /** Alternatives to list with each token's log probability; null = none wanted. */
  readonly logprobs: number | null;
  readonly n: number;
  readonly maxTokens: number;
  readonly minTokens: number;
  readonly ignoreEos: boolean;
}

export interface Limits {
  readonly model: string;
  readonly maxModelTokens: number;
}

const scratch = new TokenIds();

/** Reads the body of `/v1/chat/completions` or `/v1/completions`. Throws Refused. */
export function readAsk(route: Route, body: Json, limits: Limits): Ask {
  const prompt = route === 'chat' ? readMessages(body) : readPrompt(body);
  const stream = booleanField(body, 'stream') ?? false;
  const streamOptions = readStreamOptions(body, stream);
  const cap = (route === 'chat' ? wholeField(body, 'max_completion_tokens') : null) ?? wholeField(body, 'max_tokens');
  const minTokens = wholeField(body, 'min_tokens') ?? 0;
  const n = wholeField(body, 'n') ?? 1;
  const logprobs = readLogprobs(route, body);
  checkModel(body, limits.model);
  if (n < 1 || n > 128) throw bad('n', `n must be between 1 and 128, got ${n}.`, n);
  if (cap !== null && cap < 1) throw bad('max_tokens', `max_tokens must be at least 1, got ${cap}.`, cap);
  const promptIds = encodePrompt(prompt);
  checkContext(promptIds.length, cap, limits.maxModelTokens);
  const maxTokens = cap ?? (route === 'chat' ? limits.maxModelTokens - promptIds.length : 16);
  if (minTokens > maxTokens || minTokens < 0)
    throw bad('min_tokens', `min_tokens must be between 0 and max_tokens=${maxTokens}, got ${minTokens}.`, minTokens);
  return {
    route,
    promptIds,
    stream,
    includeUsage: streamOptions.include,
    continuousUsage: streamOptions.include && streamOptions.continuous,
    tokenIds: booleanField(body, 'return_token_ids') ?? false,
    logprobs,
    n,
    maxTokens: Math.min(maxTokens, limits.maxModelTokens - promptIds.length),
    minTokens,
    ignoreEos: booleanField(body, 'ignore_eos') ?? false,
  };
}

type PromptInput = string | readonly number[] | readonly ChatMessage[];

function encodePrompt(prompt: PromptInput): Int32Array {
  if (typeof prompt !== 'string' && typeof prompt[0] === 'number') return Int32Array.from(prompt as readonly number[]);
  scratch.length = 0;
  if (typeof prompt === 'string') encode(prompt, scratch);
  else encodeChat(prompt as readonly ChatMessage[], true, scratch);
  return scratch.ids.slice(0, scratch.length);
}

/** The messages of a body; text parts are joined, other parts are refused. Throws Refused. */
export function readMessages(body: Json): ChatMessage[] {
  const list = body['messages'];
  if (list === undefined) throw missingField(body, 'messages');
  if (!Array.isArray(list)) throw refusedField('list_type', 'messages', 'Input should be a valid list', list);
  if (list.length === 0) throw bad('messages', 'messages must not be empty.', 0);
  return list.map((message: unknown, i) => {
    const at = `messages.${i}`;
    if (!isObject(message)) throw refusedField('dict_type', at, 'Input should be a valid dictionary', message);
    const { role, content } = message;
    if (typeof role !== 'string') throw refusedField('missing', `${at}.role`, 'Field required', message);
    if (typeof content === 'string') return { role, content };
    if (content === undefined || content === null) return { role, content: '' };
    if (!Array.isArray(content))
      throw refusedField('string_type', `${at}.content`, 'Input should be a valid string', content);
    return { role, content: content.map((part: unknown) => textOf(part, `${at}.content`)).join('\n') };
  });
}

function textOf(part: unknown, at: string): string {
  if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text'];
  throw bad(at, 'This model is text-only: a content part must have type text.', at);
}

function readPrompt(body: Json): string | readonly number[] {
  const prompt = body['prompt'];
  if (prompt === undefined) throw missingField(body, 'prompt');
  const only = Array.isArray(prompt) && prompt.length === 1 && typeof prompt[0] !== 'number' ? prompt[0] : prompt;
  if (only === '' || (Array.isArray(only) && only.length === 0))
    throw bad('prompt', 'The prompt must not be empty.', 0);
  if (typeof only === 'string') return only;
  if (Array.isArray(only) && only.every((id) => Number.isInteger(id) && id >= 0)) return only as number[];
  if (Array.isArray(only)) throw bad('prompt', 'One prompt a request, as text or as a list of token ids.', only.length);
  throw refusedField('string_type', 'prompt', 'Input should be a valid string', only);
}

function readStreamOptions(body: Json, stream: boolean): { include: boolean; continuous: boolean } {
  const options = body['stream_options'];
  if (options === undefined || options === null) return { include: false, continuous: false };
  if (!isObject(options))
    throw refusedField('dict_type', 'stream_options', 'Input should be a valid dictionary', options);
  if (!stream) throw bad('stream_options', 'Stream options can only be defined when `stream=True`.', options);
  return {
    include: booleanField(options, 'include_usage') ?? false,
    continuous: booleanField(options, 'continuous_usage_stats') ?? false,
  };
}

function readLogprobs(route: Route, body: Json): number | null {
  if (route === 'completions') return wholeField(body, 'logprobs');
  return booleanField(body, 'logprobs') ? (wholeField(body, 'top_logprobs') ?? 0) : null;
}

/** Throws Refused 404; a body without a model means the served one. */
export function checkModel(body: Json, served: string): void {
  const model = body['model'] ?? served;
  if (typeof model !== 'string') throw refusedField('string_type', 'model', 'Input should be a valid string', model);
  if (model === served) return;
  const message = `The model \`${model}\` does not exist. Available models: ${served}.`;
  throw new Refused(refuse(404, 'NotFoundError', 'model', message));
}

/** vLLM counts a prompt only as far as it needs to know that it is too long, hence "at least". */
function checkContext(prompt: number, cap: number | null, limit: number): void {
  if (cap !== null && cap > limit)
    throw bad(
      'max_tokens',
      `max_tokens=${cap} cannot be greater than max_model_len=${limit}. Please request fewer output tokens.`,
      cap,
    );
  const length = `This model's maximum context length is ${limit} tokens. However, `;
  if (prompt >= limit) {
    const least = Math.min(prompt, limit + 1);
    const why = `your prompt contains at least ${least} tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.`;
    throw bad('input_tokens', length + why, least);
  }
  if (cap === null || prompt + cap <= limit) return;
  const least = limit - cap + 1;
  const why = `you requested ${cap} output tokens and your prompt contains at least ${least} input tokens, for a total of at least ${limit + 1} tokens. Please reduce the length of the input prompt or the number of requested output tokens.`;
  throw bad('input_tokens', length + why, least);
}

function bad(param: string, message: string, value: unknown): Refused {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return new Refused(refuse(400, 'BadRequestError', param, `${message} (parameter=${param}, value=${text})`));
}
