import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createAsker } from '../../src/target/ask.ts';
import { type LoneServer, plain, serve } from './lone-server.ts';

let server: LoneServer | null = null;
afterEach(() => server?.close());

describe('ask', () => {
  it('asks from the root or below the API, and reads JSON', async () => {
    server = await serve((socket) => socket.write(plain('200 OK', '{"version":"1"}')));
    const answer = await ask({ url: `${server.url}/v1/`, path: '/version' });
    expect(answer).toMatchObject({ status: 200, json: { version: '1' }, text: '{"version":"1"}' });
    expect(answer.ms).toBeGreaterThan(0);
    expect(answer.headers['content-type']).toBe('application/json');
    await ask({ url: server.url, path: 'models', apiKey: 'sk-1234', headers: { 'x-a': 'bcde' } });
    await ask({ url: server.url, path: '/tokenize', body: { prompt: 'é' } });
    expect(server.requests.map(({ text }) => text.split(' HTTP')[0])).toEqual([
      'GET /version',
      'GET /v1/models',
      'POST /tokenize',
    ]);
    expect(server.requests[1]!.text).toMatch(/authorization: Bearer sk-1234\r\nx-a: bcde\r\n/);
    expect(server.requests[2]!.text).toContain('content-length: 15\r\n');
  });
  it('takes any status and any text for an answer, with secrets taken out', async () => {
    server = await serve((socket) => socket.write(plain('404 Not Found', 'no sk-secret here')));
    expect(await ask({ url: server.url, path: '/x', apiKey: 'sk-secret' })).toMatchObject({
      status: 404,
      json: undefined,
      text: 'no [redacted] here',
    });
  });
  it('keeps its connection for the next question', async () => {
    server = await serve((socket) => socket.write(plain('200 OK', '{}')));
    const asker = createAsker({ url: server.url });
    for (let k = 0; k < 5; k++) await asker.ask({ path: '/health' });
    asker.close();
    expect(server.connections).toBe(1);
  });
  it('reaches IPv6', async () => {
    const six = createServer((socket) => socket.end(plain('200 OK', '{"six":true}')));
    const up = await new Promise<boolean>((resolve) =>
      six.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true)),
    );
    if (!up) return; // no IPv6 on this machine
    const { port } = six.address() as { port: number };
    expect((await ask({ url: `http://[::1]:${port}`, path: '/' })).json).toEqual({ six: true });
    six.close();
  });
  it.each([
    ['nobody listens', 'http://127.0.0.1:1', 'connect_failed'],
    ['the name is unknown', 'http://no-such-host.invalid', 'dns_failed'],
  ])('throws exit 3 when %s', async (_name, url, code) => {
    await expect(ask({ url, path: '/' })).rejects.toMatchObject({ name: 'UserError', code, exit: 3 });
  });
  it('throws exit 3 for silence and for half an answer', async () => {
    server = await serve((socket, { count }) => {
      if (count > 1) socket.end(plain('200 OK', '{}').slice(0, -1));
    });
    await expect(ask({ url: server.url, path: '/', timeoutMs: 150 })).rejects.toMatchObject({
      code: 'total_timeout',
      exit: 3,
    });
    await expect(ask({ url: server.url, path: '/' })).rejects.toMatchObject({ code: 'truncated', exit: 3 });
  });
});
