import { afterEach, expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import {
  checkFaults,
  eventsBeforeFault,
  type FaultName,
  faultOf,
  parseFault,
  parseFaults,
} from '../../src/simulate/fault.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { chatBody, chatFrames, chatPath, closing, counter, events, post, type RawReply, raw } from './client.ts';

let simulator: Simulator | null = null;
afterEach(async () => {
  await simulator?.close();
  simulator = null;
});

async function faulty(name: FaultName, fields: object = {}, options: SimulatorOptions = {}): Promise<RawReply> {
  simulator = await startSimulator({ pace: { ttftMs: 5, itlMs: 2 }, faults: { [name]: 1 }, ...options });
  return raw(simulator.port, post(chatPath, chatBody(fields), closing), name === 'stall' ? 300 : 10_000);
}

const contents = (reply: RawReply) =>
  chatFrames(reply.text).filter((frame) => frame.choices?.[0]?.delta.content).length;
const finished = (reply: RawReply) => /"finish_reason":"|"usage":\{|\[DONE\]/.test(reply.text);

it('reads name and share, and refuses what is neither', () => {
  expect(parseFault('reset=0.05')).toEqual({ name: 'reset', share: 0.05 });
  for (const text of ['reset', 'reset=', 'reset=2', 'reset=-1', 'rset=0.1', '=0.1', 'reset=x'])
    expect(() => parseFault(text)).toThrow(UserError);
  expect(parseFaults(['reset=0.05', 'stall=0.1'])).toEqual({ reset: 0.05, stall: 0.1 });
  expect(() => parseFaults(['reset=0.05', 'reset=0.1'])).toThrow(/given twice/);
  expect(() => parseFaults(['reset=0.5', 'stall=0.6'])).toThrow(/must not exceed 1/);
  expect(() => checkFaults({ reset: 0.6, stall: 0.5 })).toThrow(/must not exceed 1/);
  expect(() => checkFaults({ nothing: 0.5 } as object)).toThrow(/no fault 'nothing'/);
  checkFaults({ reset: 0.5, stall: 0.5, truncated: undefined });
});

it('draws by seed and ordinal alone, in the shares asked for', () => {
  const shares = { reset: 0.05, stall: 0.01, rate_limited: 0.2 };
  const drawn = Array.from({ length: 20_000 }, (_, i) => faultOf(shares, 7, i));
  const count = (name: FaultName | null) => drawn.filter((fault) => fault === name).length;
  expect(Math.abs(count('reset') - 1000)).toBeLessThan(120);
  expect(Math.abs(count('stall') - 200)).toBeLessThan(60);
  expect(Math.abs(count('rate_limited') - 4000)).toBeLessThan(240);
  expect(count(null) + count('reset') + count('stall') + count('rate_limited')).toBe(20_000);
  expect(drawn).toEqual(drawn.map((_, i) => faultOf(shares, 7, i)));
  expect(drawn).not.toEqual(drawn.map((_, i) => faultOf(shares, 8, i)));
  expect(faultOf({ stall: 1 }, 1, 5)).toBe('stall');
  expect(faultOf({}, 1, 5)).toBeNull();
});

it('strikes in the middle of the stream', () => {
  const at = Array.from({ length: 1000 }, (_, i) => eventsBeforeFault(1, i, 10));
  expect(new Set(at)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  expect(eventsBeforeFault(1, 1, 1)).toBe(1);
});

it.each([8, 1])('resets the connection after a token, of %i', async (max_tokens) => {
  const reply = await faulty('reset', { max_tokens });
  expect(reply.ended).toBe('reset');
  expect(contents(reply)).toBeGreaterThan(0);
  expect(finished(reply)).toBe(false);
});

it.each([8, 1])('falls silent after a token, of %i', async (max_tokens) => {
  const reply = await faulty('stall', { max_tokens });
  expect(reply.ended).toBe('silence');
  expect(contents(reply)).toBeGreaterThan(0);
  expect(finished(reply)).toBe(false);
});

it.each([8, 1])('ends too early after a token, of %i', async (max_tokens) => {
  const reply = await faulty('truncated', { max_tokens });
  expect(reply.ended).toBe('end');
  expect(contents(reply)).toBeGreaterThan(0);
  expect(finished(reply)).toBe(false);
});

it.each([8, 1])('sends an error inside the stream after a token, of %i', async (max_tokens) => {
  const reply = await faulty('stream_error', { max_tokens });
  const payloads = events(reply.text);
  expect(reply.text).toMatch(/^HTTP\/1.1 200 /);
  expect(JSON.parse(payloads.at(-2)!).error.code).toBe(500);
  expect(payloads.at(-1)).toBe('[DONE]');
  expect(reply.text).toMatch(/"content":"[^"]/);
  expect(reply.text).not.toMatch(/"finish_reason":"|"usage"/);
});

it.each([8, 1])('sends one broken event and goes on, of %i', async (max_tokens) => {
  const reply = await faulty('malformed', { max_tokens });
  const payloads = events(reply.text);
  const broken = payloads.filter((payload) => {
    try {
      JSON.parse(payload);
      return false;
    } catch {
      return payload !== '[DONE]';
    }
  });
  expect(broken).toHaveLength(1);
  expect(payloads.at(-1)).toBe('[DONE]');
  expect(JSON.parse(payloads.at(-2)!).usage.completion_tokens).toBe(max_tokens);
});

it('refuses with 429 and says when to come back', async () => {
  const reply = await faulty('rate_limited', {}, { retryAfterS: 2 });
  expect(reply.text).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\n/);
  expect(reply.text).toMatch(/\r\nretry-after: 2\r\n/);
  expect(JSON.parse(reply.text.split('\r\n\r\n')[1]!).error.code).toBe(429);
});

it('refuses with 500', async () => {
  const reply = await faulty('server_error');
  expect(reply.text).toMatch(/^HTTP\/1.1 500 /);
  expect(JSON.parse(reply.text.split('\r\n\r\n')[1]!).error.code).toBe(500);
});

it('ends in good order without a token', async () => {
  const reply = await faulty('empty_output');
  expect(contents(reply)).toBe(0);
  const frames = chatFrames(reply.text);
  expect(frames.at(-1)!.usage!.completion_tokens).toBe(0);
  expect(frames.at(-2)!.choices[0]!.finish_reason).toBe('stop');
  expect(events(reply.text).at(-1)).toBe('[DONE]');
  const metrics = await (await fetch(simulator!.url.replace('/v1', '/metrics'))).text();
  expect(counter(metrics, 'vllm:generation_tokens_total')).toBe(0);
});

it('holds the head back, and loses nothing by it', async () => {
  const reply = await faulty('slow_header', {}, { slowHeaderMs: 120 });
  expect(reply.reads[0]!.atMs - reply.sentMs).toBeGreaterThanOrEqual(119.9);
  expect(contents(reply)).toBe(8);
  expect(events(reply.text).at(-1)).toBe('[DONE]');
});

it('fails whole answers, too', async () => {
  const fields = { stream: false, stream_options: undefined };
  expect((await faulty('reset', fields)).ended).toBe('reset');
  await simulator!.close();
  const truncated = await faulty('truncated', fields);
  expect([truncated.ended, truncated.text.includes('\r\n0\r\n')]).toEqual(['end', false]);
  await simulator!.close();
  expect((await faulty('stream_error', fields)).text).toMatch(/^HTTP\/1.1 500 /);
  await simulator!.close();
  const malformed = await faulty('malformed', fields);
  expect(() => JSON.parse(malformed.text.split('\r\n\r\n')[1]!)).toThrow();
  await simulator!.close();
  expect((await faulty('stall', fields)).ended).toBe('silence');
});
