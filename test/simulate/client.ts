import { connect } from 'node:net';

/** A client of a few lines that shares nothing with the product: what the simulator sends is judged from outside. */
export interface Read {
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface RawReply {
  readonly text: string;
  readonly reads: readonly Read[];
  readonly sentMs: number;
  readonly ended: 'end' | 'reset' | 'silence';
}

/** Writes `text` on a fresh connection and reads until it ends, resets, or is silent for `silenceMs`. */
export function raw(port: number, text: string, silenceMs = 10_000): Promise<RawReply> {
  return new Promise((resolve) => {
    const reads: Read[] = [];
    const socket = connect(port, '127.0.0.1');
    let sentMs = 0;
    let timer: NodeJS.Timeout;
    const end = (ended: RawReply['ended']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(reads.map((read) => read.bytes)).toString(), reads, sentMs, ended });
    };
    const arm = () => {
      clearTimeout(timer);
      timer = setTimeout(() => end('silence'), silenceMs);
    };
    socket.on('connect', () => {
      sentMs = performance.now();
      socket.write(text);
      arm();
    });
    socket.on('data', (bytes: Buffer) => {
      reads.push({ atMs: performance.now(), bytes });
      arm();
    });
    socket.on('end', () => end('end'));
    socket.on('error', () => end('reset'));
  });
}

/** A request with a JSON body as text. */
export function post(path: string, body: unknown, headers = ''): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;
}

export const chatPath = '/v1/chat/completions';
export const closing = 'connection: close\r\n';

/** The payloads of the `data:` events in a text. */
export function events(text: string): string[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1]!);
}

export interface ChatFrame {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: { readonly role?: string; readonly content?: string; readonly reasoning?: string };
    readonly finish_reason: string | null;
    readonly token_ids?: readonly number[] | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
  readonly error?: unknown;
}

/** The parsed events of a chat stream, without `[DONE]`. */
export function chatFrames(text: string): ChatFrame[] {
  return events(text)
    .filter((payload) => payload !== '[DONE]')
    .map((payload) => JSON.parse(payload) as ChatFrame);
}

export function chatBody(fields: object = {}): object {
  return {
    messages: [{ role: 'user', content: 'Tell me a story.' }],
    max_tokens: 8,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
    ...fields,
  };
}

/** A parsed answer to a POST through `fetch`. */
export async function postJson(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: safeJson(text) };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
function safeJson(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value of a counter in a Prometheus text, summed over its labels. */
export function counter(exposition: string, name: string, label = ''): number {
  const lines = exposition.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
