import { rankedText, usualDocuments } from './documents.ts';
import type { Facts } from './facts.ts';
import { list, object } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { type Protocol, positive } from './protocol.ts';
import { readScoreUsage } from './score-usage.ts';
import { wholeOnly } from './whole-only.ts';

/**
 * vLLM's score route (docs/models/pooling_models/scoring.md): how alike a query and each document are. `documents` of the
 * body, as a number, says how many a text is cut into.
 */
export const score: Protocol = {
  ...wholeOnly,
  name: 'score',
  output: 'scores',
  route: () => '/score',
  body(turn, { model, body }) {
    const { documents, ...fields } = body;
    const asked = rankedText(turn.prompt, positive(documents) ?? usualDocuments);
    return {
      model,
      queries: asked.query,
      documents: Array.isArray(documents) ? documents : asked.documents,
      ...fields,
    };
  },
  readWhole,
};

function readWhole(reply: unknown, facts: Facts): void {
  const { data, error } = object(reply);
  if (error !== undefined && error !== null) {
    facts.fail('server_error', errorSentence(error), JSON.stringify(reply));
    return;
  }
  const scored = list(data).filter((entry) => typeof entry['score'] === 'number');
  if (scored.length === 0) facts.fail('malformed_event', 'The reply scores no document.', JSON.stringify(reply));
  facts.fillItems(scored.length);
  readScoreUsage(object(reply), facts);
}
