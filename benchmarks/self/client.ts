/**
 * One rival client in a process of its own: opens streams at once, stamps what it reads, and tells what CPU time it used
 * in a span in which all of them stream.
 *
 *     node benchmarks/self/client.ts '{"kind": "fetch", …}'
 */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import OpenAI from 'openai';
import { Agent } from 'undici';
import { createClock } from '../../src/clock/clock.ts';
import { createTarget } from '../../src/target/create.ts';

export interface ClientOrder {
  /**
   * `bare` = a socket that counts bytes, `onread` = the same into one buffer, `undici` = its dispatch that stamps reads,
   * `target` = tokbench's transport and reader without the rest of the program.
   */
  readonly kind: 'bare' | 'onread' | 'undici' | 'fetch' | 'openai' | 'target';
  readonly url: string;
  readonly model: string;
  readonly streams: number;
  readonly outputTokens: number;
  /** From the start to the span, and its length. */
  readonly rampMs: number;
  readonly spanMs: number;
  /** File for the stamps. */
  readonly out: string;
}

export interface ClientResult {
  readonly originNs: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpuUs: number;
  /** Per stream: when it was sent, and the stamp of each content event, ms on a clock with that origin; none of `bare`. */
  readonly stamps: readonly { readonly id: string; readonly sentMs: number; readonly atMs: readonly number[] }[];
}

const order = JSON.parse(process.argv[2]!) as ClientOrder;
const clock = createClock();
const stamps: { id: string; sentMs: number; atMs: number[] }[] = [];

/** The same bytes from every client: what tokbench asks a server for that counts its tokens in every event. */
const body = {
  model: order.model,
  messages: [{ role: 'user' as const, content: 'Say something about the weather, in plain words.' }],
  max_completion_tokens: order.outputTokens,
  ignore_eos: true,
  min_tokens: order.outputTokens,
  stream: true as const,
  stream_options: { include_usage: true, continuous_usage_stats: true },
};

/** What the bare socket does with what it reads. */
const counted = { bytes: 0 };

function begin(id: string): number[] {
  const atMs: number[] = [];
  stamps.push({ id, sentMs: clock.now(), atMs });
  return atMs;
}

/** The request of a client that speaks HTTP itself. */
function rawRequest(): { readonly hostname: string; readonly port: number; readonly request: string } {
  const { hostname, port, pathname } = new URL(order.url);
  const json = JSON.stringify(body);
  const head = `POST ${pathname}/chat/completions HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n`;
  return { hostname, port: Number(port), request: `${head}content-length: ${json.length}\r\n\r\n${json}` };
}

const starts: Readonly<Record<ClientOrder['kind'], () => (id: string) => void>> = {
  bare() {
    const { hostname, port, request } = rawRequest();
    return () => {
      const socket = connect({ host: hostname, port, noDelay: true });
      socket.on('data', (chunk) => {
        counted.bytes += chunk.length;
      });
      socket.on('error', () => {}).on('connect', () => socket.write(request));
    };
  },
  onread() {
    const { hostname, port, request } = rawRequest();
    const buffer = Buffer.alloc(64 * 1024);
    const callback = (bytes: number) => {
      counted.bytes += bytes;
      return true;
    };
    return () => {
      const socket = connect({ host: hostname, port, noDelay: true, onread: { buffer, callback } });
      socket.on('error', () => {}).on('connect', () => socket.write(request));
    };
  },
  undici() {
    const { origin, pathname } = new URL(order.url);
    const agent = new Agent({ connections: order.streams, pipelining: 1 });
    const json = JSON.stringify(body);
    return (id) => {
      const atMs = begin(id);
      const headers = { 'content-type': 'application/json', 'x-request-id': id };
      // A read is an event here: as the simulated server writes them. What is in it is not looked at.
      agent.dispatch(
        { origin, path: `${pathname}/chat/completions`, method: 'POST', headers, body: json },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData: () => void atMs.push(clock.now()),
          onResponseEnd() {},
          onResponseError() {},
        },
      );
    };
  },
  fetch() {
    return async (id) => {
      const atMs = begin(id);
      const reply = await fetch(`${order.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': id },
        body: JSON.stringify(body),
      });
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of reply.body!) {
        const nowMs = clock.now();
        const events = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = events.pop()!;
        for (const event of events) {
          if (event === 'data: [DONE]') continue;
          const frame = JSON.parse(event.slice(6)) as OpenAI.ChatCompletionChunk;
          if (frame.choices[0]?.delta.content) atMs.push(nowMs);
        }
      }
    };
  },
  openai() {
    const client = new OpenAI({ baseURL: order.url, apiKey: 'none', maxRetries: 0 });
    return async (id) => {
      const atMs = begin(id);
      const chunks = await client.chat.completions.create(body as OpenAI.ChatCompletionCreateParamsStreaming, {
        headers: { 'x-request-id': id },
      });
      for await (const chunk of chunks) if (chunk.choices[0]?.delta.content) atMs.push(clock.now());
    };
  },
  target() {
    const features = {
      forcedLength: { ignore_eos: true, min_tokens: 1 }, capField: 'max_completion_tokens', streamUsage: true, continuousUsage: true, tokenIds: null, tokenize: null, metrics: null, contextTokens: null,
    } as const; // biome-ignore format: one row
    const target = createTarget({
      url: order.url, protocol: 'openai-chat', model: order.model, apiKey: null, headers: {}, body: {}, stream: true, forceLength: true,
      features, limits: { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 }, caFile: null, clock,
    }); // biome-ignore format: options in rows
    return (id) => {
      const turn = {
        prompt: { kind: 'text', text: body.messages[0]!.content },
        inputTokens: null,
        outputTokens: order.outputTokens,
        thinkMs: 0,
        keepText: false,
        requestId: id,
      } as const;
      const flight = target.send(target.prepare(turn));
      flights.push({ id, flight });
    };
  },
};

const flights: { id: string; flight: ReturnType<ReturnType<typeof createTarget>['send']> }[] = [];

/** What tokbench's own reader stamped, of replies that are given up now. */
async function landed(): Promise<void> {
  for (const { flight } of flights) flight.abandon('interrupted');
  for (const { id, flight } of flights) {
    const { sentMs, chunks } = await flight.received;
    stamps.push({ id, sentMs: sentMs!, atMs: chunks.atUs.map((us) => sentMs! + us / 1000) });
  }
}

const start = starts[order.kind]();
for (let i = 0; i < order.streams; i++) start(`s${i}`);
await new Promise((resolve) => setTimeout(resolve, order.rampMs));
const [fromMs, cpu] = [clock.now(), process.cpuUsage()];
await new Promise((resolve) => setTimeout(resolve, order.spanMs));
const [toMs, used] = [clock.now(), process.cpuUsage(cpu)];
await landed();
const result: ClientResult = {
  originNs: String(clock.originNs),
  fromMs,
  toMs,
  cpuUs: used.user + used.system,
  stamps,
};
writeFileSync(order.out, JSON.stringify(result));
process.exit();
