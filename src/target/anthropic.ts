import type { FailureCode, Usage } from '../record/exchange.ts';
import type { Prompt } from '../record/turn.ts';
import { bearerAccess } from './access.ts';
import type { Facts } from './facts.ts';
import { count, type Fields, JsonEvents, list, object, text } from './json-events.ts';
import { characters } from './openai-frame.ts';
import { type ListedModel, noUsage, type Protocol } from './protocol.ts';
import { askTrial } from './trial.ts';

/**
 * Anthropic's Messages API (https://platform.claude.com/docs/en/api/messages), read as its TypeScript SDK 1.13 reads it:
 * the key as a bearer token, API version 2026-10-21. Both can be changed by a header of the user.
 */
export const anthropic: Protocol = {
  name: 'anthropic',
  promptKind: 'messages',
  output: 'tokens',
  route: () => 'messages',
  headers: { 'anthropic-version': '2026-10-21' },
  access: ({ apiKey }) => bearerAccess(apiKey),
  body: (turn, options) => ({
    model: options.model,
    ...conversation(turn.prompt),
    max_tokens: turn.outputTokens ?? defaultCap,
    ...(options.stream ? { stream: true } : {}),
    ...options.body,
  }),
  decoder: (facts) => new JsonEvents(facts, reader(facts), { skipped: new Set(['ping']) }),
  readWhole,
  refusal: ({ json }) => {
    const { type, message } = object(object(json)['error']);
    const said = text(message) === '' ? null : sentence(message);
    return { code: codes[text(type)] ?? null, message: said, retryAfterMs: null };
  },
  listing: { path: 'models?limit=1000', read: readModels, partial: true },
  counting: {
    request: (_options, { max_tokens, ...body }) => ({ path: 'messages/count_tokens', body }),
    read: (json) => object(json)['input_tokens'],
  },
  features: (asker, question) => askTrial(asker, question, anthropic),
};

/** The API wants a cap; where the plan has none, this one is beyond the answers of a chat. */
const defaultCap = 4096;

/** https://platform.claude.com/docs/en/api/errors */
const codes: Readonly<Record<string, FailureCode>> = {
  invalid_request_error: 'rejected',
  request_too_large: 'rejected',
  billing_error: 'rejected',
  conflict_error: 'rejected',
  authentication_error: 'unauthorized',
  permission_error: 'unauthorized',
  not_found_error: 'not_found',
  rate_limit_error: 'rate_limited',
  overloaded_error: 'overloaded',
  timeout_error: 'server_error',
  api_error: 'server_error',
};

/** Messages of a system stand beside the conversation, not in it. */
function conversation(prompt: Prompt): Fields {
  if (prompt.kind === 'text') return { messages: [{ role: 'user', content: prompt.text }] };
  const system = prompt.messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const messages = prompt.messages.filter(({ role }) => role !== 'system');
  return { ...(system.length === 0 ? {} : { system: system.join('\n\n') }), messages };
}

/** Blocks that the model writes as a call of a tool, whoever runs it. */
const toolBlocks = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

function reader(facts: Facts): (event: Fields, name: string, atUs: number) => void {
  let usage = noUsage;
  return (event, name, atUs) => {
    const type = text(event['type']) || name;
    if (type === 'content_block_delta') readDelta(event, facts, atUs);
    else if (type === 'content_block_start') readStart(event, facts, atUs);
    else if (type === 'message_start' || type === 'message_delta') {
      const holder = type === 'message_start' ? object(event['message']) : event;
      usage = merged(usage, object(holder['usage']));
      if (usage !== noUsage) facts.usage.add(usage, 0, 0);
      finish(object(event['delta'])['stop_reason'], facts);
    } else if (type === 'message_stop') facts.terminated = true;
    else if (type === 'error') {
      const error = object(event['error']);
      facts.fail(codes[text(error['type'])] ?? 'server_error', sentence(error['message']), JSON.stringify(event));
    }
  };
}

function readDelta(event: Fields, facts: Facts, atUs: number): void {
  const delta = object(event['delta']);
  switch (delta['type']) {
    case 'text_delta':
      answer(text(delta['text']), facts, atUs);
      break;
    case 'thinking_delta':
      reasoning(text(delta['thinking']), facts, atUs);
      break;
    case 'input_json_delta':
      tool(event['index'], '', text(delta['partial_json']), facts, atUs);
      break;
    default: // signatures and citations are not generated, and what is not known is not guessed
  }
}

function readStart(event: Fields, facts: Facts, atUs: number): void {
  const block = object(event['content_block']);
  const type = text(block['type']);
  if (type === 'text') answer(text(block['text']), facts, atUs);
  else if (type === 'thinking') reasoning(text(block['thinking']), facts, atUs);
  // Reasoning that is shown in cipher only: its tokens were generated all the same.
  else if (type === 'redacted_thinking') facts.content(atUs, 'reasoning', 0, -1, -1, -1);
  else if (toolBlocks.has(type)) tool(event['index'], text(block['name']), '', facts, atUs);
}

function answer(part: string, facts: Facts, atUs: number | null): void {
  if (part === '') return;
  facts.textChars += characters(part);
  if (facts.keepText) facts.text += part;
  if (atUs === null) facts.fill('answer');
  else facts.content(atUs, 'answer', 0, -1, -1, -1);
}

function reasoning(part: string, facts: Facts, atUs: number | null): void {
  if (part === '') return;
  facts.textChars += characters(part);
  if (atUs === null) facts.fill('reasoning');
  else facts.content(atUs, 'reasoning', 0, -1, -1, -1);
}

function tool(index: unknown, name: string, input: string, facts: Facts, atUs: number | null): void {
  if (name === '' && input === '') return;
  facts.toolFragment(String(index), name !== '' && input !== '');
  facts.textChars += characters(name) + characters(input);
  if (atUs === null) facts.fill('tool');
  else facts.content(atUs, 'tool', 0, -1, -1, -1);
}

function finish(reason: unknown, facts: Facts): void {
  if (typeof reason !== 'string') return;
  facts.finishChoice(reason, 0);
  if (reason === 'refusal') facts.flags.add('refused');
}

/**
 * Counts are cumulative, and what an event leaves out stands as it was. `input_tokens` are those behind the last cache
 * breakpoint only; `output_tokens` include the thinking.
 */
function merged(before: Usage, usage: Fields): Usage {
  const read = count(usage['cache_read_input_tokens']) ?? before.inputCached;
  const write = count(usage['cache_creation_input_tokens']) ?? before.inputCacheWrite;
  const fresh = count(usage['input_tokens']) ?? uncached(before);
  const output = count(usage['output_tokens']) ?? before.output;
  if (fresh === null && output === null) return before;
  return {
    ...noUsage,
    input: fresh === null ? null : fresh + (read ?? 0) + (write ?? 0),
    inputCached: read,
    inputCacheWrite: write,
    output,
    outputReasoning: count(object(usage['output_tokens_details'])['thinking_tokens']) ?? before.outputReasoning,
  };
}

function uncached({ input, inputCached, inputCacheWrite }: Usage): number | null {
  return input === null ? null : input - (inputCached ?? 0) - (inputCacheWrite ?? 0);
}

function readWhole(reply: unknown, facts: Facts): void {
  const message = object(reply);
  if (message['type'] === 'error') {
    const error = object(message['error']);
    facts.fail(codes[text(error['type'])] ?? 'server_error', sentence(error['message']), JSON.stringify(reply));
    return;
  }
  if (!Array.isArray(message['content'])) {
    facts.fail('malformed_event', 'The reply is no message of the Messages API.', JSON.stringify(reply));
    return;
  }
  list(message['content']).forEach((block, index) => {
    const type = text(block['type']);
    if (type === 'text') answer(text(block['text']), facts, null);
    else if (type === 'thinking') reasoning(text(block['thinking']), facts, null);
    else if (type === 'redacted_thinking') facts.fill('reasoning');
    else if (toolBlocks.has(type)) tool(index, text(block['name']), JSON.stringify(block['input']), facts, null);
  });
  const usage = merged(noUsage, object(message['usage']));
  if (usage !== noUsage) facts.usage.add(usage, 0, 0);
  finish(message['stop_reason'], facts);
}

function sentence(message: unknown): string {
  return typeof message === 'string' && message !== ''
    ? `The server says: ${message}`
    : 'The server reported an error without a message.';
}

/** `{data: [{id, max_input_tokens}]}`; vLLM, which speaks this API too, lists its models as OpenAI does. */
function readModels(reply: unknown): ListedModel[] | null {
  const data = object(reply)['data'];
  if (!Array.isArray(data)) return null;
  return list(data).flatMap(({ id, max_input_tokens: most, max_model_len: length }) =>
    typeof id === 'string' ? [{ id, contextTokens: count(most) || count(length) || null }] : [],
  );
}
