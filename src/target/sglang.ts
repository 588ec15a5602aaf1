import type { FailureCode } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { askForcedLength } from './forced-length.ts';
import { count, type Fields, JsonEvents, object, text } from './json-events.ts';
import { characters, errorSentence } from './openai-frame.ts';
import { textOf } from './prompt.ts';
import { noUsage, type Protocol, positive } from './protocol.ts';
import { RunningText } from './running-text.ts';
import { codeOfStatus } from './status.ts';

/**
 * SGLang's own route (https://docs.sglang.io/basic_usage/native_api.html, python/sglang/srt/managers/io_struct.py): each
 * event holds the text and the count of tokens so far.
 */
export const sglang: Protocol = {
  name: 'sglang',
  promptKind: 'text',
  output: 'tokens',
  route: () => '/generate',
  body(turn, { features, forceLength, stream, body }) {
    const { sampling_params, ...fields } = body;
    const cap = turn.outputTokens === null ? {} : { max_new_tokens: turn.outputTokens };
    const forced = forceLength && turn.outputTokens !== null ? features.forcedLength : null;
    const sampling = { ...cap, ...forced, ...object(sampling_params) };
    return { text: textOf(turn.prompt), sampling_params: sampling, stream, ...fields };
  },
  asked: (body) => ({
    stream: body['stream'] === true,
    choices: 1,
    cap: positive(object(body['sampling_params'])['max_new_tokens']),
  }),
  decoder(facts) {
    const running = new RunningText(facts);
    return new JsonEvents(facts, (event, _name, atUs) => readEvent(event, facts, atUs, running), { done: '[DONE]' });
  },
  readWhole(reply, facts) {
    const event = object(Array.isArray(reply) ? reply[0] : reply);
    facts.textChars = characters(text(event['text']));
    if (facts.keepText) facts.text = text(event['text']);
    if (facts.textChars > 0) facts.fill('answer');
    readMeta(event, facts);
  },
  refusal: ({ json }) => {
    const { error } = object(json);
    return { code: null, message: error === undefined ? null : errorSentence(error), retryAfterMs: null };
  },
  features: (asker, question) => askForcedLength(asker, question, sglang, '/generate'),
};

function readEvent(event: Fields, facts: Facts, atUs: number, running: RunningText): void {
  const meta = object(event['meta_info']);
  const cumulative = count(meta['completion_tokens']) ?? -1;
  const finishing = meta['finish_reason'] !== null && meta['finish_reason'] !== undefined;
  const grown = event['text'] === undefined ? false : running.take(text(event['text']));
  if (grown || facts.rises(0, cumulative, finishing))
    facts.content(atUs, grown ? 'answer' : null, 0, -1, cumulative, -1);
  else if (cumulative >= 0) facts.baseline = true;
  readMeta(event, facts);
}

/** Everything of an event or a whole reply but its text. */
function readMeta(event: Fields, facts: Facts): void {
  if (event['error'] !== undefined) {
    const code = count(object(event['error'])['code']);
    facts.fail(failure(code), errorSentence(event['error']), JSON.stringify(event));
    return;
  }
  const meta = object(event['meta_info']);
  const input = count(meta['prompt_tokens']);
  const output = count(meta['completion_tokens']);
  if (input !== null || output !== null) {
    const inputCached = count(meta['cached_tokens']);
    const outputReasoning = count(meta['reasoning_tokens']);
    const outputAccepted = count(meta['spec_accept_token_num']);
    facts.usage.add({ ...noUsage, input, output, inputCached, outputReasoning, outputAccepted }, 0, 0);
  }
  // A reason is an object, in old versions a word.
  const reason = meta['finish_reason'];
  const word = typeof reason === 'string' ? reason : text(object(reason)['type']);
  if (word === '') return;
  if (word === 'abort') {
    const { status_code } = object(reason);
    facts.fail(failure(count(status_code)), errorSentence(reason), JSON.stringify(meta));
  } else facts.finishChoice(word, 0);
}

function failure(status: number | null): FailureCode {
  return status !== null && status >= 400 ? codeOfStatus(status) : 'server_error';
}
