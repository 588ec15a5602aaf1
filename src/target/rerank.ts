import { rankedText, usualDocuments } from './documents.ts';
import type { Facts } from './facts.ts';
import { list, object } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { type Protocol, positive } from './protocol.ts';
import { readScoreUsage } from './score-usage.ts';
import { wholeOnly } from './whole-only.ts';

/**
 * The rerank route of Cohere and Jina (https://docs.cohere.com/reference/rerank), which vLLM, SGLang and llama.cpp have,
 * too: a query, documents, a score each. `documents` of the body, as a number, says how many a text is cut into.
 */
export const rerank: Protocol = {
  ...wholeOnly,
  name: 'rerank',
  output: 'scores',
  route: () => 'rerank',
  body(turn, { model, body }) {
    const { documents, ...fields } = body;
    const asked = rankedText(turn.prompt, positive(documents) ?? usualDocuments);
    return { model, ...asked, ...(Array.isArray(documents) ? { documents } : {}), ...fields };
  },
  readWhole,
};

function readWhole(reply: unknown, facts: Facts): void {
  const { results, data, error } = object(reply);
  if (error !== undefined && error !== null) {
    facts.fail('server_error', errorSentence(error), JSON.stringify(reply));
    return;
  }
  // Text Embeddings Inference and SGLang send the bare list, Voyage and others `data`.
  const ranked = [reply, results, data].find(Array.isArray);
  const scored = list(ranked).filter((entry) => typeof (entry['relevance_score'] ?? entry['score']) === 'number');
  if (scored.length === 0) facts.fail('malformed_event', 'The reply ranks no document.', JSON.stringify(reply));
  facts.fillItems(scored.length);
  readScoreUsage(object(reply), facts);
}
