import type { Facts } from './facts.ts';
import { list, object } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { textOf } from './prompt.ts';
import type { Protocol } from './protocol.ts';
import { readUsage } from './usage.ts';
import { wholeOnly } from './whole-only.ts';

/**
 * OpenAI's embeddings route (https://platform.openai.com/docs/api-reference/embeddings/create): one text, one vector, no
 * stream. Vectors come in base64, as to OpenAI's own clients: a quarter of the bytes, and nothing to parse. A server that
 * sends numbers all the same is read alike.
 */
export const openaiEmbeddings: Protocol = {
  ...wholeOnly,
  name: 'openai-embeddings',
  output: 'vectors',
  route: () => 'embeddings',
  body: (turn, options) => ({
    model: options.model,
    input: textOf(turn.prompt),
    encoding_format: 'base64',
    ...options.body,
  }),
  readWhole,
};

function readWhole(reply: unknown, facts: Facts): void {
  const { data, usage, error } = object(reply);
  if (error !== undefined && error !== null) {
    facts.fail('server_error', errorSentence(error), JSON.stringify(reply));
    return;
  }
  const vectors = list(data).filter(({ embedding }) => filled(embedding));
  if (!Array.isArray(data) || vectors.length === 0 || vectors.length < data.length)
    facts.fail('malformed_event', 'The reply holds no vector where one was asked for.', JSON.stringify(reply));
  facts.fillItems(vectors.length);
  const counts = readUsage(usage);
  // It generates nothing, whatever an old server counts as completion.
  if (counts !== null) facts.usage.add({ ...counts, output: 0 }, 0, 0);
}

/** A vector in base64 or in numbers; llama.cpp has a list of one vector. */
function filled(embedding: unknown): boolean {
  return (typeof embedding === 'string' || Array.isArray(embedding)) && embedding.length > 0;
}
