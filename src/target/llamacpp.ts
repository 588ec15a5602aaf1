import type { Facts } from './facts.ts';
import { askOpenaiFeatures } from './features.ts';
import { takeGenerated } from './generated.ts';
import { count, type Fields, JsonEvents, object, text } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { textOf } from './prompt.ts';
import { noUsage, type Protocol, positive } from './protocol.ts';

/**
 * llama.cpp's own completion route (tools/server/README.md of ggml-org/llama.cpp). Each event says how many tokens were
 * predicted so far. A prefix that a slot still holds is taken from its cache, as on the OpenAI routes, unless
 * `cache_prompt: false` is in the body.
 */
export const llamacpp: Protocol = {
  name: 'llamacpp',
  promptKind: 'text',
  output: 'tokens',
  route: () => '/completion',
  body: (turn, options) => ({
    prompt: textOf(turn.prompt),
    ...(turn.outputTokens === null ? {} : { n_predict: turn.outputTokens }),
    ...(options.forceLength ? options.features.forcedLength : null),
    stream: options.stream,
    ...options.body,
  }),
  asked: (body) => ({ stream: body['stream'] === true, choices: 1, cap: positive(body['n_predict']) }),
  decoder: (facts) => new JsonEvents(facts, (event, _name, atUs) => readEvent(event, facts, atUs)),
  readWhole: (reply, facts) => readEvent(object(reply), facts, null),
  refusal: ({ json }) => {
    const { error } = object(json);
    return { code: null, message: error === undefined ? null : errorSentence(error), retryAfterMs: null };
  },
  // The same server, model and sampler answer on its OpenAI route.
  features: (asker, question) => askOpenaiFeatures(asker, question, false),
};

/** An event of a stream, or with `atUs` null a whole reply, which is shaped as the last one. */
function readEvent(event: Fields, facts: Facts, atUs: number | null): void {
  if (event['error'] !== undefined) {
    facts.fail('server_error', errorSentence(event['error']), JSON.stringify(event));
    return;
  }
  const { content, stop, tokens_predicted, tokens_evaluated } = event;
  if (typeof content !== 'string') return; // progress of a prompt
  const output = count(tokens_predicted);
  const finishing = stop === true || atUs === null;
  takeGenerated(facts, 'answer', content, atUs, { cumulative: output ?? -1, finishing });
  const timings = object(event['timings']);
  const input = count(tokens_evaluated);
  if (input !== null || output !== null) {
    const inputCached = count(timings['cache_n']);
    const outputAccepted = count(timings['draft_n_accepted']);
    facts.usage.add({ ...noUsage, input, output, inputCached, outputAccepted }, 0, 0);
  }
  if (!finishing) return;
  facts.finishChoice(text(event['stop_type']) || 'stop', 0);
  facts.terminated = true;
}
