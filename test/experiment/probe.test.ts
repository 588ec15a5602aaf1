import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { probe } from '../../src/experiment/probe.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';

let simulator: Simulator | null = null;
afterEach(() => simulator?.close());

const look = (flags: PlanFlags, frontDoorSeconds: number, environment: Record<string, string> = {}) =>
  probe({ plan: resolvePlan({ suite: null, flags }).plan, environment, frontDoorSeconds });

it('says what answers, and how fast its front door is', async () => {
  simulator = await startSimulator({ model: 'mine', pace: { ttftMs: 1, itlMs: 0 } });
  const found = await look({ url: simulator.url }, 1);
  expect(found).toMatchObject({
    schema: 'tokbench.probe/1',
    url: simulator.url,
    simulated: true,
    server: { name: 'simulated' },
    model: 'mine',
    models: [{ id: 'mine', contextTokens: 32_768 }],
    frontDoor: { path: '/health', connections: 10, non2xx: 0, errors: 0 },
    reasons: [],
  });
  expect(found.frontDoor!.requestsPerS).toBeGreaterThan(10);
  expect(found.frontDoor!.latencyMs.p50).toBeLessThanOrEqual(found.frontDoor!.latencyMs.p99);
});

it('leaves the front door out where it is not wanted', async () => {
  simulator = await startSimulator({ pace: { ttftMs: 1, itlMs: 0 } });
  expect(await look({ url: simulator.url }, 0)).toMatchObject({ frontDoor: null, reasons: [] });
});

it('names the protocols of a server that has no route for the one that was meant', async () => {
  const server = createServer((request, response) => {
    const triton = request.url === '/v2';
    response
      .writeHead(triton ? 200 : 404)
      .end(triton ? '{"name":"triton","version":"2.51.0"}' : '{"error":"Not Found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(look({ url }, 0)).rejects.toMatchObject({
    code: 'not_found',
    message: `${url} has no route for openai-chat; it has those of triton: name one with --protocol.`,
  });
  server.close();
});

it('never measures the front door of a server that wants a key, and carries none there', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    if (request.url === '/health') seen.push(authorization);
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (authorization === undefined) json(401, { error: 'who are you?' });
    else if (request.url === '/v1/models') json(200, { data: [{ id: 'a' }, { id: 'b' }] });
    else json(404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const found = await look({ url, 'api-key-env': 'MY_KEY' }, 1, { MY_KEY: 'sk-0123456789' });
  server.close();
  expect(found.frontDoor).toBeNull();
  expect(found.model).toBeNull();
  expect(found.reasons).toEqual([
    'Features were not asked: name one of the models with --model.',
    expect.stringMatching(/^The front door was not measured: none of \/health, .* answers without a key\.$/),
  ]);
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

it('says in one sentence that nobody answers', async () => {
  await expect(look({ url: 'http://127.0.0.1:1/v1' }, 1)).rejects.toMatchObject({ code: 'unreachable', exit: 3 });
});
