/**
 * A model server that costs next to nothing for a token, so that a client on all cores is what is measured: each stream
 * gets a burst of tokens every so often, from bytes that were made once, at a phase of its own.
 *
 *     node benchmarks/self/burst-server.ts TOKENS MS       prints its port, ends with its parent
 */
import { createServer, type Socket } from 'node:net';

const [burstTokens, burstMs] = process.argv.slice(2).map(Number) as [number, number];

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const frame = (delta: string, finish: string) =>
  chunk(
    `data: {"id":"chatcmpl-6f1e2d3c4b5a69788796a5b4c3d2e1f0","object":"chat.completion.chunk","created":1750000000,"model":"burst","choices":[{"index":0,"delta":{${delta}},"logprobs":null,"finish_reason":${finish},"token_ids":null}]}\n\n`,
  );
const token = frame('"content":" word"', 'null');
const burst = Buffer.from(token.repeat(burstTokens), 'latin1');
const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

function ending(tokens: number): string {
  const usage = `"usage":{"prompt_tokens":9,"completion_tokens":${tokens},"total_tokens":${tokens + 9}}`;
  const last = chunk(`data: {"id":"c","object":"chat.completion.chunk","model":"burst","choices":[],${usage}}\n\n`);
  return `${frame('', '"length"')}${last}${chunk('data: [DONE]\n\n')}0\r\n\r\n`;
}

function json(socket: Socket, status: string, value: unknown): void {
  const body = JSON.stringify(value);
  socket.write(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

function answer(socket: Socket, path: string, body: string): void {
  if (path === '/v1/models') json(socket, '200 OK', { object: 'list', data: [{ id: 'burst', object: 'model' }] });
  else if (path === '/v1/chat/completions') generate(socket, JSON.parse(body) as Asked);
  else json(socket, '404 Not Found', { error: { message: 'no such route' } });
}

interface Asked {
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

function generate(socket: Socket, { stream, max_tokens, max_completion_tokens }: Asked): void {
  const tokens = max_completion_tokens ?? max_tokens ?? burstTokens;
  if (stream !== true) {
    const usage = { prompt_tokens: 9, completion_tokens: tokens, total_tokens: tokens + 9 };
    const message = { role: 'assistant', content: ' word'.repeat(tokens) };
    json(socket, '200 OK', { choices: [{ index: 0, message, finish_reason: 'length' }], usage });
    return;
  }
  let left = tokens;
  const next = () => {
    if (socket.destroyed) return;
    const now = Math.min(left, burstTokens);
    left -= now;
    socket.write(now === burstTokens ? burst : token.repeat(now), 'latin1');
    if (left === 0) socket.write(ending(tokens), 'latin1');
    else setTimeout(next, burstMs);
  };
  socket.write(head);
  // A stream of a few tokens is a question about the server, not load.
  setTimeout(next, tokens < burstTokens ? 0 : Math.random() * burstMs);
}

const server = createServer({ noDelay: true }, (socket) => {
  let unread = '';
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (text: string) => {
    unread += text;
    for (;;) {
      const end = unread.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(unread.slice(0, end))?.[1] ?? 0);
      if (unread.length < end + 4 + length) return;
      const body = unread.slice(end + 4, end + 4 + length);
      const path = unread.slice(0, unread.indexOf('\r\n')).split(' ')[1] ?? '/';
      unread = unread.slice(end + 4 + length);
      answer(socket, path, body);
    }
  });
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
