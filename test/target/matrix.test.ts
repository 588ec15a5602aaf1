import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { protocolMatrix } from './matrix.ts';

const file = join(import.meta.dirname, '../../README.md');
const [begin, end] = ['<!-- protocols: written by test/target/matrix.test.ts -->\n', '\n<!-- protocols end -->'];

it('the README says of every protocol what the tests have shown (README=write vitest run test/target/matrix.test.ts)', () => {
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  expect(to).toBeGreaterThan(from);
  const matrix = protocolMatrix();
  if (process.env['README'] === 'write') writeFileSync(file, text.slice(0, from) + matrix + text.slice(to));
  else expect(text.slice(from, to)).toBe(matrix);
});
