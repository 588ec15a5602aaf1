import type { Turn } from '../record/turn.ts';
import type { Facts } from './facts.ts';
import { askOpenaiFeatures } from './features.ts';
import { readFrame } from './openai-frame.ts';
import { OpenAiStream } from './openai-stream.ts';
import { messagesOf, textOf } from './prompt.ts';
import type { BodyOptions, Protocol } from './protocol.ts';

export const openaiChat: Protocol = {
  name: 'openai-chat',
  promptKind: 'messages',
  output: 'tokens',
  route: () => 'chat/completions',
  body: (turn, options) => ({
    model: options.model,
    messages: messagesOf(turn.prompt),
    ...lengthFields(turn, options, options.features.capField),
    ...streamFields(options),
    ...options.body,
  }),
  decoder: (facts) => new OpenAiStream(facts),
  readWhole,
  features: (asker, question) => askOpenaiFeatures(asker, question, true),
};

export const openaiCompletions: Protocol = {
  name: 'openai-completions',
  promptKind: 'text',
  output: 'tokens',
  route: () => 'completions',
  body: (turn, options) => ({
    model: options.model,
    prompt: textOf(turn.prompt),
    // The completions route knows no other name.
    ...lengthFields(turn, options, 'max_tokens'),
    ...streamFields(options),
    ...options.body,
  }),
  decoder: (facts) => new OpenAiStream(facts),
  readWhole,
  features: (asker, question) => askOpenaiFeatures(asker, question, false),
};

/** The cap, and the fields that make the server reach it. `min_tokens` stands for the wanted length, whatever its value. */
function lengthFields(turn: Turn, options: BodyOptions, capField: string): Record<string, unknown> {
  if (turn.outputTokens === null) return {};
  const fields: Record<string, unknown> = { [capField]: turn.outputTokens };
  if (options.forceLength && options.features.forcedLength !== null) {
    Object.assign(fields, options.features.forcedLength);
    if ('min_tokens' in fields) fields['min_tokens'] = turn.outputTokens;
  }
  return fields;
}

/**
 * The cheapest exact source of per-event counts that the server has: continuous usage, else token ids. Sampling is left
 * to the server, since with a forced length it changes no count, and without one a fixed temperature would change them.
 */
function streamFields(options: BodyOptions): Record<string, unknown> {
  if (!options.stream) return {};
  const { features } = options;
  if (features.streamUsage === false) return { stream: true };
  if (features.continuousUsage === true)
    return { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
  const usage = { stream: true, stream_options: { include_usage: true } };
  return features.tokenIds === true ? { ...usage, return_token_ids: true } : usage;
}

function readWhole(reply: unknown, facts: Facts): void {
  if (typeof reply === 'object' && reply !== null) readFrame(reply as Record<string, unknown>, facts, null);
  else facts.fail('malformed_event', 'The reply was not a JSON object.');
}
