import type { FailureCode } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { takeGenerated } from './generated.ts';
import { count, type Fields, JsonEvents, object, text } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { textOf } from './prompt.ts';
import { type ListedModel, noUsage, type Protocol, positive } from './protocol.ts';

/**
 * The own routes of Hugging Face's Text Generation Inference (router/src/server.rs): one token an event. The whole
 * reply's `details` is the only place that counts, so it is always asked for. Lengths cannot be forced.
 */
export const tgi: Protocol = {
  name: 'tgi',
  promptKind: 'text',
  output: 'tokens',
  route: ({ stream }) => (stream ? '/generate_stream' : '/generate'),
  body(turn, { body }) {
    const { parameters, ...fields } = body;
    const cap = turn.outputTokens === null ? {} : { max_new_tokens: turn.outputTokens };
    return { inputs: textOf(turn.prompt), parameters: { ...cap, details: true, ...object(parameters) }, ...fields };
  },
  // Which of the two it is, the route says.
  asked: (body, { stream }) => ({
    stream,
    choices: 1,
    cap: positive(object(body['parameters'])['max_new_tokens']),
  }),
  decoder: (facts) => new JsonEvents(facts, (event, _name, atUs) => readEvent(event, facts, atUs)),
  readWhole,
  refusal: ({ json }) => {
    const error = object(json);
    const message = error['error'] === undefined ? null : errorSentence(error['error']);
    return { code: codes[text(error['error_type'])] ?? null, message, retryAfterMs: null };
  },
  // Older versions have no list in OpenAI's shape.
  listing: { path: '/info', read: readInfo },
};

/** Its 429 means a full queue, not a quota. */
const codes: Readonly<Record<string, FailureCode>> = {
  overloaded: 'overloaded',
  validation: 'rejected',
  unhealthy: 'overloaded',
  generation: 'server_error',
  incomplete_generation: 'server_error',
};

function readEvent(event: Fields, facts: Facts, atUs: number): void {
  if (refused(event, facts)) return;
  const token = object(event['token']);
  // A special token, such as the end of text, was generated and is no text.
  const part = token['special'] === true ? '' : text(token['text']);
  if (event['token'] !== undefined) takeGenerated(facts, 'answer', part, atUs, { ids: 1 });
  const details = object(event['details']);
  if (typeof event['generated_text'] !== 'string' && details['finish_reason'] === undefined) return;
  finish(details, facts);
  facts.terminated = true;
}

function readWhole(reply: unknown, facts: Facts): void {
  const whole = object(Array.isArray(reply) ? reply[0] : reply);
  if (refused(whole, facts)) return;
  takeGenerated(facts, 'answer', text(whole['generated_text']), null);
  finish(object(whole['details']), facts, Array.isArray(object(whole['details'])['prefill']));
}

/** Errors of a stream come under status 200. */
function refused(event: Fields, facts: Facts): boolean {
  if (event['error'] === undefined) return false;
  const code = codes[text(event['error_type'])] ?? 'server_error';
  facts.fail(code, errorSentence(event['error']), JSON.stringify(event));
  return true;
}

/** `whole`: the details of a whole reply list the input's tokens instead of counting them. */
function finish(details: Fields, facts: Facts, whole = false): void {
  const output = count(details['generated_tokens']);
  const prefill = whole ? (details['prefill'] as unknown[]).length : 0;
  const input = count(details['input_length']) ?? (prefill > 0 ? prefill : null);
  if (input !== null || output !== null) facts.usage.add({ ...noUsage, input, output }, 0, 0);
  facts.finishChoice(text(details['finish_reason']) || 'stop', 0);
}

function readInfo(json: unknown): ListedModel[] | null {
  const info = object(json);
  const id = text(info['model_id']);
  return id === '' ? null : [{ id, contextTokens: positive(info['max_total_tokens']) }];
}
