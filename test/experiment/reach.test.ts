import { readFileSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import { reachTarget } from '../../src/experiment/reach.ts';

const fixture = (name: string) => join(import.meta.dirname, '../fixtures/tls', name);
const pair = { key: readFileSync(fixture('here.key')), cert: readFileSync(fixture('here.pem')) };

const answers = {
  '/v1/models': { object: 'list', data: [{ id: 'a', object: 'model' }] },
  '/v1/chat/completions': {
    choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  },
};

let server: Server | Http2SecureServer | null = null;
afterEach(() => server?.close());

it.each([
  [true, () => createSecureServer({ ...pair, allowHTTP1: true })],
  [false, () => createServer(pair)],
] as const)('notes that the server would speak HTTP/2, too: %s', async (told, create) => {
  const versions: string[] = [];
  server = create();
  (server as Server).on('request', (request, response) => {
    versions.push(request.httpVersion);
    const answer = answers[request.url as keyof typeof answers];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const { plan } = resolvePlan({ suite: null, flags: { url, 'ca-file': fixture('ca.pem'), protocol: 'openai-chat' } });
  const reached = await reachTarget({ plan, environment: {}, simulator: null });
  await reached.close();
  expect(reached.notes.filter((note) => note.includes('HTTP/2'))).toHaveLength(told ? 1 : 0);
  expect(new Set(versions)).toEqual(new Set(['1.1']));
});
