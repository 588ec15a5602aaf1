import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Facts } from '../../src/target/facts.ts';
import { FrameShapes } from '../../src/target/frame-shapes.ts';
import { readFrame } from '../../src/target/openai-frame.ts';

const vllm = (text: string, output: number) =>
  `{"id":"chatcmpl-${output}","object":"chat.completion.chunk","created":17955398${output},"model":"m","choices":[{"index":0,"delta":{"content":${text}},"logprobs":null,"finish_reason":null,"token_ids":[5,${output}]}],"usage":{"prompt_tokens":35,"total_tokens":36,"completion_tokens":${output},"completion_tokens_details":null}}`;
const llama = (text: string) =>
  `{"choices":[{"finish_reason":null,"index":0,"delta":{"content":${text}}}],"created":17,"id":"c","object":"chat.completion.chunk"}`;
const completions = (text: string) =>
  `{"choices":[{"text":${text},"index":0,"logprobs":null,"finish_reason":null}],"id":"c"}`;
const makers = [vllm, llama, completions, (text: string) => llama(text).replace('content', 'reasoning')];

function learn(shapes: FrameShapes, json: string): void {
  const bytes = Buffer.from(json);
  shapes.learn(bytes, 0, bytes.length, JSON.parse(json) as Record<string, unknown>);
}
/** Facts by the shape, or null when the frame has none of the known ones. */
function byShape(shapes: FrameShapes, bytes: Buffer): unknown {
  if (shapes.find(bytes, 0, bytes.length) !== bytes.length) return null;
  const facts = new Facts(0, 1, null, true);
  shapes.take(facts, bytes, 7);
  return summary(facts);
}
function byParsing(bytes: Buffer): unknown {
  const facts = new Facts(0, 1, null, true);
  readFrame(JSON.parse(bytes.toString('utf8')) as Record<string, unknown>, facts, 7);
  return summary(facts);
}
function summary(facts: Facts): unknown {
  return {
    chunks: facts.chunks(),
    usage: facts.usage.result(),
    chars: facts.textChars,
    text: facts.text,
    answered: facts.answered,
    count: facts.tokenCount,
  };
}

describe('frame shapes', () => {
  it.each(makers.map((make, k) => [k, make] as const))('%i: a known shape gives what parsing gives', (_k, make) => {
    const shapes = new FrameShapes();
    learn(shapes, make('"first"', 1));
    let matched = 0;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), fc.nat(99_999), (text, output) => {
        const bytes = Buffer.from(make(JSON.stringify(text), output));
        const fast = byShape(shapes, bytes);
        if (fast === null) return;
        matched++;
        expect(fast).toEqual(byParsing(bytes));
      }),
      { seed: 3, numRuns: 300 },
    );
    expect(matched).toBeGreaterThan(280);
  });

  it('takes no frame that parsing would refuse or read otherwise, whatever byte is changed, dropped or put in', () => {
    const shapes = new FrameShapes();
    for (const make of makers) learn(shapes, make('"first"', 1));
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"\\{}[],:0 \n')));
    const frame = fc.tuple(
      fc.constantFrom(...makers),
      fc.constantFrom('"a"', '"\\n\\u00e9 b"', '"é😀"', '"\\\\"', '""', 'null'),
      fc.nat(999),
    );
    fc.assert(
      fc.property(frame, fc.nat(400), byte, fc.constantFrom(0, 1), ([make, text, output], place, value, dropped) => {
        const whole = Buffer.from(make(text, output));
        const at = place % whole.length;
        const changed = Buffer.concat([whole.subarray(0, at), Buffer.of(value), whole.subarray(at + dropped)]);
        // Bytes that are no UTF-8 are replaced when parsed; a shape passes them on.
        if (Buffer.from(changed.toString('utf8')).compare(changed) !== 0) return;
        const fast = byShape(shapes, changed);
        if (fast !== null) expect(fast).toEqual(byParsing(changed));
      }),
      { seed: 4, numRuns: 20_000 },
    );
  });

  it.each([
    ['a finish', llama('"a"').replace('"finish_reason":null', '"finish_reason":"stop"')],
    ['an error', llama('"a"').replace('{', '{"error":{"message":"x"},')],
    ['no text', llama('""')],
    ['text and reasoning', llama('"a","reasoning":"b"')],
    ['a tool call', llama('"a","tool_calls":[{"index":0}]')],
    ['two choices', completions('"a"').replace('}]', '},{"text":"b"}]')],
    ['logprobs', completions('"a"').replace('"logprobs":null', '"logprobs":{"tokens":["a"]}')],
    ['one key twice', llama('"b","content":"a"')],
    ['an escaped key', llama('"a","\\u0063":1')],
  ])('learns nothing of a frame with %s', (_name, json) => {
    const shapes = new FrameShapes();
    learn(shapes, json);
    expect(shapes.find(Buffer.from(json), 0, json.length)).toBe(-1);
  });

  it('stops learning from a server whose frames never repeat', () => {
    const shapes = new FrameShapes();
    const odd = (k: number) => llama(`"a","n":${k}`);
    for (let k = 0; k < 100; k++) learn(shapes, odd(k));
    expect(shapes.find(Buffer.from(odd(99)), 0, odd(99).length)).toBe(-1);
    expect(shapes.find(Buffer.from(odd(31)), 0, odd(31).length)).toBe(odd(31).length);
  });

  it('copies what it learns: the receive buffer is reused', () => {
    const shapes = new FrameShapes();
    const json = llama('"a"');
    const bytes = Buffer.from(json);
    shapes.learn(bytes, 0, bytes.length, JSON.parse(json) as Record<string, unknown>);
    bytes.fill(0);
    expect(shapes.find(Buffer.from(json), 0, json.length)).toBe(json.length);
  });
});
