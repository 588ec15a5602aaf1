import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { growingPercent } from '../../src/experiment/heap.ts';

it('asks V8 for something that it knows, and keeps no process alive', () => {
  const file = new URL('../../src/experiment/heap.ts', import.meta.url).href;
  const script = `import { keepHeapSmall } from ${JSON.stringify(file)}; keepHeapSmall(); console.log('done');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
});

it('leaves a small heap room, and lets a large one grow by a third only', () => {
  const mib = 2 ** 20;
  expect(growingPercent(32 * mib)).toBe(100);
  expect(growingPercent(64 * mib)).toBe(30);
  expect(growingPercent(500 * mib)).toBe(30);
  expect(growingPercent(0)).toBe(400);
});
