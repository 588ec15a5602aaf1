import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelLetters, type FailureCode } from '../../src/record/exchange.ts';
import { createReception } from '../../src/target/create-reception.ts';
import { noUsage } from '../../src/target/protocol.ts';
import type { Received, TargetOptions } from '../../src/target/target.ts';
import { targetAt } from './lone-server.ts';
import { type Listening, listen, piecesOf, type Script, type StandIn, secret, type Told } from './stand-in.ts';

/** What a vendor's client says of a reply; `unclassified` = it failed without a name of its own for that. */
export type ClientTold = Omit<Told, 'failure'> & { readonly failure: FailureCode | 'unclassified' | null };

export interface Vendor {
  readonly protocol: string;
  readonly standIn: StandIn;
  readonly scripts: Readonly<Record<string, Script>>;
  /** Scripts whose reply is asked for whole. */
  readonly whole: readonly string[];
  /** The base URL of tokbench for a stand-in at this origin; `script` for servers that serve one model without asking which. */
  readonly base: (origin: string, script: string) => string;
  readonly options?: Partial<TargetOptions>;
  /** Asks the stand-in through the vendor's official client, the reply's body cut at `cuts`; absent where there is none. */
  askClient?(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold>;
  /** Faults that the client does not notice, and what it takes them for; with the reason. */
  readonly clientBlind?: Readonly<Record<string, string>>;
}

/** The vendor's client and tokbench tell the same of every script: at once, byte by byte, and cut in two anywhere. */
export function agrees(vendor: Vendor): void {
  const names = Object.keys(vendor.scripts);
  const isStream = (name: string) => !vendor.whole.includes(name);

  const askClient = vendor.askClient?.bind(vendor);
  if (askClient !== undefined)
    describe(`the official client of ${vendor.protocol}`, () => {
      it.each(names)('tells the truth of %s', async (name) => {
        const { reply, truth } = vendor.scripts[name]!;
        const cuts = [[], everyByte(reply.body.length), ...spread(reply.body.length, 12)];
        for (const places of cuts) {
          const client = await askClient(name, isStream(name), places);
          expect(client, `cut at ${places}`).toEqual(
            forClient(truth, client, vendor.clientBlind?.[name] !== undefined),
          );
        }
      });
    });

  describe(`tokbench as ${vendor.protocol}`, () => {
    it.each(names)('tells the truth of %s, at once and byte by byte', (name) => {
      const script = vendor.scripts[name]!;
      const whole = received(vendor, script, isStream(name), []);
      agreesWithTruth(whole, script.truth);
      expect(received(vendor, script, isStream(name), everyByte(script.reply.body.length))).toEqual(whole);
    });
    it.each(names.filter(isStream))('tells the same of %s cut in two at any byte', (name) => {
      const script = vendor.scripts[name]!;
      const whole = received(vendor, script, true, []);
      const odd = everyByte(script.reply.body.length).filter((cut) => {
        const parts = received(vendor, script, true, [cut]);
        return !sameFacts(parts, whole);
      });
      expect(odd).toEqual([]);
    });
  });

  describe(`tokbench over a connection to ${vendor.protocol}`, () => {
    let server: Listening;
    beforeAll(async () => {
      server = await listen(vendor.standIn, [3, 40, 41, 200]);
    });
    afterAll(() => server.close());
    it.each(names)('tells the truth of %s', async (name) => {
      const target = targetAt(vendor.base(server.url, name), {
        protocol: vendor.protocol,
        model: name,
        apiKey: secret,
        stream: isStream(name),
        ...vendor.options,
      });
      const turn = {
        prompt: { kind: 'messages', messages: conversation },
        inputTokens: null,
        outputTokens: 64,
        thinkMs: 0,
        keepText: true,
      } as const;
      const result = await target.send(target.prepare(turn)).received;
      target.close();
      const { reply, truth } = vendor.scripts[name]!;
      // How a broken connection looks from here is the operating system's to say.
      const cutOff = result.outcome.state === 'failed' && result.outcome.code === 'truncated' && reply.breaks === true;
      agreesWithTruth(result, cutOff ? { ...truth, failure: 'truncated' } : truth);
      expect(JSON.stringify(result)).not.toContain(secret);
    });
  });
}

const conversation = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
  { role: 'user', content: 'And?' },
] as const;

/** A reply through tokbench's reader, one millisecond a piece. */
function received(vendor: Vendor, { reply }: Script, stream: boolean, cuts: readonly number[]): Received {
  const feed = createReception(vendor.protocol, { stream, keepText: true, secrets: [secret] });
  feed.head(reply.status, reply.headers, 1);
  for (const piece of piecesOf(reply.body, cuts)) feed.push(piece, 1);
  if (!feed.ended) {
    if (reply.breaks === true) feed.fail('conn_reset', 1);
    else feed.end(1);
  }
  return feed.received();
}

function sameFacts(parts: Received, whole: Received): boolean {
  return JSON.stringify(parts) === JSON.stringify(whole);
}

/** All that a record holds of the truth: the reasoning and the tools by their length and channel. */
function agreesWithTruth(result: Received, truth: Told): void {
  const { outcome } = result;
  expect(outcome.state === 'failed' ? outcome.code : null).toBe(truth.failure);
  expect(result.text).toBe(truth.text);
  if (outcome.state !== 'ok') return;
  expect(outcome.finish).toBe(truth.stop);
  expect(result.usage ?? noUsage).toMatchObject({
    input: truth.input,
    inputCached: truth.cached,
    inputCacheWrite: truth.cacheWrite,
    output: truth.output,
    outputReasoning: truth.outputReasoning,
  });
  expect(result.textChars).toBe([...(truth.text + truth.reasoning + truth.tools)].length);
  expect(result.flags.includes('tool_call')).toBe(truth.tools !== '');
  if (!result.streamed) return;
  const { channels, atUs } = result.chunks;
  const has = (channel: keyof typeof channelLetters) =>
    channels === '' ? channel === 'answer' && atUs.length > 0 : channels.includes(channelLetters[channel]);
  if (truth.reasoning !== '') expect(has('reasoning')).toBe(true);
  expect([has('answer'), has('tool')]).toEqual([truth.text !== '', truth.tools !== '']);
}

/** What a client can know of the truth: an empty answer is no failure to it, and of a failure it has but the name. */
function forClient(truth: Told, client: ClientTold, blind: boolean): ClientTold {
  if (truth.failure === null || truth.failure === 'empty_output') return { ...truth, failure: null };
  if (blind) return { ...client, failure: null };
  return { ...client, failure: client.failure === 'unclassified' ? 'unclassified' : truth.failure };
}

const everyByte = (length: number) => Array.from({ length: Math.max(0, length - 1) }, (_, k) => k + 1);

/** So many single cuts, evenly. */
const spread = (length: number, pieces: number) =>
  Array.from({ length: pieces }, (_, k) => [Math.floor(((k + 1) * length) / (pieces + 1))]);
