import { describe, expect, it } from 'vitest';
import { answerAtOnce, overview } from '../src/instant.ts';

const help = {
  userAgent: 'tokbench/0 built-on node-v1',
  layouts: [
    { from: 40, text: 'VERSION\n  tokbench/0 built-on node-v1\n\nnarrow\n' },
    { from: 80, text: 'VERSION\n  tokbench/0 built-on node-v1\n\nusual\n' },
  ],
};

describe('the overview of commands', () => {
  it.each([
    [20, 'narrow'],
    [79, 'narrow'],
    [80, 'usual'],
    [500, 'usual'],
  ])('on %i columns is the %s one', (columns, word) => {
    expect(overview(help, 'me', columns, false)).toBe(`VERSION\n  me\n\n${word}\n`);
  });

  it('has bold headings where there is colour', () => {
    expect(overview(help, 'me', 80, true)).toBe('\u001b[1mVERSION\u001b[22m\n  me\n\nusual\n');
  });
});

it('leaves to the program whatever asks for more', () => {
  for (const argv of [['run'], ['run', '--help'], ['--help', 'run'], ['help'], ['--json'], ['-v']])
    expect(answerAtOnce(argv)).toBe(false);
});
