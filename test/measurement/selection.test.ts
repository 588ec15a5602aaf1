import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { knownAt, placesWhere } from '../../src/measurement/selection.ts';

it('selects the places that pass, of all or of a selection', () => {
  const even = placesWhere(9, (i) => i % 2 === 0);
  expect([...even]).toEqual([0, 2, 4, 6, 8]);
  expect([...placesWhere(even, (i) => i > 3)]).toEqual([4, 6, 8]);
  expect(placesWhere(0, () => true)).toHaveLength(0);
  expect(placesWhere(4, () => false)).toHaveLength(0);
});

it('takes the known values at the places, in their order, whatever is between them', () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.boolean())), fc.boolean(), (rows, single) => {
      const values = rows.map(([number]) => number);
      const column = single ? Float32Array.from(values) : Float64Array.from(values);
      const places = placesWhere(rows.length, (i) => rows[i]![1]);
      const wanted = rows.filter(([number, chosen]) => chosen && !Number.isNaN(number)).map(([number]) => number);
      expect([...knownAt(column, places)]).toEqual(wanted);
    }),
  );
});

it('copies nothing where the places are one run of known values', () => {
  const column = Float64Array.of(Number.NaN, 1, 2, 3, 4);
  const view = knownAt(
    column,
    placesWhere(5, (i) => i > 0),
  );
  expect([...view]).toEqual([1, 2, 3, 4]);
  expect(view.buffer).toBe(column.buffer);
});
