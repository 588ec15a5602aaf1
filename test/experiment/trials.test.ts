import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type TrialTarget, tryModel } from '../../src/experiment/trials.ts';
import { startSimulator } from '../../src/simulate/simulator.ts';
import { unaskedFeatures } from '../../src/target/features.ts';

let server: Server | null = null;
afterEach(() => server?.close());

type Body = Readonly<Record<string, unknown>>;
type Reply = {
  readonly text?: string;
  readonly cached?: number | null;
  readonly call?: boolean;
  readonly status?: number;
};

/** A chat server whose answer to a body is told; counts bodies. */
async function chat(answer: (body: Body, nth: number) => Reply): Promise<{ url: string; bodies: Body[] }> {
  const bodies: Body[] = [];
  server = createServer((request, response) => {
    void read(request).then((text) => {
      const body = JSON.parse(text) as Body;
      bodies.push(body);
      const { text: said = 'yes', cached = null, call = false, status = 200 } = answer(body, bodies.length);
      if (status !== 200) {
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"not that"}}');
        return;
      }
      const delta = call
        ? { tool_calls: [{ index: 0, id: 'x', type: 'function', function: { name: 'get_weather', arguments: '{}' } }] }
        : { content: said };
      const usage = {
        prompt_tokens: 10,
        completion_tokens: 2,
        ...(cached === null ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
      };
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-ratelimit-limit-requests': '60' });
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`);
      response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

const target = (url: string, more: Partial<TrialTarget> = {}): TrialTarget => ({
  url,
  protocol: 'openai-chat',
  model: 'm',
  apiKey: null,
  headers: {},
  body: {},
  forceLength: false,
  features: unaskedFeatures,
  caFile: null,
  ...more,
});

describe('trials of a model', () => {
  it('tell seeds, tool calls and a prefix cache, and where the time goes', async () => {
    const prompts = new Set<string>();
    const { url, bodies } = await chat((body) => {
      const prompt = JSON.stringify(body['messages']);
      const cached = prompts.has(prompt) ? 8 : 0;
      prompts.add(prompt);
      return { text: `boat ${String(body['seed'])}`, cached, call: body['tools'] !== undefined };
    });
    const trials = await tryModel(target(url, { body: { top_p: 0.5 } }));
    expect(trials).toMatchObject({ seeds: true, toolCalls: true, prefixCache: true, reasons: [] });
    expect(trials.limits).toMatchObject([{ of: 'requests', limit: 60 }]);
    expect(trials.tokens).toBe(12 * bodies.length);
    const { roundTrip } = trials;
    expect(roundTrip).toMatchObject({ dnsMs: null, tlsMs: null });
    expect(roundTrip!.connectMs).toBeGreaterThan(0);
    expect(roundTrip!.firstMs).toBeGreaterThanOrEqual(roundTrip!.connectMs!);
    expect(roundTrip!.serverMs).toBeLessThanOrEqual(roundTrip!.againMs);
    expect(bodies.every((body) => body['top_p'] === 0.5)).toBe(true);
  });

  it('tell no from not known, and say why', async () => {
    const { url } = await chat((body, nth) => {
      if (body['tools'] !== undefined) return { status: 400 };
      return { text: body['seed'] === undefined ? 'yes' : `boat ${nth}`, cached: 0 };
    });
    expect(await tryModel(target(url))).toMatchObject({
      seeds: false,
      toolCalls: false,
      prefixCache: false,
      reasons: [],
    });
    server?.close();
    const dull = await chat((body) => (body['tools'] === undefined ? {} : { status: 503 }));
    const trials = await tryModel(target(dull.url));
    expect(trials).toMatchObject({ seeds: null, toolCalls: null, prefixCache: null });
    expect(trials.reasons).toEqual([
      'Seeds cannot be told from: every seed gave the same text.',
      expect.stringMatching(/^Tool calls were not tried out: /),
      'The prefix cache cannot be told: usage does not report cached tokens.',
    ]);
  });

  it('end with a reason where nothing can be generated', async () => {
    const { url } = await chat(() => ({ status: 429 }));
    const trials = await tryModel(target(url));
    expect(trials).toMatchObject({ roundTrip: null, seeds: null, toolCalls: null, prefixCache: null, tokens: 0 });
    expect(trials.reasons).toEqual([expect.stringMatching(/^One token's round trip could not be timed: /)]);
  });

  it('fit a small context, and speak other protocols', async () => {
    const simulator = await startSimulator({ model: 'm', maxModelTokens: 600, pace: { ttftMs: 20, itlMs: 1 } });
    try {
      const trials = await tryModel(
        target(simulator.url, {
          protocol: 'openai-completions',
          features: { ...unaskedFeatures, contextTokens: 600, streamUsage: true },
        }),
      );
      expect(trials.roundTrip!.againMs).toBeGreaterThanOrEqual(19);
      expect(trials.toolCalls).toBeNull();
      expect(trials.reasons.join()).not.toContain('context');
    } finally {
      await simulator.close();
    }
  });
});
