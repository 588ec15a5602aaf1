import { createServer } from 'node:http';
import type { FailureCode } from '../../src/record/exchange.ts';

/** A request as a vendor's service sees it. */
export interface StandInRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface StandInReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The connection breaks behind the body instead of ending it. */
  readonly breaks?: boolean;
}

/** A vendor's service, written from its documentation: what it says to a request, no socket. */
export type StandIn = (request: StandInRequest) => StandInReply;

/** What a reply truly holds, as the vendor's client and tokbench must both tell it. */
export interface Told {
  /** Visible answer. */
  readonly text: string;
  readonly reasoning: string;
  /** Names and arguments of tool calls, joined. */
  readonly tools: string;
  /** Input tokens as the vendor counts them, cached ones included. */
  readonly input: number | null;
  readonly cached: number | null;
  readonly cacheWrite: number | null;
  /** Output tokens, reasoning included. */
  readonly output: number | null;
  readonly outputReasoning: number | null;
  /** The vendor's own word. */
  readonly stop: string | null;
  readonly failure: FailureCode | null;
}

export const told = (facts: Partial<Told>): Told => ({
  text: '',
  reasoning: '',
  tools: '',
  input: null,
  cached: null,
  cacheWrite: null,
  output: null,
  outputReasoning: null,
  stop: null,
  failure: null,
  ...facts,
});

/** One model of a stand-in: it always answers the same. */
export interface Script {
  readonly reply: StandInReply;
  readonly truth: Told;
}

export const secret = 'sk-stand-in-0123456789abcdef';

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): StandInReply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(value)),
});

export interface Listening {
  /** Origin, no slash at its end. */
  readonly url: string;
  readonly requests: StandInRequest[];
  close(): Promise<void>;
}

/** Serves a stand-in over HTTP/1.1 on a port of its own; bodies go out in pieces cut at `cuts`. */
export async function listen(standIn: StandIn, cuts: readonly number[] = []): Promise<Listening> {
  const requests: StandInRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const request: StandInRequest = {
      method: incoming.method!,
      path: incoming.url!,
      headers: incoming.headers as Record<string, string>,
      text: Buffer.concat(parts).toString('utf8'),
    };
    requests.push(request);
    const { status, headers, body, breaks } = standIn(request);
    outgoing.writeHead(status, headers);
    for (const piece of piecesOf(body, cuts)) {
      outgoing.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (breaks === true) outgoing.destroy();
    else outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A body cut at these positions; those outside of it are left out. */
export function piecesOf(body: Buffer, cuts: readonly number[]): Buffer[] {
  const inside = cuts.filter((cut) => cut > 0 && cut < body.length);
  const edges = [0, ...inside, body.length];
  return edges.slice(1).map((edge, k) => body.subarray(edges[k], edge));
}

/** `fetch` that asks a stand-in without a socket, its body in pieces: how a vendor's client is shown any split. */
export function fetchOf(standIn: StandIn, cuts: readonly number[] = []): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const reply = standIn({
      method: request.method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      text: await request.text(),
    });
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of piecesOf(reply.body, cuts)) controller.enqueue(new Uint8Array(piece));
        if (reply.breaks === true) controller.error(new Error('the connection broke'));
        else controller.close();
      },
    });
    return new Response(body, { status: reply.status, headers: reply.headers });
  };
}
