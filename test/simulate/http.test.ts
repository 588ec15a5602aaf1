import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { chatBody, chatPath, closing, post, raw } from './client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ pace: { ttftMs: 1, itlMs: 0 } });
});
afterAll(() => simulator.close());

const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;

it('answers one after the other on one connection, pipelined and in order', async () => {
  const requests = [get('/health'), post(chatPath, chatBody()), post(chatPath, chatBody({ stream: false, stream_options: undefined })), get('/nothing'), get('/version', closing)]; // biome-ignore format: a list
  const reply = await raw(simulator.port, requests.join(''));
  expect(statuses(reply.text)).toEqual([200, 200, 200, 404, 200]);
  expect(reply.text.indexOf('[DONE]')).toBeLessThan(reply.text.indexOf('"chat.completion"'));
  expect(reply.ended).toBe('end');
});

it('reads a request that comes byte by byte', async () => {
  const text = await new Promise<string>((resolve) => {
    const socket = connect(simulator.port, '127.0.0.1');
    let got = '';
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      got += bytes;
    });
    socket.on('end', () => resolve(got));
    const bytes = Buffer.from(post(chatPath, chatBody({ messages: [{ role: 'user', content: 'é😀' }] }), closing));
    const step = (at: number) => {
      if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => setImmediate(step, at + 1));
    };
    step(0);
  });
  expect(statuses(text)).toEqual([200]);
  expect(text).toContain('[DONE]');
});

it('takes a chunked body, with extensions and trailers', async () => {
  const body = JSON.stringify(chatBody());
  const [a, b] = [body.slice(0, 20), body.slice(20)];
  const chunked = `${a.length.toString(16)};x=1\r\n${a}\r\n${b.length.toString(16).toUpperCase()}\r\n${b}\r\n0\r\nx-sum: 1\r\n\r\n`;
  const head = `POST ${chatPath} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;
  const reply = await raw(simulator.port, head + chunked + get('/health', closing));
  expect(statuses(reply.text)).toEqual([200, 200]);
  expect(statuses((await raw(simulator.port, `${head}zz\r\n`)).text)).toEqual([400]);
});

it('waits for a body only when told that it will come', async () => {
  const request = post(chatPath, chatBody(), `${closing}expect: 100-continue\r\n`);
  expect(statuses((await raw(simulator.port, request)).text)).toEqual([100, 200]);
  const incomplete = await raw(simulator.port, request.slice(0, -5), 300);
  expect([statuses(incomplete.text), incomplete.ended]).toEqual([[100], 'silence']);
});

it('keeps a connection, or closes it, as the client says', async () => {
  expect((await raw(simulator.port, get('/health'), 300)).ended).toBe('silence');
  const closed = await raw(simulator.port, get('/health', closing));
  expect([closed.ended, closed.text.includes('connection: close')]).toEqual(['end', true]);
  expect((await raw(simulator.port, 'GET /health HTTP/1.0\r\n\r\n')).ended).toBe('end');
});

it.each([
  ['no request line', 'hello\r\n\r\n', 400],
  ['another version', 'GET / HTTP/2.0\r\n\r\n', 400],
  ['a header without a colon', 'GET /health HTTP/1.1\r\nnonsense\r\n\r\n', 400],
  ['a length that is none', 'POST /tokenize HTTP/1.1\r\ncontent-length: -1\r\n\r\n', 400],
  ['an encoding that it cannot', 'POST /tokenize HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n', 501],
  ['a body without end', 'POST /tokenize HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n', 413],
  ['a head without end', `GET /health HTTP/1.1\r\nx: ${'y'.repeat(70_000)}`, 431],
])('refuses %s', async (_, text, status) => {
  const reply = await raw(simulator.port, text);
  expect([statuses(reply.text), reply.ended]).toEqual([[status], 'end']);
});

it('finds a path behind a query or a whole URL', async () => {
  expect(statuses((await raw(simulator.port, get('/health?x=1', closing))).text)).toEqual([200]);
  expect(statuses((await raw(simulator.port, get('http://x:1/version?y', closing))).text)).toEqual([200]);
});
