import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunDirectory, suiteFolder, timeName } from '../../src/store/directory.ts';

const date = new Date('2026-11-24T23:52:32.987Z');
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'tokbench-directory-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

describe('createRunDirectory', () => {
  it('makes <out>/<suite>/<UTC time>, empty, and points latest at it', async () => {
    const directory = await createRunDirectory(join(out, 'results'), 'chat-vllm', date);
    expect(directory).toBe(join(out, 'results', 'chat-vllm', '2026-11-24T23-52-32Z'));
    expect(readdirSync(directory)).toEqual([]);
    expect(readlinkSync(join(out, 'results', 'latest'))).toBe(join('chat-vllm', '2026-11-24T23-52-32Z'));
  });

  it('gives runs of one second different names and latest to the last', async () => {
    const names = [];
    for (let i = 0; i < 3; i++) names.push(await createRunDirectory(out, 'a', date));
    expect(new Set(names).size).toBe(3);
    expect(names[1]).toMatch(/23-52-32Z-2$/);
    expect(join(out, readlinkSync(join(out, 'latest')))).toBe(names[2]);
    expect(readdirSync(out).sort()).toEqual(['a', 'latest']);
  });

  it('does so even when they start together', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => createRunDirectory(out, 'a', date)));
    expect(new Set(made).size).toBe(8);
    expect(readdirSync(out).sort()).toEqual(['a', 'latest']);
  });

  it('leaves alone a folder that happens to be called latest', async () => {
    mkdirSync(join(out, 'latest'));
    writeFileSync(join(out, 'latest', 'mine'), 'x');
    await createRunDirectory(out, 'a', date);
    expect(readFileSync(join(out, 'latest', 'mine'), 'utf8')).toBe('x');
    expect(readdirSync(out).sort()).toEqual(['a', 'latest']);
  });

  it('replaces the text file that stands for the link elsewhere', async () => {
    writeFileSync(join(out, 'latest'), 'a/old\n');
    await createRunDirectory(out, 'a', date);
    expect(lstatSync(join(out, 'latest')).isSymbolicLink()).toBe(true);
  });

  it('says why it cannot write: a file in the way', async () => {
    writeFileSync(join(out, 'file'), '');
    await expect(createRunDirectory(join(out, 'file'), 'a', date)).rejects.toMatchObject({
      name: 'UserError',
      code: 'unwritable_results',
      exit: 2,
      message: expect.stringContaining('is a file, not a folder'),
    });
    await expect(createRunDirectory(join(out, 'file', 'deeper'), 'a', date)).rejects.toMatchObject({
      message: expect.stringContaining('is a file, not a folder'),
    });
  });

  it.skipIf(!existsSync('/proc/self'))('says why it cannot write: a file system that takes no folders', async () => {
    await expect(createRunDirectory('/proc/tokbench', 'a', date)).rejects.toMatchObject({ code: 'unwritable_results' });
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says why it cannot write: permission',
    async () => {
      mkdirSync(join(out, 'closed'), { mode: 0o555 });
      await expect(createRunDirectory(join(out, 'closed'), 'a', date)).rejects.toMatchObject({
        message: expect.stringContaining('permission is denied'),
      });
    },
  );
});

it('names folders by UTC second', () => expect(timeName(date)).toBe('2026-11-24T23-52-32Z'));

it.each([
  ['chat-vllm', 'chat-vllm'],
  ['../../etc/passwd', 'etc-passwd'],
  ['a/b\\c d', 'a-b-c-d'],
  ['Größe 2.0', 'Größe-2.0'],
  ['..', 'run'],
  ['', 'run'],
  ['latest', 'latest-suite'],
  ['NUL.txt', 'NUL.txt-suite'],
  ['\u0000\n', '-'.replace('-', 'run')],
])('turns the suite name %j into the folder %j', (name, folder) => expect(suiteFolder(name)).toBe(folder));

it('keeps folder names within the limit of file systems', () => {
  expect(Buffer.byteLength(suiteFolder('𐐀'.repeat(300)))).toBeLessThan(256);
});
