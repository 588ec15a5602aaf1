import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DocumentSplitter } from '../../src/telemetry/documents.ts';

const isReport = (value: unknown) => typeof value === 'object' && value !== null && 'report' in value;

function split(text: string, ends: readonly number[] = []): { found: unknown[]; broken: number } {
  const bytes = Buffer.from(text, 'utf8');
  const splitter = new DocumentSplitter(isReport);
  const cuts = [0, ...[...ends].map((end) => end % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const found = cuts.slice(1).flatMap((end, i) => splitter.push(bytes.subarray(cuts[i]!, end)));
  return { found, broken: splitter.broken };
}

it('reads documents on one line, on many lines, and one after the other without anything between', () => {
  expect(split('{"report":1}\n{"report":[2,\n {"a":"}"}]}{"report":3}').found).toEqual([
    { report: 1 },
    { report: [2, { a: '}' }] },
    { report: 3 },
  ]);
});

it('leaves out what is no document', () => {
  expect(split('\'CTRL\' + \'C\' to stop watching output:\n"text" ] }\n{"report":1}\nend').found).toEqual([
    { report: 1 },
  ]);
});

it.each(['{"report":{"a":1,', '{"report":"cut in a str', '{"report":[[[{', '{"report":"\\'])(
  'goes on with the next document after one that was cut at %j',
  (cut) => {
    expect(split(`${cut}\n{"report":2}\n{"report":3}\n`)).toEqual({ found: [{ report: 2 }, { report: 3 }], broken: 1 });
  },
);

it('takes objects at the start of a line for what they are inside a whole document', () => {
  expect(split('[\n{"gpu":0},\n{"gpu":1}\n]\n').found).toEqual([[{ gpu: 0 }, { gpu: 1 }]]);
});

it('gives the same documents at any split of the bytes', () => {
  const value = fc.jsonValue({ maxDepth: 3 }).map((inner) => ({ report: inner }));
  const text = fc.tuple(fc.array(value, { maxLength: 5 }), fc.constantFrom(0, 1, 4));
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), ([documents, indent], ends) => {
      const written = documents.map((document) => JSON.stringify(document, null, indent)).join('\n');
      expect(split(written, ends).found).toEqual(JSON.parse(JSON.stringify(documents)));
    }),
  );
});

it('survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, text) => {
      const splitter = new DocumentSplitter(isReport);
      splitter.push(Buffer.from(bytes));
      splitter.push(Buffer.from(text));
    }),
  );
});
