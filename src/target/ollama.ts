import type { ServerFeatures } from '../record/server.ts';
import { NdjsonReader, type NdjsonSink } from '../wire/ndjson.ts';
import type { Asker } from './asker.ts';
import type { Facts } from './facts.ts';
import { takeGenerated } from './generated.ts';
import { count, type Fields, list, object, parseObject, text } from './json-events.ts';
import { errorSentence } from './openai-frame.ts';
import { messagesOf } from './prompt.ts';
import {
  type FeatureQuestion,
  type ListedModel,
  noUsage,
  type Protocol,
  positive,
  type StreamDecoder,
} from './protocol.ts';

const route = '/api/chat';

/**
 * Ollama's own chat route (https://docs.ollama.com/api/chat): a stream of JSON lines. A server on this machine takes no
 * key, ollama.com takes one as a bearer token.
 */
export const ollama: Protocol = {
  name: 'ollama',
  promptKind: 'messages',
  output: 'tokens',
  route: () => route,
  streamType: 'application/x-ndjson',
  body(turn, { model, stream, body }) {
    const { options, ...fields } = body;
    // Whoever sets other options, such as num_ctx, must not lose the cap by it.
    const own = turn.outputTokens === null ? {} : { num_predict: turn.outputTokens };
    // Streams unless told otherwise.
    return { model, messages: messagesOf(turn.prompt), stream, options: { ...own, ...object(options) }, ...fields };
  },
  asked: (body) => ({
    stream: body['stream'] !== false,
    choices: 1,
    cap: positive(object(body['options'])['num_predict']),
  }),
  decoder: (facts) => new OllamaLines(facts),
  readWhole: (reply, facts) => readLine(object(reply), facts, null),
  refusal: ({ json }) => ({
    code: null,
    message: text(object(json)['error']) === '' ? null : errorSentence(object(json)['error']),
    retryAfterMs: null,
  }),
  listing: { path: '/api/tags', read: readModels },
  features: askContext,
};

class OllamaLines implements StreamDecoder, NdjsonSink {
  private readonly facts: Facts;
  private readonly reader: NdjsonReader;

  constructor(facts: Facts) {
    this.facts = facts;
    this.reader = new NdjsonReader(this);
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    this.reader.push(bytes, start, end, atUs);
    if (this.reader.overflow) this.facts.fail('malformed_event', 'A line of the stream was longer than 16 MiB.');
  }

  end(clean: boolean): void {
    if (clean && this.reader.end()) this.facts.flags.add('unterminated_event');
  }

  line(bytes: Buffer, start: number, end: number, atUs: number): boolean {
    const data = bytes.toString('utf8', start, end);
    const line = parseObject(data);
    if (line === null) this.facts.fail('malformed_event', 'A line of the stream was not a JSON object.', data);
    else readLine(line, this.facts, atUs);
    return this.facts.terminated || this.facts.failure !== null;
  }
}

/** A line of a stream, or with `atUs` null a whole reply, which is its last line with the text of all. */
function readLine(line: Fields, facts: Facts, atUs: number | null): void {
  if (line['error'] !== undefined) {
    facts.fail('server_error', errorSentence(line['error']), JSON.stringify(line));
    return;
  }
  const message = object(line['message']);
  takeGenerated(facts, 'reasoning', text(message['thinking']), atUs);
  takeGenerated(facts, 'answer', text(message['content']), atUs);
  list(message['tool_calls']).forEach((call, index) => {
    const made = object(call['function']);
    // A call is told once it is whole.
    facts.toolFragment(String(count(made['index']) ?? index), true);
    takeGenerated(facts, 'tool', text(made['name']) + JSON.stringify(made['arguments'] ?? {}), atUs);
  });
  if (line['done'] !== true) return;
  // Counts that are 0 are left out, as are those that are not known.
  const input = count(line['prompt_eval_count']);
  const output = count(line['eval_count']);
  if (input !== null || output !== null) facts.usage.add({ ...noUsage, input, output }, 0, 0);
  facts.finishChoice(text(line['done_reason']) || 'stop', 0);
  facts.terminated = true;
}

function readModels(json: unknown): ListedModel[] | null {
  const models = object(json)['models'];
  if (!Array.isArray(models)) return null;
  return list(models).flatMap((model) => {
    const id = text(model['model']) || text(model['name']);
    return id === '' ? [] : [{ id, contextTokens: null }];
  });
}

/**
 * The context that the model is loaded with, beyond which Ollama cuts a prompt without a word: it is loaded with one
 * token, then `/api/ps` tells.
 */
async function askContext(asker: Asker, { model, known, refused }: FeatureQuestion): Promise<ServerFeatures> {
  const messages = [{ role: 'user', content: 'Hi' }];
  const body = { model, messages, stream: false, options: { num_predict: 1 } };
  const loaded = await asker.ask({ path: route, body }).catch(() => null);
  if (loaded === null) return known;
  refused(loaded);
  const running = await asker.ask({ path: '/api/ps' }).catch(() => null);
  const mine = list(object(running?.json)['models']).find(({ name, model: id }) =>
    [name, id].some((other) => other === model || other === `${model}:latest`),
  );
  return { ...known, contextTokens: positive(mine?.['context_length']) ?? known.contextTokens };
}
