import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockRun } from '../../src/store/run-lock.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokbench-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const lock = () => join(directory, '.lock');
const module = JSON.stringify(join(import.meta.dirname, '../../src/store/run-lock.ts'));

/** A process that takes the lock and keeps it until it is killed; resolves with what it says. */
async function holder(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { lockRun } from ${module};
       try { lockRun(${JSON.stringify(directory)}); process.stdout.write('held'); }
       catch (error) { process.stdout.write(error.code); }
       setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, said: said.toString() };
}

it('lets one write at a time, and says who does', () => {
  const first = lockRun(directory);
  expect(() => lockRun(directory)).toThrow(
    expect.objectContaining({
      code: 'run_in_use',
      exit: 2,
      message: expect.stringContaining(`${directory} is being written by process ${process.pid} since `),
    }),
  );
  first.release();
  lockRun(directory).release();
  expect(readdirSync(directory)).toEqual([]);
});

it('is held by a process that lives, and falls to the next when it was killed', async () => {
  const { child, said } = await holder();
  expect(said).toBe('held');
  expect(() => lockRun(directory)).toThrow(new RegExp(`process ${child.pid}`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const mine = lockRun(directory);
  expect((await holder()).said).toBe('run_in_use');
  mine.release();
});

it('goes to one of many that find a dead one', async () => {
  const dead = { token: 'dead', pid: 2 ** 22 + 1, host: hostname(), started: '1', since: 'long ago' };
  writeFileSync(lock(), JSON.stringify(dead));
  const all = await Promise.all(Array.from({ length: 4 }, holder));
  expect(all.filter(({ said }) => said === 'held')).toHaveLength(1);
  expect(all.filter(({ said }) => said === 'run_in_use')).toHaveLength(3);
});

it.skipIf(process.platform === 'win32')('is not held by another process of the same number', () => {
  const held = lockRun(directory);
  const holder = JSON.parse(readFileSync(lock(), 'utf8'));
  held.release();
  writeFileSync(lock(), JSON.stringify({ ...holder, token: 'other', started: 'in another life' }));
  lockRun(directory).release();
});

it('of another machine is held while it is touched', () => {
  writeFileSync(lock(), JSON.stringify({ token: 't', pid: 1, host: 'elsewhere', started: '1', since: 'a while ago' }));
  expect(() => lockRun(directory)).toThrow(/process 1 on elsewhere/);
  const before = new Date(Date.now() - 120_000);
  utimesSync(lock(), before, before);
  lockRun(directory).release();
});

it('that holds nonsense is taken over', () => {
  writeFileSync(lock(), '{"half');
  lockRun(directory).release();
});

it('leaves a lock alone that is no longer its own', () => {
  const held = lockRun(directory);
  const other = JSON.stringify({ token: 'other', pid: process.pid, host: hostname(), started: null, since: 'now' });
  writeFileSync(lock(), other);
  held.release();
  expect(readFileSync(lock(), 'utf8')).toBe(other);
});
