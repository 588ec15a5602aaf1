import { json, type Script, type StandIn, type StandInReply, told } from './stand-in.ts';

type Json = Record<string, unknown>;

/** Events without a name. */
const stream = (events: readonly Json[], tail = '', more: Partial<StandInReply> = {}): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + tail),
  ...more,
});
const done = 'data: [DONE]\n\n';

/** One model that a server answers for: the script that its name says. */
const server =
  (
    scripts: Readonly<Record<string, Script>>,
    route: (path: string) => boolean,
    modelOf: (path: string, body: Json) => string,
  ): StandIn =>
  ({ method, path, text }) => {
    if (method !== 'POST' || !route(path)) return json(404, { error: `No ${path}.` });
    return scripts[modelOf(path, JSON.parse(text) as Json)]?.reply ?? json(404, { error: 'no such model' });
  };

// llama.cpp, as its server of November 2026 sends it.
const llama = (content: string, predicted: number, more: Json = {}) => ({
  index: 0, content, tokens: [], stop: false, id_slot: -1, tokens_predicted: predicted, tokens_evaluated: 31, ...more,
}); // biome-ignore format: one row
const llamaLast = (predicted: number, stop: string, more: Json = {}) =>
  llama('', predicted, {
    stop: true, stop_type: stop, stopping_word: '', truncated: false, tokens_cached: 42,
    timings: { cache_n: 30, prompt_n: 1, prompt_ms: 14, predicted_n: predicted, predicted_ms: 30 }, ...more,
  }); // biome-ignore format: rows
export const llamaScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([llama('Hé', 1), llama('llo 😀', 4), llama('!', 5), llamaLast(5, 'limit')], '', {}),
    truth: told({ text: 'Héllo 😀!', input: 31, cached: 30, output: 5, stop: 'limit' }),
  },
  // The end of text was generated and is no text; progress of the prompt is no event.
  ended: {
    reply: stream([
      { prompt_progress: { total: 31, cache: 0, processed: 16, time_ms: 4 } },
      llama('a', 1),
      llamaLast(2, 'eos'),
    ]),
    truth: told({ text: 'a', input: 31, cached: 30, output: 2, stop: 'eos' }),
  },
  whole: {
    reply: json(200, { ...llamaLast(4, 'limit'), content: 'Hi' }),
    truth: told({ text: 'Hi', input: 31, cached: 30, output: 4, stop: 'limit' }),
  },
  failed: {
    reply: stream([llama('a', 1), { error: { code: 500, message: 'It broke.', type: 'server_error' } }]),
    truth: told({ text: 'a', failure: 'server_error' }),
  },
  cut: { reply: stream([llama('a', 1)], '', { breaks: true }), truth: told({ text: 'a', failure: 'conn_reset' }) },
  stopped: { reply: stream([llama('a', 1)]), truth: told({ text: 'a', failure: 'truncated' }) },
  broken: {
    reply: stream([llama('a', 1)], 'data: {"content"\n\n'),
    truth: told({ text: 'a', failure: 'malformed_event' }),
  },
  empty: { reply: stream([llamaLast(0, 'eos')]), truth: told({ failure: 'empty_output' }) },
  loading: {
    reply: json(503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }),
    truth: told({ failure: 'overloaded' }),
  },
  long: {
    reply: json(400, {
      error: {
        code: 400,
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    }),
    truth: told({ failure: 'rejected' }),
  },
};

// Text Generation Inference.
const token = (index: number, text: string, special = false, more: Json = {}) => ({
  index, token: { id: 40 + index, text, logprob: -0.5, special }, generated_text: null, details: null, ...more,
}); // biome-ignore format: one row
const tgiEnd = (text: string, tokens: number, reason: string) => ({
  generated_text: text,
  details: { finish_reason: reason, generated_tokens: tokens, input_length: 12, seed: null },
});
export const tgiScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([token(1, 'Hé'), token(2, 'llo'), token(3, ' 😀', false, tgiEnd('Héllo 😀', 3, 'length'))]),
    truth: told({ text: 'Héllo 😀', input: 12, output: 3, stop: 'length' }),
  },
  // The end of text is a token of its own, without text of the answer, and no space follows the colon.
  special: {
    reply: {
      ...stream([]),
      body: Buffer.from(
        [token(1, 'a'), token(2, 'b'), token(3, '</s>', true, tgiEnd('ab', 3, 'eos_token'))]
          .map((event) => `data:${JSON.stringify(event)}\n\n`)
          .join(':\n\n'),
      ),
    },
    truth: told({ text: 'ab', input: 12, output: 3, stop: 'eos_token' }),
  },
  whole: {
    reply: json(200, {
      generated_text: 'Hi',
      details: {
        finish_reason: 'length',
        generated_tokens: 2,
        seed: null,
        prefill: [{ id: 1, text: 'a', logprob: null }],
        tokens: [],
      },
    }),
    truth: told({ text: 'Hi', input: 1, output: 2, stop: 'length' }),
  },
  overloadedInside: {
    reply: stream([{ error: 'Model is overloaded', error_type: 'overloaded' }]),
    truth: told({ failure: 'overloaded' }),
  },
  invalidInside: {
    reply: stream([{ error: '`inputs` must have less than 1024 tokens', error_type: 'validation' }]),
    truth: told({ failure: 'rejected' }),
  },
  failed: {
    reply: stream([token(1, 'a'), { error: 'Request failed during generation', error_type: 'generation' }]),
    truth: told({ text: 'a', failure: 'server_error' }),
  },
  stopped: { reply: stream([token(1, 'a')]), truth: told({ text: 'a', failure: 'truncated' }) },
  overloaded: {
    reply: json(429, { error: 'Model is overloaded', error_type: 'overloaded' }),
    truth: told({ failure: 'overloaded' }),
  },
  broken: {
    reply: json(424, { error: 'Request failed during generation', error_type: 'generation' }),
    truth: told({ failure: 'server_error' }),
  },
  invalid: {
    reply: json(422, { error: 'Input validation error', error_type: 'validation' }),
    truth: told({ failure: 'rejected' }),
  },
};

// SGLang's own route: all of the text so far, unless the server was told to send what is new.
const sgl = (text: string, tokens: number, finish: Json | null = null, more: Json = {}) => ({
  text,
  meta_info: {
    id: 'r1',
    finish_reason: finish,
    prompt_tokens: 7,
    cached_tokens: 4,
    completion_tokens: tokens,
    ...more,
  },
});
const byLength = { type: 'length', length: 3 };
const sglTruth = (text: string, output: number, stop: string) => told({ text, input: 7, cached: 4, output, stop });
export const sglangScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([sgl('Hé', 1), sgl('Héllo', 2), sgl('Héllo 😀', 4, byLength)], done),
    truth: sglTruth('Héllo 😀', 4, 'length'),
  },
  incremental: {
    reply: stream([sgl('Hé', 1), sgl('llo', 2), sgl(' 😀', 4, byLength)], done),
    truth: sglTruth('Héllo 😀', 4, 'length'),
  },
  // A character of several tokens is held back, and its tokens are not.
  held: {
    reply: stream([sgl('a', 1), sgl('a', 2), sgl('a😀', 3), sgl('a😀', 4, { type: 'stop', matched: 2 })], done),
    truth: sglTruth('a😀', 4, 'stop'),
  },
  whole: { reply: json(200, sgl('Hi', 3, byLength, { e2e_latency: 0.5 })), truth: sglTruth('Hi', 3, 'length') },
  wholeList: { reply: json(200, [sgl('Hi', 3, byLength)]), truth: sglTruth('Hi', 3, 'length') },
  aborted: {
    reply: stream([sgl('a', 1), sgl('a', 1, { type: 'abort', message: 'The queue is full.', status_code: 503 })], done),
    truth: told({ text: 'a', failure: 'overloaded' }),
  },
  failed: {
    reply: stream([{ error: { message: 'The input is longer than the context.' } }], done),
    truth: told({ failure: 'server_error' }),
  },
  stopped: { reply: stream([sgl('a', 1)]), truth: told({ text: 'a', failure: 'truncated' }) },
  refused: { reply: json(400, { error: { message: 'No.' } }), truth: told({ failure: 'rejected' }) },
};

// Triton's generate extension.
const triton = (text: string, more: Json = {}) => ({ model_name: 'm', model_version: '1', text_output: text, ...more });
const counted = (tokens: number, finish = 'None') => ({
  num_output_tokens: tokens,
  num_input_tokens: 6,
  finish_reason: finish,
});
export const tritonScripts: Readonly<Record<string, Script>> = {
  counted: {
    reply: stream([triton('Hé', counted(1)), triton('llo 😀', counted(3)), triton('', counted(1, 'length'))]),
    truth: told({ text: 'Héllo 😀', input: 6, output: 5, stop: 'length' }),
  },
  whole: {
    reply: json(200, triton('Hi', { num_output_tokens: 2, num_input_tokens: 6, finish_reason: 'length' })),
    truth: told({ text: 'Hi', input: 6, output: 2, stop: 'length' }),
  },
  failed: { reply: stream([triton('a'), { error: 'It broke.' }]), truth: told({ text: 'a', failure: 'server_error' }) },
  cut: { reply: stream([triton('a')], '', { breaks: true }), truth: told({ text: 'a', failure: 'conn_reset' }) },
  nothing: { reply: stream([]), truth: told({ failure: 'truncated' }) },
  refused: { reply: json(400, { error: 'unexpected inference input' }), truth: told({ failure: 'rejected' }) },
  // What fails before the first reply has its own status, and is an event all the same.
  first: { reply: { ...stream([{ error: 'It broke.' }]), status: 400 }, truth: told({ failure: 'rejected' }) },
  full: {
    reply: json(503, { error: '[request id: <id_unknown>] Exceeds maximum queue size' }),
    truth: told({ failure: 'overloaded' }),
  },
};

// Vectors and scores.
const vector = (index: number, embedding: unknown) => ({ object: 'embedding', index, embedding });
export const embeddingsScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: json(200, {
      object: 'list',
      data: [vector(0, 'AACAPwAAAEA=')],
      model: 'm',
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    truth: told({ input: 8, output: 0 }),
  },
  numbers: {
    reply: json(200, {
      data: [vector(0, [0.5, 1])],
      usage: { prompt_tokens: 8, total_tokens: 8, completion_tokens: 1 },
    }),
    truth: told({ input: 8, output: 0 }),
  },
  hollow: {
    reply: json(200, { data: [vector(0, [])], usage: { prompt_tokens: 8 } }),
    truth: told({ failure: 'malformed_event' }),
  },
  none: { reply: json(200, { data: [] }), truth: told({ failure: 'malformed_event' }) },
  other: { reply: json(200, { choices: [] }), truth: told({ failure: 'malformed_event' }) },
  failed: { reply: json(200, { error: { message: 'It broke.' } }), truth: told({ failure: 'server_error' }) },
  unsupported: {
    reply: json(501, { error: { message: 'Start it with --embeddings.' } }),
    truth: told({ failure: 'server_error' }),
  },
};
const ranked = [
  { index: 1, relevance_score: 0.9, document: { text: 'b' } },
  { index: 0, relevance_score: 0.1, document: { text: 'a' } },
];
export const rerankScripts: Readonly<Record<string, Script>> = {
  vllm: {
    reply: json(200, { id: 'r', model: 'm', usage: { prompt_tokens: 56, total_tokens: 56 }, results: ranked }),
    truth: told({ input: 56, output: 0 }),
  },
  cohere: {
    reply: json(200, {
      id: 'r',
      results: ranked,
      meta: { billed_units: { search_units: 1 }, tokens: { input_tokens: 56 } },
    }),
    truth: told({ input: 56, output: 0 }),
  },
  bare: { reply: json(200, [{ index: 0, score: 0.5 }]), truth: told({ output: 0 }) },
  none: { reply: json(200, { results: [] }), truth: told({ failure: 'malformed_event' }) },
  failed: { reply: json(200, { error: 'It broke.' }), truth: told({ failure: 'server_error' }) },
};
export const scoreScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: json(200, {
      data: [{ index: 0, object: 'score', score: 0.1 }],
      usage: { prompt_tokens: 56, total_tokens: 56 },
    }),
    truth: told({ input: 56, output: 0 }),
  },
  none: { reply: json(200, { data: [] }), truth: told({ failure: 'malformed_event' }) },
};

/** Text Embeddings Inference: a bare list, and errors with a word. */
export const teiScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: json(200, [
      { index: 1, score: 0.9 },
      { index: 0, score: 0.1 },
    ]),
    truth: told({ output: 0 }),
  },
  none: { reply: json(200, []), truth: told({ failure: 'malformed_event' }) },
  overloaded: {
    reply: json(429, { error: 'Model is overloaded', error_type: 'Overloaded' }),
    truth: told({ failure: 'overloaded' }),
  },
  large: {
    reply: json(413, { error: 'batch size 9 > maximum allowed batch size 8', error_type: 'Validation' }),
    truth: told({ failure: 'rejected' }),
  },
  unranking: {
    reply: json(424, { error: 'model is not a re-ranker model', error_type: 'Backend' }),
    truth: told({ failure: 'server_error' }),
  },
};

const byModel = (_path: string, body: Json) => String(body['model']);
/** Their requests name no model: what is served is what was loaded, here under a path of its own. */
const byPrefix = (path: string) => path.split('/')[1]!;

export const nativeServers: Readonly<Record<string, StandIn>> = {
  llamacpp: server(llamaScripts, (path) => path.endsWith('/completion'), byPrefix),
  tgi: server(tgiScripts, (path) => /\/generate(_stream)?$/.test(path), byPrefix),
  sglang: server(sglangScripts, (path) => path.endsWith('/generate'), byPrefix),
  triton: server(
    tritonScripts,
    (path) => /^\/v2\/models\/\w+\/generate(_stream)?$/.test(path),
    (path) => path.split('/')[3]!,
  ),
  'openai-embeddings': server(embeddingsScripts, (path) => path === '/v1/embeddings', byModel),
  rerank: server(rerankScripts, (path) => path === '/v1/rerank', byModel),
  'tei-rerank': server(teiScripts, (path) => path.endsWith('/rerank'), byPrefix),
  score: server(scoreScripts, (path) => path === '/score', byModel),
};
