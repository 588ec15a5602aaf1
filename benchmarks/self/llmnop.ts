/** llmnop (Rust) under the same streams: https://crates.io/crates/llmnop */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JoinedStamps, joinStamps, type Span, serverKept } from '../../src/experiment/timing-error.ts';
import { type Finished, type Pins, runOn, startServer } from './rig.ts';
import { pace } from './stream-sample.ts';

export interface LlmnopSample {
  readonly finished: Finished;
  readonly tokens: number;
  readonly serverKept: boolean;
  /** Its TTFT, put on the clock of the server's log: first events only, all that it reports. */
  readonly joined: JoinedStamps;
  readonly span: Span;
}

interface LlmnopRequest {
  readonly start_time_unix_ns: number;
  readonly metrics: { readonly ttft_ms: number };
}

/** Runs it to its end: `requests` replies of `outputTokens`, so many streams at once. */
export async function measureLlmnop(
  program: string,
  {
    streams,
    requests,
    outputTokens,
  }: { readonly streams: number; readonly requests: number; readonly outputTokens: number },
  pins: Pins,
): Promise<LlmnopSample> {
  const folder = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const tokenizer = join(folder, 'tokenizer.json');
  writeFileSync(tokenizer, JSON.stringify(byteTokenizer()));
  const server = await startServer(pins, { pace });
  // It asks for usage at the end only, and lets nobody change that: its frames are shorter than the others'.
  const extra = { ignore_eos: true, min_tokens: outputTokens };
  const args = {
    '--url': server.url, '--model': server.model, '--tokenizer': tokenizer, '--input-tokens': 100, '--output-cap': outputTokens,
    '--requests': requests, '--concurrency': streams, '--format': 'none', '--results-dir': join(folder, 'results'), '--extra-inputs': JSON.stringify(extra),
  }; // biome-ignore format: options in rows
  let stopped = false;
  try {
    const list = Object.entries(args).flatMap(([key, value]) => [key, String(value)]);
    const finished = await runOn(pins.client, program, [...list, '--request-usage']);
    stopped = true;
    const truth = await server.stop();
    if (finished.code !== 0) throw new Error(`llmnop ended with ${finished.code}: ${finished.stderr.slice(-500)}`);
    const replies = readReplies(join(folder, 'results'));
    const joined = joinStamps(replies, truth, originNs(), null);
    const span = { fromMs: Math.min(...replies.map(({ sentMs }) => sentMs)) + 1000, toMs: Number.POSITIVE_INFINITY };
    return {
      finished,
      tokens: truth.requests.reduce((sum, { eventsUs }) => sum + eventsUs.length, 0),
      serverKept: serverKept(truth, originNs(), span),
      joined,
      span,
    };
  } finally {
    if (!stopped) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its clock is the wall's: 0 = this process's start, which both clocks know. */
const wallOriginMs = performance.timeOrigin;

function originNs(): bigint {
  return process.hrtime.bigint() - BigInt(Math.round(performance.now() * 1e6));
}

function readReplies(results: string) {
  const [run] = readdirSync(results);
  const lines = readFileSync(join(results, run!, 'requests.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    // A double holds Unix nanoseconds to a quarter of a microsecond.
    const { start_time_unix_ns, metrics } = JSON.parse(line) as LlmnopRequest;
    const sentMs = start_time_unix_ns / 1e6 - wallOriginMs;
    const atUs = [metrics.ttft_ms * 1000];
    return { sentMs, chunks: { atUs, tokens: null, tokensSource: null, channels: '', choices: null } };
  });
}

/** Byte-level BPE without merges, as the `tokenizers` library reads it: all that llmnop needs to size prompts, and cheap. */
function byteTokenizer(): object {
  const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  const names = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const bpe = {
    type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, merges: [],
    vocab: Object.fromEntries(names.map((name, id) => [name, id])),
  }; // biome-ignore format: fields in rows
  return { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: bytes, post_processor: null, decoder: bytes, model: bpe }; // biome-ignore format: fields in a row
}
