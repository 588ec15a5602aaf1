import { expect, it } from 'vitest';
import { bisect } from '../../src/economics/root.ts';

it('says when a root is not there or the budget ran out', () => {
  expect(bisect((x) => x * x + 1, -1, 1, 1e-9)).toMatchObject({ found: 'none' });
  expect(bisect((x) => x - 0.3, 0, 1, 1e-12, 3)).toMatchObject({ found: 'budget' });
  expect(bisect((x) => x - 0.3, 0, 1, 1e-12)).toMatchObject({ found: 'root' });
});
