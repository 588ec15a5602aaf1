import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scrape } from '../../src/telemetry/scrape.ts';

const page = 'vllm:num_requests_running 1\n';
const plain = { 'content-type': 'text/plain' };
const packed = { ...plain, 'content-encoding': 'gzip' };
let server: Server;
let origin: string;
const asked: IncomingMessage[] = [];

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/moved': (response) => response.writeHead(307, { location: '/moved/?a=1' }).end(),
  '/moved/?a=1': (response) => response.writeHead(200, plain).end(page),
  '/loop': (response) => response.writeHead(302, { location: '/loop' }).end(),
  '/elsewhere': (response) => response.writeHead(302, { location: 'http://127.0.0.2:1/metrics?token=secret' }).end(),
  '/packed': (response) => response.writeHead(200, packed).end(gzipSync(page)),
  '/broken': (response) => response.writeHead(200, packed).end(gzipSync(page).subarray(0, 20)),
  '/other-bytes': (response) => response.writeHead(200, plain).end(Buffer.from(`# HELP x \xe9\n${page}`, 'latin1')),
};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    answers[request.url!]!(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = (path: string, headers = {}) =>
  scrape(`${origin}${path}`, { timeoutMs: 30_000, signal: new AbortController().signal, headers });

it('follows a server that moved its page, with the headers', async () => {
  asked.length = 0;
  expect(await read('/moved', { authorization: 'Bearer x' })).toEqual({ text: page });
  expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/moved', 'Bearer x'],
    ['/moved/?a=1', 'Bearer x'],
  ]);
});

it('goes to no other server, and says which one it should have been given', async () => {
  const failure = await read('/elsewhere').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'endpoint_absent' });
  expect((failure as Error).message).toContain('http://127.0.0.2:1/metrics');
  expect((failure as Error).message).not.toContain('secret');
});

it('gives up a page that moves round and round', async () => {
  await expect(read('/loop')).rejects.toMatchObject({ code: 'endpoint_absent' });
});

it('reads a page that is packed without having been asked for', async () => {
  expect(await read('/packed')).toEqual({ text: page });
  await expect(read('/broken')).rejects.toMatchObject({ code: 'endpoint_unreachable' });
});

it('reads a page that is not UTF-8', async () => {
  expect((await read('/other-bytes')).text).toContain(page);
});
