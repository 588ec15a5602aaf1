import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Target } from '../../src/target/target.ts';
import {
  chunk,
  frames,
  head,
  type LoneServer,
  noLimits,
  plain,
  reply,
  sendOne,
  serve,
  targetAt,
  turn,
} from './lone-server.ts';

let server: LoneServer | null = null;
let target: Target | null = null;
afterEach(() => {
  target?.close();
  server?.close();
});
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('keep-alive', () => {
  it('uses one connection for calls in a row, and tells spans only to the first', async () => {
    server = await serve((socket) => socket.write(reply()));
    target = targetAt(server.url);
    const first = await sendOne(target);
    const second = await sendOne(target);
    expect([first.outcome.state, second.outcome.state, server.connections]).toEqual(['ok', 'ok', 1]);
    expect(first.connection).toMatchObject({ dnsMs: null, tlsMs: null });
    expect(second.connection).toBeNull();
    expect(target.live).toMatchObject({ contentEvents: 2, connectionsOpened: 1, inFlight: 0 });
  });

  it('waits a moment for a body that ends behind its terminator, without moving the end', async () => {
    server = await serve((socket) => {
      socket.write(head() + chunk(frames.a + frames.stop + frames.done));
      setTimeout(() => socket.write('0\r\n\r\n'), 0);
    });
    target = targetAt(server.url);
    for (let k = 0; k < 20; k++) expect((await sendOne(target)).outcome.state).toBe('ok');
    // A busy machine may be slower than the grace now and then; without a grace no connection is ever used again.
    expect(server.connections).toBeLessThan(20);
  });

  it('does not wait for a body that never ends, and gives its connection up', async () => {
    const closed: Promise<void>[] = [];
    server = await serve((socket) => {
      closed.push(new Promise((resolve) => socket.on('close', () => resolve())));
      socket.write(head() + chunk(frames.a + frames.stop + frames.done));
    });
    target = targetAt(server.url);
    expect((await sendOne(target)).outcome).toEqual({ state: 'ok', finish: 'stop' });
    expect((await sendOne(target)).outcome).toEqual({ state: 'ok', finish: 'stop' });
    expect(server.connections).toBe(2);
    await Promise.all(closed);
  });

  it.each([
    ['connection: close', reply('connection: close\r\n')],
    ['max=1', reply('keep-alive: timeout=5, max=1\r\n')],
    ['bytes behind the response', `${reply()}x`],
    [
      'a body until the end',
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${frames.a}${frames.stop}${frames.done}`,
    ],
  ])('does not use a connection again after %s', async (_name, text) => {
    server = await serve((socket) => socket.write(text));
    target = targetAt(server.url);
    for (let k = 0; k < 3; k++) expect((await sendOne(target)).outcome.state).toBe('ok');
    expect(server.connections).toBe(3);
  });

  it('does not use a connection beyond the idle time that the server states', async () => {
    server = await serve((socket) => socket.write(reply('keep-alive: timeout=0\r\n')));
    target = targetAt(server.url);
    await sendOne(target);
    await sendOne(target);
    expect(server.connections).toBe(2);
  });

  it('opens connections ahead, so that calls pay for none', async () => {
    server = await serve((socket) => socket.write(reply()));
    target = targetAt(server.url);
    await target.connect(5);
    await target.connect(5);
    const replies = await Promise.all([1, 2, 3, 4, 5].map(() => sendOne(target!)));
    expect(replies.map((received) => received.connection)).toEqual([null, null, null, null, null]);
    expect(target.live.connectionsOpened).toBe(5);
  });

  it('gives up opening ahead where nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await sleep(20);
    const { port } = closed.address() as { port: number };
    closed.close();
    target = targetAt(`http://127.0.0.1:${port}`);
    await target.connect(100);
    expect((await sendOne(target)).outcome).toMatchObject({ state: 'failed', code: 'connect_failed' });
  });
});

describe('a connection that closes under a call', () => {
  it('without a byte of an answer on a used connection is sent once more, its stamp unmoved', async () => {
    let stale = false;
    server = await serve((socket, { count }) => {
      if (count === 2) {
        stale = true;
        socket.resetAndDestroy();
      } else socket.write(reply());
    });
    target = targetAt(server.url);
    await sendOne(target);
    const second = await sendOne(target);
    expect([stale, second.outcome.state, server.requests.length, server.connections]).toEqual([true, 'ok', 3, 2]);
    expect(second.connection).not.toBeNull();
    expect(second.sentMs!).toBeLessThanOrEqual(second.headersMs! - second.connection!.connectMs);
  });

  it('is not sent a third time', async () => {
    server = await serve((socket, { count }) => (count === 1 ? socket.write(reply()) : socket.end()));
    target = targetAt(server.url);
    await sendOne(target);
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'conn_reset' });
    expect(server.requests.length).toBe(3);
  });

  it('is not sent again from a fresh connection, nor after a byte', async () => {
    server = await serve((socket, { count }) => {
      if (count === 1) socket.end();
      else if (count === 2) socket.write(reply());
      else socket.end('HTTP/1.1 2');
    });
    target = targetAt(server.url);
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'conn_reset' });
    await sendOne(target);
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'conn_reset' });
    expect(server.requests.length).toBe(3);
  });

  it('in the idle pool is simply not used', async () => {
    server = await serve((socket) => socket.write(reply()));
    target = targetAt(server.url);
    await sendOne(target);
    server.requests[0]!.socket.destroy();
    await sleep(30);
    expect((await sendOne(target)).outcome.state).toBe('ok');
    expect(server.requests.length).toBe(2);
  });

  it('by reset in a stream is conn_reset with the tokens so far', async () => {
    server = await serve((socket) => {
      socket.write(head() + chunk(frames.a));
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    target = targetAt(server.url);
    const received = await sendOne(target);
    expect(received.outcome).toMatchObject({ state: 'failed', code: 'conn_reset', status: 200 });
    expect(received.chunks.atUs.length).toBe(1);
  });

  it('by an end in a stream is truncated', async () => {
    server = await serve((socket) => socket.end(head() + chunk(frames.a)));
    target = targetAt(server.url);
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'truncated' });
  });
});

describe('limits', () => {
  it('of the first token', async () => {
    server = await serve((socket) => socket.write(head() + chunk(': ping\n\n')));
    target = targetAt(server.url, { limits: { ...noLimits, firstTokenMs: 150 } });
    const received = await sendOne(target);
    expect(received.outcome).toMatchObject({
      code: 'ttft_timeout',
      message: 'No token came within 0.15 s of the request.',
    });
    expect(received.endMs - received.sentMs!).toBeGreaterThanOrEqual(150);
    expect(received.headersMs).not.toBeNull();
  });
  it('of silence', async () => {
    server = await serve((socket) => socket.write(head() + chunk(frames.a)));
    target = targetAt(server.url, { limits: { ...noLimits, idleMs: 150 } });
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'stall' });
  });
  it('of the whole', async () => {
    server = await serve((socket) => {
      socket.write(head());
      const timer = setInterval(() => socket.write(chunk(frames.a)), 20);
      socket.on('close', () => clearInterval(timer));
    });
    target = targetAt(server.url, { limits: { ...noLimits, totalMs: 300 } });
    const received = await sendOne(target);
    expect(received.outcome).toMatchObject({ code: 'total_timeout' });
    expect(received.chunks.atUs.length).toBeGreaterThan(0);
  });
  it('of connecting', async () => {
    // TEST-NET-1: nothing answers there, or the network refuses at once.
    target = targetAt('http://192.0.2.1:9', { limits: { ...noLimits, connectMs: 150 } });
    const { outcome, sentMs, headersMs } = await sendOne(target);
    expect(['connect_timeout', 'connect_failed']).toContain((outcome as { code: string }).code);
    expect([sentMs === null, headersMs]).toEqual([false, null]);
  });
});

describe('refusals', () => {
  it.each([
    ['429 Too Many Requests', 'retry-after: 2\r\n', { code: 'rate_limited', status: 429, retryAfterMs: 2000 }],
    ['429 Too Many Requests', 'retry-after: 2\r\nretry-after-ms: 150\r\n', { code: 'rate_limited', retryAfterMs: 150 }],
    ['503 Busy', '', { code: 'overloaded', retryAfterMs: null }],
    ['529 Overloaded', '', { code: 'overloaded' }],
    ['401 Unauthorized', '', { code: 'unauthorized' }],
    ['403 Forbidden', '', { code: 'unauthorized' }],
    ['404 Not Found', '', { code: 'not_found' }],
    ['422 Unprocessable', '', { code: 'rejected', body: '{"error":"no"}' }],
    ['500 Oh', '', { code: 'server_error' }],
    [
      '307 Elsewhere',
      'location: http://other/\r\n',
      { code: 'rejected', message: 'The server answered with status 307, pointing to http://other/.' },
    ],
  ])('%s %j', async (status, extra, expected) => {
    server = await serve((socket) => socket.write(plain(status, '{"error":"no"}', extra)));
    target = targetAt(server.url);
    expect((await sendOne(target)).outcome).toMatchObject({ state: 'failed', ...expected });
    await sendOne(target);
    expect(server.connections).toBe(1);
  });
  it('in something other than HTTP', async () => {
    server = await serve((socket) => socket.write('SSH-2.0-x\r\n'));
    target = targetAt(server.url);
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'malformed_http' });
  });
});

it('abandons a call as censored and closes its connection', async () => {
  let closed = false;
  server = await serve((socket) => {
    socket.on('close', () => {
      closed = true;
    });
    socket.write(head() + chunk(frames.a));
  });
  target = targetAt(server.url);
  const flight = target.send(target.prepare(turn));
  await sleep(50);
  flight.abandon('drain_limit');
  flight.abandon('interrupted');
  const received = await flight.received;
  expect(received.outcome).toEqual({ state: 'censored', reason: 'drain_limit' });
  expect(received.chunks.atUs.length).toBe(1);
  expect(target.live.inFlight).toBe(0);
  await sleep(30);
  expect(closed).toBe(true);
});

it('repeats no secret that the server echoes', async () => {
  server = await serve((socket, { text }) =>
    socket.write(plain('400 Bad', JSON.stringify({ error: { message: text } }))),
  );
  target = targetAt(server.url, { apiKey: 'sk-very-secret', headers: { 'X-Token': 'to"ken/+ 42' }, body: { n: 1 } });
  const received = await sendOne(target);
  const text = JSON.stringify(received);
  expect(server.requests[0]!.text).toContain('authorization: Bearer sk-very-secret');
  expect(server.requests[0]!.text).toContain('x-token: to"ken/+ 42');
  expect(text).toContain('[redacted]');
  expect(text).not.toMatch(/sk-very-secret|ken\/\+ 42/);
});

it('stamps are whole microseconds', async () => {
  server = await serve((socket) => socket.write(reply()));
  target = targetAt(server.url);
  const { sentMs, headersMs, firstByteMs, endMs, chunks } = await sendOne(target);
  for (const ms of [sentMs, headersMs, firstByteMs, endMs]) expect(ms).toBe(Math.round(ms! * 1000) / 1000);
  expect(chunks.atUs.every(Number.isInteger)).toBe(true);
});
