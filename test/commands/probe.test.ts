import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { anthropicServer } from '../target/anthropic-server.ts';
import { listen, secret } from '../target/stand-in.ts';
import { run } from './program.ts';

let simulator: SpawnedSimulator;
beforeAll(async () => {
  simulator = await spawnSimulator({ model: 'mine', pace: { ttftMs: 1, itlMs: 0 } });
});
afterAll(() => simulator.stop());

it('says what answers, in words and as a document', async () => {
  const words = await run(['probe', '--url', simulator.url, '--front-door', '0']);
  expect(words).toMatchObject({ code: 0, stderr: '' });
  for (const word of ['mine', 'simulated', '32,768']) expect(words.stdout).toContain(word);
  const { code, stdout } = await run(['probe', '--url', simulator.url, '--front-door', '1', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'tokbench.probe/1',
    simulated: true,
    model: 'mine',
    frontDoor: { path: '/health', errors: 0 },
  });
});

it('asks what the server speaks, where nothing says it', async () => {
  const server = await listen(anthropicServer);
  const args = ['probe', '--url', server.url, '--model', 'plain', '--api-key-env', 'MY_KEY', '--front-door', '0'];
  const { code, stdout } = await run([...args, '--no-trials', '--json'], { env: { MY_KEY: secret } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ protocol: 'anthropic', model: 'plain' });
  await server.close();
});

it('refuses in one sentence', async () => {
  const nobody = await run(['probe', '--url', 'http://127.0.0.1:1/v1', '--json']);
  expect(nobody.code).toBe(3);
  expect(JSON.parse(nobody.stdout)).toMatchObject({ code: 'unreachable', exit: 3 });
  const odd = await run(['probe', '--url', simulator.url, '--front-door', 'wide']);
  expect(odd).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/--front-door.*\[bad_flag\]\n$/) });
});
