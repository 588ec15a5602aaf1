import { expect, it } from 'vitest';
import { alike } from '../../src/procurement/likeness.ts';

const known = ['a10g', 'a100-sxm-80', 'b200-sxm', 'h100-sxm', 'h200-sxm', 'l4', 'l40s', 'mi300x'];

it.each([
  ['h100x', 'h100-sxm'],
  ['H100-SMX', 'h100-sxm'],
  ['mi300', 'mi300x'],
  ['l40', 'l40s'],
  ['b20', 'b200-sxm'],
])('takes %s for %s', (typed, meant) => expect(alike(typed, known)[0]).toBe(meant));

it('takes nothing for what is like nothing', () => expect(alike('zzz', known)).toEqual([]));
