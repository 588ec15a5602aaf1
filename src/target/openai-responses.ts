import type { Channel, FailureCode, Usage } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { askForcedLength } from './forced-length.ts';
import { takeGenerated } from './generated.ts';
import { count, type Fields, JsonEvents, list, object, text } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { messagesOf } from './prompt.ts';
import { noUsage, openaiAsked, type Protocol, positive } from './protocol.ts';

/** OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses-streaming); vLLM and llama.cpp have it, too. */
export const openaiResponses: Protocol = {
  name: 'openai-responses',
  promptKind: 'messages',
  output: 'tokens',
  route: () => 'responses',
  body: (turn, options) => ({
    model: options.model,
    input: messagesOf(turn.prompt),
    ...(turn.outputTokens === null ? {} : { max_output_tokens: turn.outputTokens }),
    ...(options.forceLength ? options.features.forcedLength : null),
    store: false,
    ...(options.stream ? { stream: true } : {}),
    ...options.body,
  }),
  asked: (body) => ({ ...openaiAsked(body), choices: 1, cap: positive(body['max_output_tokens']) }),
  decoder: (facts) => new JsonEvents(facts, (event, name, atUs) => readEvent(event, name, facts, atUs)),
  readWhole,
  features: (asker, question) => askForcedLength(asker, question, openaiResponses, 'responses'),
};

/** Events whose `delta` was generated; what they hold comes once more, whole, in an event of its own that is none. */
const deltas: Readonly<Record<string, Channel>> = {
  'response.output_text.delta': 'answer',
  'response.refusal.delta': 'refusal',
  'response.function_call_arguments.delta': 'tool',
  'response.custom_tool_call_input.delta': 'tool',
  'response.mcp_call_arguments.delta': 'tool',
  'response.code_interpreter_call_code.delta': 'tool',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning_summary_text.delta': 'reasoning',
};

const endings = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);

const codes: Readonly<Record<string, FailureCode>> = {
  rate_limit_exceeded: 'rate_limited',
  insufficient_quota: 'rate_limited',
  server_overloaded: 'overloaded',
  invalid_prompt: 'rejected',
};

function readEvent(event: Fields, name: string, facts: Facts, atUs: number): void {
  const type = text(event['type']) || name;
  const channel = deltas[type];
  if (channel !== undefined) {
    const part = text(event['delta']);
    if (channel === 'tool' && part !== '') facts.toolFragment(text(event['item_id']), false);
    takeGenerated(facts, channel, part, atUs);
  } else if (type === 'response.output_item.added') {
    const { type: kind, id, name: tool } = object(event['item']);
    if (text(tool) === '' || !/_call$/.test(text(kind))) return;
    facts.toolFragment(text(id), false);
    takeGenerated(facts, 'tool', text(tool), atUs);
  } else if (endings.has(type)) readEnd(object(event['response']), facts);
  else if (type === 'error' || event['error'] !== undefined) {
    const error = typeof event['error'] === 'object' ? object(event['error']) : event;
    facts.fail(codes[text(error['code'])] ?? 'server_error', errorSentence(error), JSON.stringify(event));
  }
}

function readEnd(response: Fields, facts: Facts): void {
  const status = text(response['status']);
  const usage = usageOf(response['usage']);
  if (usage !== null) facts.usage.add(usage, 0, 0);
  if (status === 'failed' || status === 'cancelled') {
    const error = object(response['error']);
    facts.fail(codes[text(error['code'])] ?? 'server_error', errorSentence(error), JSON.stringify(response));
    return;
  }
  const reason = text(object(response['incomplete_details'])['reason']);
  facts.finishChoice(reason || status || 'completed', 0);
  facts.terminated = true;
}

function readWhole(reply: unknown, facts: Facts): void {
  const response = object(reply);
  if (!Array.isArray(response['output'])) {
    const error = response['error'];
    if (error !== undefined && error !== null) facts.fail('server_error', errorSentence(error), JSON.stringify(reply));
    else facts.fail('malformed_event', 'The reply is no response of the Responses API.', JSON.stringify(reply));
    return;
  }
  for (const item of list(response['output'])) readItem(item, facts);
  readEnd(response, facts);
}

function readItem(item: Fields, facts: Facts): void {
  for (const part of [...list(item['content']), ...list(item['summary'])]) {
    const reasoning = text(item['type']) === 'reasoning';
    takeGenerated(facts, reasoning ? 'reasoning' : 'answer', text(part['text']), null);
    takeGenerated(facts, 'refusal', text(part['refusal']), null);
  }
  if (!/_call$/.test(text(item['type']))) return;
  facts.toolFragment(text(item['id']), true);
  takeGenerated(facts, 'tool', text(item['name']) + text(item['arguments']) + text(item['input']), null);
}

/** Cached and written tokens lie inside `input_tokens`, reasoning inside `output_tokens`. */
function usageOf(value: unknown): Usage | null {
  const usage = object(value);
  const input = count(usage['input_tokens']);
  const output = count(usage['output_tokens']);
  if (input === null && output === null) return null;
  const details = object(usage['input_tokens_details']);
  return {
    ...noUsage,
    input,
    inputCached: count(details['cached_tokens']),
    inputCacheWrite: count(details['cache_write_tokens']),
    output,
    outputReasoning: count(object(usage['output_tokens_details'])['reasoning_tokens']),
  };
}
