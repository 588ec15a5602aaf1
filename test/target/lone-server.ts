import { createServer, type Server, type Socket } from 'node:net';
import { createClock } from '../../src/clock/clock.ts';
import { createTarget } from '../../src/target/create.ts';
import type { Limits, Target, TargetOptions } from '../../src/target/target.ts';

export interface LoneServer {
  readonly url: string;
  readonly port: number;
  /** Requests so far: their text, and which connection brought them. */
  readonly requests: { readonly text: string; readonly connection: number; readonly socket: Socket }[];
  connections: number;
  close(): void;
}

/** A TCP server that answers each whole request as `answer` says. */
export async function serve(
  answer: (socket: Socket, request: { text: string; count: number; connection: number }) => void,
  make: (onSocket: (socket: Socket) => void) => Server = (onSocket) => createServer({ noDelay: true }, onSocket),
): Promise<LoneServer> {
  const sockets = new Set<Socket>();
  const state: LoneServer = { url: '', port: 0, requests: [], connections: 0, close: () => {} };
  const server = make((socket) => {
    const connection = ++state.connections;
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const split = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (split < 0 || text.length < split + 4 + length) return;
      const whole = text;
      text = '';
      state.requests.push({ text: whole, connection, socket });
      answer(socket, { text: whole, count: state.requests.length, connection });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return Object.assign(state, {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  });
}

export const frames = {
  a: 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n',
  stop: 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  usage: 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n',
  done: 'data: [DONE]\n\n',
};
export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
export const head = (extra = '') =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n${extra}\r\n`;
export const reply = (extra = '') =>
  `${head(extra)}${chunk(frames.a + frames.stop + frames.usage + frames.done)}0\r\n\r\n`;
export const plain = (status: string, body: string, extra = '') =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`;

export const noLimits: Limits = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 60_000 };
export function targetAt(url: string, options: Partial<TargetOptions> = {}): Target {
  return createTarget({
    url,
    protocol: 'openai-chat',
    model: 'm',
    apiKey: null,
    headers: {},
    body: {},
    stream: true,
    forceLength: false,
    features: {
      forcedLength: null,
      capField: 'max_tokens',
      streamUsage: null,
      continuousUsage: null,
      tokenIds: null,
      tokenize: null,
      metrics: null,
      contextTokens: null,
    },
    limits: noLimits,
    caFile: null,
    clock: createClock(),
    ...options,
  });
}

export const turn = {
  prompt: { kind: 'text', text: 'hi' },
  inputTokens: null,
  outputTokens: 5,
  thinkMs: 0,
  keepText: false,
} as const;
export const sendOne = (target: Target) => target.send(target.prepare(turn)).received;
