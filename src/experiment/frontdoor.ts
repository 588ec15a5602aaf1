import autocannon from 'autocannon';
import { createAsker } from '../target/ask.ts';

/** What the server's HTTP front door does on a route that costs the model nothing. */
export interface FrontDoor {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requestsPerS: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly non2xx: number;
  readonly errors: number;
}

const connections = 10;

/**
 * Measures request rate and latency of `path` with autocannon. No key and no header of the user's goes along:
 * autocannon does not verify TLS.
 * @param root the server's root URL, without `/v1`
 */
export async function measureFrontDoor(root: string, path: string, seconds: number): Promise<FrontDoor> {
  const result = await autocannon({
    url: `${root.replace(/\/$/, '')}${path}`,
    connections,
    duration: seconds,
    headers: { accept: '*/*' },
    setupClient: forgetLost,
  });
  return {
    path,
    connections,
    seconds: result.duration,
    requestsPerS: result.requests.average,
    latencyMs: { p50: result.latency.p50, p99: result.latency.p99, max: result.latency.max },
    non2xx: result.non2xx,
    errors: result.errors + result.timeouts,
  };
}

/**
 * Where a server closes a kept connection (llama.cpp does after 100 requests), autocannon 9 connects anew but keeps the
 * request that was lost with the old one in its queue: each later answer is then counted from an older request's start,
 * and latencies grow without end. So the queue is emptied before the first request of a new connection.
 */
function forgetLost(client: autocannon.Client): void {
  const inner = client as unknown as {
    readonly conn: object;
    readonly pipelinedRequests: { clear(): void };
    on(event: 'request', act: () => void): void;
  };
  let last: object | null = null;
  inner.on('request', () => {
    if (last !== null && last !== inner.conn) inner.pipelinedRequests.clear();
    last = inner.conn;
  });
}

/** Requests per second of tokbench's own transport on the same route, over as many connections. */
export async function measureOwnDoor(root: string, path: string, seconds: number): Promise<number> {
  const asker = createAsker({ url: root });
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let answers = 0;
  const askOn = async () => {
    while (performance.now() < endMs) {
      const { status } = await asker.ask({ path });
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      answers++;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, askOn));
    return (answers / (performance.now() - startMs)) * 1000;
  } finally {
    asker.close();
  }
}
