import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda, DueHeap } from '../../src/simulate/due.ts';

it('gives items by due time, equal ones in the order of their coming', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const heap = new DueHeap<number>();
      for (const [i, at] of times.entries()) heap.push(at, i);
      const wanted = times.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i);
      for (const { at, i } of wanted) {
        expect(heap.nextAt()).toBe(at);
        expect(heap.pop()).toBe(i);
      }
      expect([heap.size, heap.pop(), heap.nextAt()]).toEqual([0, undefined, Number.POSITIVE_INFINITY]);
    }),
  );
});

it('keeps its order when pushed and popped in turn', () => {
  const heap = new DueHeap<string>();
  heap.push(3, 'c');
  heap.push(1, 'a');
  expect(heap.pop()).toBe('a');
  heap.push(2, 'b');
  heap.push(3, 'd');
  expect([heap.pop(), heap.pop(), heap.pop()]).toEqual(['b', 'c', 'd']);
});

it('calls what is due, also what becomes due by it', () => {
  const agenda = new Agenda();
  const calls: string[] = [];
  agenda.at(10, () => {
    calls.push('first');
    agenda.at(10, () => calls.push('then'));
    agenda.at(11, () => calls.push('later'));
  });
  agenda.advance(9.999);
  expect(calls).toEqual([]);
  agenda.advance(10);
  expect(calls).toEqual(['first', 'then']);
  expect(agenda.nextAt()).toBe(11);
});
