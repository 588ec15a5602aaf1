import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnSimulator } from '../../src/simulate/spawn.ts';
import { postJson } from './client.ts';

const alive = async (url: string) => {
  try {
    return (await fetch(url.replace('/v1', '/health'))).ok;
  } catch {
    return false;
  }
};

it('runs in a process of its own until it is stopped, its truth complete', async () => {
  const truth = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'truth.jsonl');
  const spawned = await spawnSimulator({ pace: { ttftMs: 1, itlMs: 0 }, model: 'mine', truth });
  expect(spawned.pid).not.toBe(process.pid);
  expect(spawned.model).toBe('mine');
  expect((await postJson(`${spawned.url}/completions`, { prompt: 'a', max_tokens: 3 })).status).toBe(200);
  await spawned.stop();
  await spawned.stop();
  expect(await alive(spawned.url)).toBe(false);
  expect(readFileSync(truth, 'utf8').trimEnd().split('\n')).toHaveLength(2);
});

it('passes on what is wrong with its options', async () => {
  const first = await spawnSimulator();
  await expect(spawnSimulator({ port: first.port })).rejects.toMatchObject({ code: 'port_in_use', exit: 2 });
  await expect(spawnSimulator({ profile: 'nothing' })).rejects.toMatchObject({ code: 'unknown_profile' });
  await first.stop();
});

it('dies with its parent, however that ends', async () => {
  const script = `import { spawnSimulator } from ${JSON.stringify(new URL('../../src/simulate/spawn.ts', import.meta.url).href)};
    console.log(JSON.stringify(await spawnSimulator()));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { url } = JSON.parse(String(await new Promise((resolve) => parent.stdout.once('data', resolve)))) as {
    url: string;
  };
  expect(await alive(url)).toBe(true);
  parent.kill('SIGKILL');
  for (let i = 0; i < 500 && (await alive(url)); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await alive(url)).toBe(false);
});
