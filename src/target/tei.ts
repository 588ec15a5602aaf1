import type { FailureCode } from '../record/exchange.ts';
import { rankedText, usualDocuments } from './documents.ts';
import type { Facts } from './facts.ts';
import { list, object, text } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { type Protocol, positive } from './protocol.ts';
import { readScoreUsage } from './score-usage.ts';
import { wholeOnly } from './whole-only.ts';

/**
 * The rerank route of Hugging Face's Text Embeddings Inference
 * (https://huggingface.github.io/text-embeddings-inference): `texts` in place of documents, a bare list of scores, no usage.
 * Its embeddings are OpenAI's. `texts` of the body, as a number, says how many a text is cut into.
 */
export const tei: Protocol = {
  ...wholeOnly,
  name: 'tei-rerank',
  output: 'scores',
  route: () => '/rerank',
  body(turn, { body }) {
    const { texts, ...fields } = body;
    const { query, documents } = rankedText(turn.prompt, positive(texts) ?? usualDocuments);
    return { query, texts: Array.isArray(texts) ? texts : documents, ...fields };
  },
  readWhole,
  refusal: ({ json }) => {
    const { error, error_type } = object(json);
    const message = error === undefined ? null : errorSentence(error);
    return { code: codes[text(error_type).toLowerCase()] ?? null, message, retryAfterMs: null };
  },
  listing: {
    path: '/info',
    read(json) {
      const { model_id, max_input_length } = object(json);
      return text(model_id) === '' ? null : [{ id: text(model_id), contextTokens: positive(max_input_length) }];
    },
  },
};

/** Its 429 means a full queue, not a quota. */
const codes: Readonly<Record<string, FailureCode>> = {
  overloaded: 'overloaded',
  unhealthy: 'overloaded',
  validation: 'rejected',
  tokenizer: 'rejected',
  empty: 'rejected',
  backend: 'server_error',
};

function readWhole(reply: unknown, facts: Facts): void {
  const scored = list(reply).filter(({ score }) => typeof score === 'number');
  if (scored.length === 0) facts.fail('malformed_event', 'The reply scores no text.', JSON.stringify(reply));
  facts.fillItems(scored.length);
  readScoreUsage({}, facts);
}
