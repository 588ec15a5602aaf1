import { Ollama } from 'ollama/browser';
import { expect, it, vi } from 'vitest';
import type { FailureCode } from '../../src/record/exchange.ts';
import { createCounter } from '../../src/target/counter.ts';
import { identify } from '../../src/target/identify.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { turn } from './lone-server.ts';
import { ollamaScripts, ollamaServer } from './ollama-server.ts';
import { requestOf } from './request-of.ts';
import { fetchOf, listen, told } from './stand-in.ts';

/** One request through the official client. */
async function askClient(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new Ollama({ host: 'http://ollama.test', fetch: fetchOf(ollamaServer, cuts) });
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], options: { num_predict: 64 } };
  let [text, reasoning, tools] = ['', '', ''];
  try {
    let final = null;
    if (stream) {
      for await (const part of await client.chat({ ...body, stream: true })) {
        text += part.message.content;
        reasoning += part.message.thinking ?? '';
        for (const { function: made } of part.message.tool_calls ?? [])
          tools += made.name + JSON.stringify(made.arguments);
        if (part.done) final = part;
      }
    } else {
      final = await client.chat({ ...body, stream: false });
      text = final.message.content;
      reasoning = final.message.thinking ?? '';
    }
    if (final === null) return { ...told({ text }), failure: 'unclassified' };
    return {
      ...told({ text, reasoning, tools }),
      input: final.prompt_eval_count ?? null,
      output: final.eval_count ?? null,
      stop: final.done_reason,
    };
  } catch (error) {
    return { ...told({ text }), failure: failureOf(error) };
  }
}

function failureOf(error: unknown): FailureCode | 'unclassified' {
  const { status_code: status } = error as { status_code?: number };
  if (status === undefined) return 'unclassified';
  if (status === 404) return 'not_found';
  if (status === 503) return 'overloaded';
  return status >= 500 ? 'server_error' : 'rejected';
}

// It warns of a line that is no JSON, and goes on.
vi.spyOn(console, 'warn').mockImplementation(() => {});

agrees({
  protocol: 'ollama',
  standIn: ollamaServer,
  scripts: ollamaScripts,
  whole: ['whole'],
  base: (origin) => origin,
  askClient,
});

it('asks below the root, whatever the base, and keeps the cap beside other options', () => {
  const { line, body, headers } = requestOf('http://127.0.0.1:11434/v1', 'ollama', turn, {
    body: { options: { num_ctx: 8192 }, keep_alive: -1 },
  });
  expect(line).toBe('POST /api/chat HTTP/1.1');
  expect(headers['accept']).toBe('application/x-ndjson');
  expect(body).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    options: { num_predict: 5, num_ctx: 8192 },
    keep_alive: -1,
  });
  expect(requestOf('http://h', 'ollama', turn, { stream: false }).body['stream']).toBe(false);
  expect(requestOf('http://h', 'ollama', { ...turn, outputTokens: null }).body['options']).toEqual({});
});

it('lists its models, tells the context that one is loaded with, and counts by a reply', async () => {
  const server = await listen(ollamaServer);
  const found = await identify({ url: server.url, protocol: 'ollama', model: 'plain' });
  expect(found).toMatchObject({
    identity: { name: 'ollama', version: '0.40.12' },
    model: 'plain',
    features: { contextTokens: 4096, forcedLength: null },
  });
  expect(found.models.map(({ id }) => id)).toContain('thinking:latest');
  const counter = await createCounter({ ...found, url: server.url, protocol: 'ollama', model: 'plain' });
  expect(counter!.method).toBe('usage');
  expect(await counter!.count({ kind: 'messages', messages: [{ role: 'user', content: 'a' }] })).toBe(9);
  counter!.close();
  await server.close();
});
