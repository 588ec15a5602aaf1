import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda } from '../../src/clock/agenda.ts';
import { Line } from '../../src/load/line.ts';

it('hands out by due time, and equal times in the order they came', () => {
  const item = fc.record({ dueMs: fc.integer({ min: 0, max: 20 }) });
  const action = fc.oneof({ weight: 3, arbitrary: item }, { weight: 2, arbitrary: fc.constant('next' as const) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const agenda = new Agenda<{ dueMs: number }>();
      const plain: { dueMs: number }[] = [];
      for (const act of actions) {
        if (act !== 'next') {
          agenda.add(act);
          plain.push(act);
          plain.sort((a, b) => a.dueMs - b.dueMs); // stable
        } else expect(agenda.next()).toBe(plain.shift() ?? null);
        expect(agenda.nextMs).toBe(plain[0]?.dueMs ?? Number.POSITIVE_INFINITY);
        expect(agenda.size).toBe(plain.length);
      }
    }),
    { seed: 1 },
  );
});

it('is first in, first out, however long it gets', () => {
  const line = new Line<number>();
  let [added, taken] = [0, 0];
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 100; i++) line.add(added++);
    for (let i = 0; i < 90; i++) expect(line.next()).toBe(taken++);
    expect(line.size).toBe(added - taken);
    expect([line.at(0), line.at(line.size - 1), line.at(line.size)]).toEqual([taken, added - 1, undefined]);
  }
  while (line.size > 0) line.next();
  expect(line.next()).toBeUndefined();
});
