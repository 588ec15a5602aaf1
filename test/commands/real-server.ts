import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RealServer {
  readonly url: string;
  readonly port: number;
  /** Requests for a generation so far. */
  readonly asked: number;
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, asked: number) => void;

/**
 * A server that is none of ours: OpenAI's routes, no more. `answer` may answer a request for a generation in its own way;
 * else six tokens are streamed, or as many as were asked for.
 */
export async function realServer(answer: Answer = stream): Promise<RealServer> {
  let asked = 0;
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://real').pathname; // absolute when a proxy is asked
    if (path === '/v1/models') json(response, 200, { data: [{ id: 'real', object: 'model' }] });
    else if (path === '/v1/chat/completions') answer(request, response, asked++);
    else json(response, 404, { error: { message: 'Not found' } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    get asked() {
      return asked;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function stream(request: IncomingMessage, response: ServerResponse): void {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    const body = JSON.parse(text) as { max_tokens?: number; max_completion_tokens?: number; messages: object[] };
    const tokens = body.max_tokens ?? body.max_completion_tokens ?? 6;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const frame = (choices: object[], usage: object | null = null) =>
      response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', choices, usage })}\n\n`);
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ < tokens) return frame([{ index: 0, delta: { content: ' word' }, finish_reason: null }]);
      clearInterval(timer);
      frame([{ index: 0, delta: {}, finish_reason: 'length' }]);
      frame([], { prompt_tokens: Math.ceil(text.length / 4), completion_tokens: tokens });
      response.end('data: [DONE]\n\n');
      return true;
    }, 4);
  });
}
