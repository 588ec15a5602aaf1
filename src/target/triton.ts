import type { ServerFeatures } from '../record/server.ts';
import type { Asker } from './asker.ts';
import type { Facts } from './facts.ts';
import { count, type Fields, JsonEvents, list, object, parseObject, text } from './json-events.ts';
import { characters, errorSentence } from './openai-frame.ts';
import { textOf } from './prompt.ts';
import { type FeatureQuestion, type ListedModel, noUsage, type Protocol, positive } from './protocol.ts';
import { RunningText } from './running-text.ts';

/**
 * Triton's generate extension (docs/protocol/extension_generate.md of triton-inference-server/server), as the TensorRT-LLM
 * and vLLM backends fill it. What a model takes beside `text_input` is its own: fields here are tensors where it names
 * them, else parameters. It tells no usage, stop reason or terminator, so that output tokens stay unknown, but for vLLM's
 * backend, which is asked for them (its docs/additional_outputs.md). Lengths are forced, if at all, by fields of the body.
 */
export const triton: Protocol = {
  name: 'triton',
  promptKind: 'text',
  output: 'tokens',
  route: ({ model, stream }) => `/v2/models/${encodeURIComponent(model)}/${stream ? 'generate_stream' : 'generate'}`,
  body: (turn, { stream, features, body }) => ({
    text_input: textOf(turn.prompt),
    ...(turn.outputTokens === null ? {} : { max_tokens: turn.outputTokens }),
    stream,
    exclude_input_in_output: true,
    ...(features.tokenIds === true ? additional : null),
    ...body,
  }),
  asked: (body, { stream }) => ({ stream, choices: 1, cap: positive(body['max_tokens']) }),
  decoder(facts) {
    const running = new RunningText(facts);
    return new JsonEvents(facts, (event, _name, atUs) => readEvent(event, facts, atUs, running), {
      onEnd(clean) {
        if (clean && (facts.finished > 0 || facts.atUs.length > 0)) facts.terminated = true;
      },
    });
  },
  readWhole(reply, facts) {
    const whole = object(reply);
    if (refused(whole, facts)) return;
    const output = joined(whole['text_output']);
    facts.textChars = characters(output);
    if (facts.keepText) facts.text = output;
    if (output !== '') facts.fill('answer');
    readCounts(whole, count(whole['num_output_tokens']), facts);
  },
  refusal: ({ text: body, json }) => {
    // What fails before the first reply of a stream is an event all the same, under its own status.
    const { error } = object(json ?? parseObject(body.replace(/^data: ?/, '').trimEnd()));
    return { code: null, message: error === undefined ? null : errorSentence(error), retryAfterMs: null };
  },
  // Models that are not loaded are not listed, and a server may keep its repository to itself.
  listing: { path: '/v2/repository/index', body: { ready: true }, partial: true, mayBeShut: true, read: readModels },
  features: askCounts,
};

const additional = { return_num_input_tokens: true, return_num_output_tokens: true, return_finish_reason: true };

/** Asks with one small reply whether the backend counts. */
async function askCounts(asker: Asker, { address, model, known, refused }: FeatureQuestion): Promise<ServerFeatures> {
  const path = triton.route({ address, model, stream: false });
  const body = { text_input: 'Hi', max_tokens: 4, stream: false, exclude_input_in_output: true, ...additional };
  const answer = await asker.ask({ path, body }).catch(() => null);
  if (answer === null) return known;
  refused(answer);
  return { ...known, tokenIds: count(object(answer.json)['num_output_tokens']) !== null };
}

/** One entry for each version of a model; the newest answers where none is named. */
function readModels(json: unknown): ListedModel[] | null {
  if (!Array.isArray(json)) return null;
  const names = new Set(list(json).map(({ name }) => text(name)));
  return [...names].filter((name) => name !== '').map((id) => ({ id, contextTokens: null }));
}

function readEvent(event: Fields, facts: Facts, atUs: number, running: RunningText): void {
  if (refused(event, facts)) return;
  const grown = running.take(joined(event['text_output']));
  // Of the vLLM backend on request: tokens of this event.
  const ids = count(event['num_output_tokens']) ?? -1;
  if (grown || ids > 0) facts.content(atUs, grown ? 'answer' : null, 0, ids, -1, -1);
  readCounts(event, facts.tokenCount > 0 && ids >= 0 ? facts.tokenCount : null, facts);
}

function refused(event: Fields, facts: Facts): boolean {
  if (event['error'] === undefined) return false;
  facts.fail('server_error', errorSentence(event['error']), JSON.stringify(event));
  return true;
}

/** What the vLLM backend tells where it is asked to. */
function readCounts(event: Fields, output: number | null, facts: Facts): void {
  const input = count(event['num_input_tokens']);
  if (input !== null || output !== null) facts.usage.add({ ...noUsage, input, output }, 0, 0);
  const reason = text(event['finish_reason']);
  if (reason !== '' && reason !== 'None') facts.finishChoice(reason, 0);
}

/** A tensor of one string, or of several. */
function joined(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join('') : text(value);
}
