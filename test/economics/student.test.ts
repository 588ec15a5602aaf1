import { expect, it } from 'vitest';
import { studentT } from '../../src/economics/student.ts';

it('knows the quantiles of Student', () => {
  const table = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706];
  expect(table.map((_, i) => Number(studentT(0.95, i + 1).toFixed(4)))).toEqual(table);
  expect(studentT(0.95, 1000)).toBeCloseTo(1.9623, 4);
  expect(() => studentT(0.95, 0)).toThrow(/degrees of freedom/);
});
