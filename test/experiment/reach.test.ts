import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { reachTarget } from '../../src/experiment/reach.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';

let simulator: Simulator | null = null;
afterEach(async () => {
  await simulator?.close();
  simulator = null;
  delete process.env['REACH_TEST_KEY'];
});

const reach = (flags: PlanFlags, own: SimulatorOptions | null = null, environment: Record<string, string> = {}) =>
  reachTarget({ plan: resolvePlan({ suite: null, flags }).plan, environment, simulator: own });

const alive = async (url: string) => {
  try {
    return (await fetch(url.replace('/v1', '/health'))).ok;
  } catch {
    return false;
  }
};

it('finds out who answers, and knows the simulated server by its own word, wherever it runs', async () => {
  simulator = await startSimulator({ model: 'mine', maxModelTokens: 4096 });
  const reached = await reach({ url: simulator.url });
  expect(reached).toMatchObject({ url: simulator.url, model: 'mine', protocol: 'openai-chat', simulated: true });
  expect(reached.identity.name).toBe('simulated');
  expect(reached.features).toMatchObject({
    contextTokens: 4096,
    metrics: '/metrics',
    forcedLength: { ignore_eos: true },
    streamUsage: true,
    continuousUsage: true,
  });
  expect(reached.features.tokenize).toMatchObject({ path: '/tokenize' });
});

it('starts a simulated server where one is wanted, and ends it', async () => {
  const reached = await reach({}, { model: 'own' });
  expect(reached).toMatchObject({ simulated: true, model: 'own' });
  expect(await alive(reached.url)).toBe(true);
  await reached.close();
  expect(await alive(reached.url)).toBe(false);
});

it('never takes another server for the simulated one', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/v1/models' ? 200 : 404, { 'content-type': 'application/json' });
    response.end('{"object":"list","data":[{"id":"simulated-8b","object":"model","owned_by":"somebody"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  // It has no route for generation, which the probing finds out.
  await expect(reach({ url })).rejects.toMatchObject({ code: 'not_found', exit: 3 });
  server.close();
});

it('names the model that is not there, and the nearest that is', async () => {
  simulator = await startSimulator({ model: 'llama-3-8b' });
  await expect(reach({ url: simulator.url, model: 'lama-3-8b' })).rejects.toMatchObject({
    code: 'unknown_model',
    exit: 3,
    message: expect.stringContaining('Did you mean "llama-3-8b"?'),
  });
});

it('says that a key is missing, refused, or not in its variable, and repeats no key', async () => {
  process.env['REACH_TEST_KEY'] = 'sk-right-0123456789';
  simulator = await startSimulator({ apiKeyEnv: 'REACH_TEST_KEY' });
  const { url } = simulator;
  await expect(reach({ url })).rejects.toMatchObject({
    code: 'unauthorized',
    exit: 3,
    message: expect.stringContaining('--api-key-env'),
  });
  const wrong = reach({ url, 'api-key-env': 'MY_KEY' }, null, { MY_KEY: 'sk-wrong-9876543210' });
  await expect(wrong).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('MY_KEY') });
  await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('sk-wrong') });
  const missing = reach({ url, 'api-key-env': 'MY_KEY' });
  await expect(missing).rejects.toMatchObject({ code: 'missing_variable', exit: 2 });
  const right = await reach({ url, 'api-key-env': 'MY_KEY' }, null, { MY_KEY: 'sk-right-0123456789' });
  expect(right.apiKey).toBe('sk-right-0123456789');
});

it('reads an account from the environment, and trusts a preset over a probe', async () => {
  simulator = await startSimulator({ model: 'm' });
  const { host } = new URL(simulator.url);
  const folder = mkdtempSync(join(tmpdir(), 'preset-'));
  const file = join(folder, 'mine.yaml');
  writeFileSync(
    file,
    [
      'schema: tokbench.target/1',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
      'url: "${MINE_ENDPOINT}/v1"',
      'protocol: openai-chat',
      'apiKeyEnv: MINE_KEY',
      'keyOptional: true',
      'capField: max_tokens',
      'usageInStream: unasked',
    ].join('\n'),
  );
  const reached = await reach({ target: file }, null, { MINE_ENDPOINT: `http://${host}/` });
  expect(reached).toMatchObject({ url: `http://${host}/v1`, apiKey: null, model: 'm' });
  expect(reached.features).toMatchObject({ capField: 'max_tokens', streamUsage: false });
  await expect(reach({ target: file })).rejects.toMatchObject({
    code: 'missing_variable',
    message: expect.stringContaining('MINE_ENDPOINT'),
  });
  rmSync(folder, { recursive: true });
});

it('refuses what nothing can be reached by', async () => {
  await expect(reach({ url: 'http://127.0.0.1:1/v1' })).rejects.toMatchObject({ code: 'unreachable', exit: 3 });
  expect(() => reach({ target: 'nowhere' })).toThrow(/no target preset "nowhere"/);
  await expect(reach({}, { profile: 'nothing' })).rejects.toMatchObject({ code: 'unknown_profile', exit: 2 });
});
