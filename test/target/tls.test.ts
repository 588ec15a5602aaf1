import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask } from '../../src/target/ask.ts';
import { servesHttp2 } from '../../src/target/http2.ts';
import type { Target } from '../../src/target/target.ts';
import { type LoneServer, reply, sendOne, serve, targetAt } from './lone-server.ts';

const folder = join(import.meta.dirname, '../fixtures/tls');
const file = (name: string) => join(folder, name);
const secure = (name: string) => (onSocket: (socket: Socket) => void) =>
  createTlsServer(
    { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) },
    onSocket,
  ) as Server;
const answering = (name: string) => serve((socket) => socket.write(reply()), secure(name));

let server: LoneServer | null = null;
let target: Target | null = null;
afterEach(() => {
  target?.close();
  server?.close();
  vi.unstubAllEnvs();
});
const httpsAt = (port: number, host = '127.0.0.1') => `https://${host}:${port}/v1`;

describe('TLS', () => {
  it('is trusted through the CA file, by address and by name, and kept alive', async () => {
    server = await answering('here');
    for (const host of ['127.0.0.1', 'localhost']) {
      target?.close();
      target = targetAt(httpsAt(server.port, host), { caFile: file('ca.pem') });
      const first = await sendOne(target);
      const second = await sendOne(target);
      expect(first.outcome).toEqual({ state: 'ok', finish: 'stop' });
      expect(first.connection!.tlsMs).toBeGreaterThan(0);
      expect(second.connection).toBeNull();
      // The server is told the name that is wanted (SNI), which an address is not.
      const { servername } = server.requests.at(-1)!.socket as TLSSocket & { servername: string | false };
      expect(servername).toBe(host === 'localhost' ? 'localhost' : false);
    }
  });
  it('is refused without it, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    server = await answering('here');
    target = targetAt(httpsAt(server.port));
    const { outcome } = await sendOne(target);
    expect(outcome).toMatchObject({ state: 'failed', code: 'tls_failed', status: null });
    expect((outcome as { message: string }).message).toContain('authority that is not trusted');
    expect(server.requests).toEqual([]);
  });
  it('is refused for another name', async () => {
    server = await answering('elsewhere');
    target = targetAt(httpsAt(server.port), { caFile: file('ca.pem') });
    const { outcome } = await sendOne(target);
    expect(outcome).toMatchObject({
      code: 'tls_failed',
      message: `The certificate of 127.0.0.1:${server.port} is for another name.`,
    });
    expect(server.requests).toEqual([]);
  });
  it.each([
    ['that has expired', 'expired', 'times-ca.pem', 'has expired.'],
    ['that is not valid yet', 'future', 'times-ca.pem', 'is not valid yet: compare the clocks.'],
    ['that is signed by itself', 'self', 'ca.pem', 'is signed by an authority that is not trusted here'],
    [
      'of another authority than the CA file’s',
      'here',
      'times-ca.pem',
      'is signed by an authority that is not trusted',
    ],
  ])('is refused with a certificate %s, and nothing is sent', async (_what, name, caFile, words) => {
    server = await answering(name);
    target = targetAt(httpsAt(server.port, 'localhost'), { caFile: file(caFile) });
    const { outcome } = await sendOne(target);
    expect(outcome).toMatchObject({
      state: 'failed',
      code: 'tls_failed',
      message: expect.stringContaining(`The certificate of localhost:${server.port} ${words}`),
    });
    expect(server.requests).toEqual([]);
  });
  it('takes a certificate signed by itself that is the CA file', async () => {
    server = await answering('self');
    target = targetAt(httpsAt(server.port, 'localhost'), { caFile: file('self.pem') });
    expect((await sendOne(target)).outcome).toEqual({ state: 'ok', finish: 'stop' });
  });
  it('that fails ends the questions before a load, too', async () => {
    server = await answering('expired');
    await expect(
      ask({ url: httpsAt(server.port), caFile: file('times-ca.pem'), path: 'models', protocol: 'anthropic' }),
    ).rejects.toMatchObject({ code: 'tls_failed', exit: 3, message: expect.stringContaining('has expired') });
  });
  it('on a plain port is said so', async () => {
    server = await serve(
      (socket) => socket.write(reply()),
      (onSocket) =>
        createServer((socket) => {
          socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'));
          onSocket(socket);
        }),
    );
    target = targetAt(httpsAt(server.port), { caFile: file('ca.pem') });
    expect((await sendOne(target)).outcome).toMatchObject({
      code: 'tls_failed',
      message: expect.stringContaining('does not speak TLS'),
    });
  });
  it.each([
    [true, ['h2', 'http/1.1']],
    [false, ['http/1.1']],
    [false, undefined],
  ])('tells that HTTP/2 is served: %s, where the server takes %s, and measures over HTTP/1.1', async (told, takes) => {
    server = await serve(
      (socket) => socket.write(reply()),
      (onSocket) =>
        createTlsServer(
          {
            key: readFileSync(file('here.key')),
            cert: readFileSync(file('here.pem')),
            ...(takes && { ALPNProtocols: takes }),
          },
          onSocket,
        ) as Server,
    );
    expect(await servesHttp2(httpsAt(server.port), file('ca.pem'))).toBe(told);
    expect(server.requests).toEqual([]);
    target = targetAt(httpsAt(server.port), { caFile: file('ca.pem') });
    expect((await sendOne(target)).outcome).toEqual({ state: 'ok', finish: 'stop' });
    const { alpnProtocol } = server.requests.at(-1)!.socket as TLSSocket;
    expect(alpnProtocol).toBe(takes === undefined ? false : 'http/1.1');
  });
  it('cannot tell of HTTP/2 without TLS, or where the certificate is not trusted', async () => {
    server = await answering('expired');
    expect(await servesHttp2(`http://127.0.0.1:${server.port}`, null)).toBeNull();
    expect(await servesHttp2(httpsAt(server.port, 'localhost'), file('times-ca.pem'))).toBeNull();
  });
  it('needs a CA file that is one', () => {
    const other = mkdtempSync(join(tmpdir(), 'tokbench-tls-'));
    writeFileSync(join(other, 'no.pem'), 'hello');
    writeFileSync(join(other, 'bad.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    for (const name of ['no.pem', 'bad.pem', 'absent.pem'])
      expect(() => targetAt('https://127.0.0.1:1', { caFile: join(other, name) })).toThrow(
        expect.objectContaining({ code: 'bad_ca_file', exit: 2 }),
      );
    rmSync(other, { recursive: true });
  });
});

/** A forward proxy: CONNECT to anything goes to `port`; plain requests are answered by itself. */
async function proxy(port: number, accept: (text: string) => string | null): Promise<LoneServer> {
  return serve((socket, { text }) => {
    const refusal = accept(text);
    if (refusal !== null) socket.end(refusal);
    else if (text.startsWith('CONNECT')) {
      const onward = connect(port, '127.0.0.1');
      socket.removeAllListeners('data');
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
      onward.on('error', () => socket.destroy());
    } else socket.write(reply());
  });
}

describe('a proxy', () => {
  let forward: LoneServer | null = null;
  afterEach(() => forward?.close());

  it('tunnels https with its credentials, verifying the server behind', async () => {
    server = await answering('here');
    forward = await proxy(server.port, () => null);
    vi.stubEnv('https_proxy', `http://us%40er:pa%3Ass@127.0.0.1:${forward.port}`);
    target = targetAt('https://model.test:8443/v1', { caFile: file('ca.pem') });
    const [first, second] = [await sendOne(target), await sendOne(target)];
    expect([first.outcome.state, second.outcome.state]).toEqual(['ok', 'ok']);
    expect(second.connection).toBeNull();
    expect(forward.requests.length).toBe(1);
    expect(forward.requests[0]!.text).toMatch(/^CONNECT model\.test:8443 HTTP\/1\.1\r\n/);
    expect(forward.requests[0]!.text).toContain(
      `proxy-authorization: Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`,
    );
    expect(server.requests[0]!.text).not.toContain('proxy-authorization');
    expect((server.requests[0]!.socket as TLSSocket & { servername: string }).servername).toBe('model.test');
    target.close();
    target = targetAt('https://other.test/v1', { caFile: file('ca.pem') });
    expect((await sendOne(target)).outcome).toMatchObject({ code: 'tls_failed' });
  });
  it('sees neither key nor path of what it tunnels', async () => {
    server = await answering('here');
    forward = await proxy(server.port, () => null);
    vi.stubEnv('https_proxy', `http://127.0.0.1:${forward.port}`);
    target = targetAt('https://model.test', { caFile: file('ca.pem'), protocol: 'anthropic', apiKey: 'sk-ant-0123' });
    await sendOne(target);
    expect(forward.requests.map(({ text }) => text).join('')).not.toMatch(/sk-ant-0123|messages/);
    expect(server.requests[0]!.text).toMatch(/^POST \/v1\/messages HTTP\/1\.1\r\nhost: model\.test\r\n/);
    expect(server.requests[0]!.text).toContain('authorization: Bearer sk-ant-0123');
  });
  it('that refuses is proxy_failed and its password stays unsaid', async () => {
    forward = await proxy(
      0,
      (text) => `HTTP/1.1 407 Proxy Authentication Required\r\nx: ${text.length}\r\ncontent-length: 0\r\n\r\n`,
    );
    vi.stubEnv('HTTPS_PROXY', `http://user:hunter22@127.0.0.1:${forward.port}`);
    target = targetAt('https://model.test/v1');
    const { outcome } = await sendOne(target);
    expect(outcome).toMatchObject({ code: 'proxy_failed', message: expect.stringContaining('407') });
    expect(JSON.stringify(outcome)).not.toMatch(/hunter22|aHVudGVyMjI/);
  });
  it('that is not there is proxy_failed', async () => {
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    await expect(ask({ url: 'https://model.test', path: '/version' })).rejects.toMatchObject({
      code: 'proxy_failed',
      exit: 3,
    });
  });
  it('gets plain http in absolute form', async () => {
    forward = await proxy(0, () => null);
    vi.stubEnv('http_proxy', `http://user:hunter22@127.0.0.1:${forward.port}`);
    target = targetAt('http://model.test:8000/v1');
    expect((await sendOne(target)).outcome.state).toBe('ok');
    expect(forward.requests[0]!.text).toMatch(
      /^POST http:\/\/model\.test:8000\/v1\/chat\/completions HTTP\/1\.1\r\nhost: model\.test:8000\r\n/,
    );
    expect(forward.requests[0]!.text).toContain('proxy-authorization: Basic ');
  });
});
