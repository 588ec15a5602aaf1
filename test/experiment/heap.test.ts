import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('asks V8 for something that it knows', () => {
  const file = new URL('../../src/experiment/heap.ts', import.meta.url).href;
  const script = `import { keepHeapSmall } from ${JSON.stringify(file)}; keepHeapSmall(); console.log('done');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'done\n', stderr: '' });
});
