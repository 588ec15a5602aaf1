/**
 * CPU time per token of tokbench's hot path, against a bare Node socket that only counts bytes.
 *
 *     node benchmarks/self/hotpath.ts [STREAMS] [TOKENS_PER_S] [SECONDS] [ROUNDS]
 *
 * A server process streams frames as vLLM does (chunked, continuous usage), all streams at one pace; each client is a
 * process of its own and reports the user + system time it spent between two marks, per token. Rounds alternate between
 * the clients, and ratios are of neighbours: absolute numbers on a busy machine say little.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { createClock } from '../../src/clock/clock.ts';
import { createTarget } from '../../src/target/create.ts';

const [role = 'main', ...rest] = process.argv[2]?.startsWith('role=')
  ? [process.argv[2].slice(5), ...process.argv.slice(3)]
  : ['main', ...process.argv.slice(2)];
const [streams = 200, rate = 50, seconds = 4, rounds = 3] = rest.map(Number);
const clients = ['bare', 'bare-onread', 'tokbench'] as const;

function frame(output: number): string {
  const data = `data: {"id":"chatcmpl-beebaaf58a1d7d73","object":"chat.completion.chunk","created":1795539868,"model":"smollm2-135m","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null,"token_ids":null}],"usage":{"prompt_tokens":35,"total_tokens":${35 + output},"completion_tokens":${output},"completion_tokens_details":null}}\n\n`;
  return `${data.length.toString(16)}\r\n${data}\r\n`;
}

function serve(): void {
  const open = new Set<Socket>();
  let output = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
      open.add(socket);
    });
  });
  setInterval(() => {
    const text = frame(++output);
    for (const socket of open) socket.write(text);
  }, 1000 / rate);
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port));
}

/** Starts the streams and returns a count of tokens (for the bare clients: of bytes over a frame's length). */
function startClient(kind: string, port: number): () => number {
  let bytes = 0;
  const request = Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
  if (kind === 'tokbench') {
    const none = {
      forcedLength: null,
      streamUsage: null,
      continuousUsage: true,
      tokenIds: null,
      tokenize: null,
      metrics: null,
      contextTokens: null,
    };
    const target = createTarget({
      url: `http://127.0.0.1:${port}`, protocol: 'openai-chat', model: 'm', apiKey: null, headers: {}, body: {}, stream: true, forceLength: false,
      features: { ...none, capField: 'max_tokens' }, limits: { connectMs: 5000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 },
      caFile: null, clock: createClock(),
    }); // biome-ignore format: options in rows
    const turn = {
      prompt: { kind: 'text', text: 'x' },
      inputTokens: null,
      outputTokens: null,
      thinkMs: 0,
      keepText: false,
    } as const;
    const prepared = target.prepare(turn);
    for (let k = 0; k < streams; k++) target.send(prepared);
    return () => target.live.contentEvents;
  }
  const buffer = Buffer.alloc(65536);
  for (let k = 0; k < streams; k++) {
    const callback = (length: number): boolean => {
      bytes += length;
      return true;
    };
    const place = { host: '127.0.0.1', port, noDelay: true };
    const socket = kind === 'bare' ? connect(place) : connect({ ...place, onread: { buffer, callback } });
    if (kind === 'bare')
      socket.on('data', (chunk) => {
        bytes += chunk.length;
      });
    socket.on('connect', () => socket.write(request));
  }
  return () => bytes / frame(1000).length;
}

async function measureClient(kind: string, port: number): Promise<void> {
  const count = startClient(kind, port);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [cpu, before] = [process.cpuUsage(), count()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = process.cpuUsage(cpu);
  process.send!({ tokens: count() - before, cpuUs: used.user + used.system });
  process.disconnect?.();
  process.exit();
}

function start(...args: string[]): ChildProcess {
  return fork(import.meta.filename, args);
}
const message = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => child.once('message', (value) => resolve(value as T)));

async function main(): Promise<void> {
  const sizes = [streams, rate, seconds, rounds].map(String);
  const server = start('role=serve', ...sizes);
  const port = await message<number>(server);
  for (let round = 0; round < rounds; round++) {
    const perToken: number[] = [];
    const rates: number[] = [];
    for (const kind of clients) {
      const client = start(`role=${kind}:${port}`, ...sizes);
      const { tokens, cpuUs } = await message<{ tokens: number; cpuUs: number }>(client);
      perToken.push(cpuUs / tokens);
      rates.push(tokens / seconds);
      process.stdout.write(
        `${kind.padEnd(12)} ${(cpuUs / tokens).toFixed(2).padStart(7)} us/token  ${Math.round(tokens / seconds)} tokens/s\n`,
      );
    }
    // A busy machine merges reads, and merged tokens are cheaper: rounds of unequal rates cannot be compared.
    const comparable = Math.min(...rates) > 0.96 * streams * rate;
    process.stdout.write(
      comparable
        ? `tokbench / bare = ${(perToken[2]! / perToken[0]!).toFixed(2)}   tokbench / bare-onread = ${(perToken[2]! / perToken[1]!).toFixed(2)}\n`
        : 'not comparable: the machine was too busy to keep the pace\n',
    );
  }
  server.kill();
}

if (role === 'main') await main();
else if (role === 'serve') serve();
else await measureClient(role.split(':')[0]!, Number(role.split(':')[1]));
