import { json, type Script, type StandIn, type StandInReply, told } from './stand-in.ts';

type Json = Record<string, unknown>;

const line = (message: Json, more: Json = {}) => ({
  model: 'm', created_at: '2026-11-25T12:00:00.123456789Z', message: { role: 'assistant', content: '', ...message }, done: false, ...more,
}); // biome-ignore format: one row
const word = (content: string) => line({ content });
const last = (reason: string, counts: Json = { prompt_eval_count: 9, eval_count: 3 }, message: Json = {}) =>
  line(message, {
    done: true, done_reason: reason, total_duration: 3e9, load_duration: 2e7, prompt_eval_duration: 1e8, eval_duration: 2e8, ...counts,
  }); // biome-ignore format: one row
const stream = (lines: readonly Json[], more: Partial<StandInReply> = {}, end = '\n'): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'application/x-ndjson' },
  body: Buffer.from(lines.map((each) => JSON.stringify(each)).join('\n') + end),
  ...more,
});
const calls = [{ function: { index: 0, name: 'get_weather', arguments: { city: 'Köln' } } }];

/** Models of the stand-in by name. */
export const ollamaScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([word('Hé'), word('llo 😀'), word('!'), last('stop')]),
    truth: told({ text: 'Héllo 😀!', input: 9, output: 3, stop: 'stop' }),
  },
  length: {
    reply: stream([word('a'), word('b'), word('c'), last('length')]),
    truth: told({ text: 'abc', input: 9, output: 3, stop: 'length' }),
  },
  thinking: {
    reply: stream([
      line({ thinking: 'Let me' }),
      line({ thinking: ' think' }),
      word('Yes'),
      last('stop', { prompt_eval_count: 9, eval_count: 7 }),
    ]),
    truth: told({ text: 'Yes', reasoning: 'Let me think', input: 9, output: 7, stop: 'stop' }),
  },
  tool: {
    reply: stream([line({ tool_calls: calls }), last('stop')]),
    truth: told({ tools: 'get_weather{"city":"Köln"}', input: 9, output: 3, stop: 'stop' }),
  },
  // Counts that are 0 are left out.
  sparse: {
    reply: stream([word('a'), word('b'), last('stop', { eval_count: 2 })]),
    truth: told({ text: 'ab', input: null, output: 2, stop: 'stop' }),
  },
  unended: {
    reply: stream([word('a'), word('b'), last('stop', { prompt_eval_count: 9, eval_count: 2 })], {}, ''),
    truth: told({ text: 'ab', input: 9, output: 2, stop: 'stop' }),
  },
  whole: {
    reply: json(200, last('stop', { prompt_eval_count: 9, eval_count: 4 }, { content: 'Hi', thinking: 'Hm' })),
    truth: told({ text: 'Hi', reasoning: 'Hm', input: 9, output: 4, stop: 'stop' }),
  },
  failed: {
    reply: stream([word('a'), { error: 'an error was encountered while running the model' }]),
    truth: told({ text: 'a', failure: 'server_error' }),
  },
  cut: {
    reply: stream([word('a'), word('b')], { breaks: true }),
    truth: told({ text: 'ab', failure: 'conn_reset' }),
  },
  ended: {
    reply: stream([word('a'), word('b')]),
    truth: told({ text: 'ab', failure: 'truncated' }),
  },
  broken: {
    reply: stream([word('a')], {}, '\n{"message":\n{}\n'),
    truth: told({ text: 'a', failure: 'malformed_event' }),
  },
  empty: {
    reply: stream([last('load', {})]),
    truth: told({ stop: 'load', failure: 'empty_output' }),
  },
  missing: { reply: json(404, { error: "model 'missing' not found" }), truth: told({ failure: 'not_found' }) },
  busy: {
    reply: json(503, { error: 'server busy, please try again. maximum pending requests exceeded' }),
    truth: told({ failure: 'overloaded' }),
  },
  refused: { reply: json(400, { error: 'invalid options' }), truth: told({ failure: 'rejected' }) },
  crashed: {
    reply: json(500, { error: 'llama runner process has terminated' }),
    truth: told({ failure: 'server_error' }),
  },
};

/** `POST /api/chat`, a stream unless told otherwise; and what a client asks about the server. */
export const ollamaServer: StandIn = ({ method, path, text }) => {
  if (path === '/api/version') return json(200, { version: '0.40.12' });
  if (path === '/api/tags')
    return json(200, {
      models: Object.keys(ollamaScripts).map((name) => ({ name: `${name}:latest`, model: `${name}:latest` })),
    });
  if (path === '/api/ps')
    return json(200, { models: [{ name: 'plain:latest', model: 'plain:latest', context_length: 4096 }] });
  if (method !== 'POST' || path !== '/api/chat')
    return { status: 404, headers: {}, body: Buffer.from('404 page not found') };
  const body = JSON.parse(text) as Json;
  const script = ollamaScripts[String(body['model']).replace(/:latest$/, '')];
  if (script === undefined) return json(404, { error: `model '${String(body['model'])}' not found` });
  if (!Array.isArray(body['messages'])) return json(400, { error: 'missing messages' });
  const asked = body['stream'] === false ? 'application/json' : 'application/x-ndjson';
  if (script.reply.status !== 200 || script.reply.headers['content-type'] === asked) return script.reply;
  return json(200, last('length', { prompt_eval_count: 9, eval_count: 1 }, { content: 'H' }));
};
