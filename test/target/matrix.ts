import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Usage } from '../../src/record/exchange.ts';
import { createReception } from '../../src/target/create-reception.ts';
import { protocolNames } from '../../src/target/protocols.ts';
import type { Received } from '../../src/target/target.ts';
import { anthropicScripts } from './anthropic-server.ts';
import { bedrockScripts } from './bedrock-server.ts';
import { geminiScripts } from './gemini-server.ts';
import {
  embeddingsScripts, llamaScripts, rerankScripts, scoreScripts, sglangScripts, teiScripts, tgiScripts, tritonScripts,
} from './native-servers.ts'; // biome-ignore format: rows
import { ollamaScripts } from './ollama-server.ts';
import { chatScripts, completionsScripts } from './openai-server.ts';
import { readRecording } from './recording.ts';
import { responsesScripts } from './responses-server.ts';
import { sagemakerScripts } from './sagemaker-server.ts';
import type { Script } from './stand-in.ts';

/** Replies of a protocol that the tests hold, and whose client tells the same of them. */
interface Evidence {
  readonly scripts: Readonly<Record<string, Script>>;
  /** Package of the vendor's official client; null where there is none for Node. */
  readonly client: string | null;
  /** Begins the names of the recorded replies of real servers. */
  readonly recorded?: RegExp;
}

const evidence: Readonly<Record<string, Evidence>> = {
  'openai-chat': { scripts: chatScripts, client: 'openai', recorded: /^(chat-|error-)/ },
  'openai-completions': { scripts: completionsScripts, client: 'openai', recorded: /^completions-/ },
  'openai-responses': { scripts: responsesScripts, client: 'openai', recorded: /^responses-/ },
  'openai-embeddings': { scripts: embeddingsScripts, client: 'openai', recorded: /^embeddings-/ },
  azure: { scripts: chatScripts, client: 'openai' },
  anthropic: { scripts: anthropicScripts, client: '@anthropic-ai/sdk', recorded: /^messages-/ },
  gemini: { scripts: geminiScripts, client: '@google/genai' },
  vertex: { scripts: geminiScripts, client: '@google/genai' },
  bedrock: { scripts: bedrockScripts, client: '@aws-sdk/client-bedrock-runtime' },
  sagemaker: { scripts: sagemakerScripts, client: '@aws-sdk/client-sagemaker-runtime' },
  llamacpp: { scripts: llamaScripts, client: null, recorded: /^native-/ },
  ollama: { scripts: ollamaScripts, client: 'ollama', recorded: /^ollama-/ },
  rerank: { scripts: rerankScripts, client: null, recorded: /^rerank-/ },
  score: { scripts: scoreScripts, client: null, recorded: /^score-/ },
  sglang: { scripts: sglangScripts, client: null, recorded: /^sglang-/ },
  'tei-rerank': { scripts: teiScripts, client: null },
  tgi: { scripts: tgiScripts, client: null },
  triton: { scripts: tritonScripts, client: null, recorded: /^generate-/ },
};

const root = join(import.meta.dirname, '../..');
/** Real servers whose replies are recorded, by folder; `what` = the version and what was served. */
const servers: Readonly<Record<string, { readonly name: string; readonly what: string }>> = {
  vllm: { name: 'vLLM', what: '0.32.0' },
  llamacpp: { name: 'llama.cpp', what: 'as llama-cpp-python 0.3.36 bundles it' },
  triton: { name: 'Triton', what: '2.51.0, a model in Python with the tensors of its vLLM backend' },
  ollama: { name: 'Ollama', what: '0.17.4' },
  sglang: { name: 'SGLang', what: '0.5.23' },
};

/** The table of all protocols: a column says what replies of the tests have shown of it, as tokbench read them. */
export function protocolMatrix(): string {
  const head = [
    'protocol',
    'streams',
    'tokens from',
    'cached',
    'reasoning',
    'tool calls',
    'failures told apart',
    'held against',
  ];
  const rows = protocolNames.map((name) => rowOf(name));
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const recorded = Object.values(servers).map(({ name, what }) => `${name} (${what})`);
  return `${table}\n\nRecorded, byte for byte and on a CPU: ${recorded.join('; ')}.`;
}

function rowOf(name: string): string[] {
  const found = evidence[name];
  if (found === undefined) throw new Error(`no test holds a reply of ${name}`);
  const written = Object.values(found.scripts).map((script) => readBoth(name, script));
  const replies = [...written, ...recordingsOf(found).map(([server, file]) => replay(name, server, file))];
  const good = replies.filter(({ outcome }) => outcome.state === 'ok');
  const said = (test: (usage: Usage) => number | null) =>
    good.some(({ usage }) => usage !== null && (test(usage) ?? 0) > 0);
  const shown = (letter: string) => good.some(({ chunks }) => chunks.channels.includes(letter));
  const codes = new Set(replies.flatMap(({ outcome }) => (outcome.state === 'failed' ? [outcome.code] : [])));
  return [
    `\`${name}\``,
    yes(good.some(({ chunks }) => chunks.atUs.length > 1)),
    tokensFrom(good),
    yes(said(({ inputCached }) => inputCached)),
    said(({ outputReasoning }) => outputReasoning) ? 'counted' : yes(shown('r'), 'shown'),
    yes(good.some(({ flags }) => flags.includes('tool_call'))),
    String(codes.size),
    heldAgainst(found),
  ];
}

const yes = (is: boolean, word = 'yes') => (is ? word : '–');

function tokensFrom(good: readonly Received[]): string {
  if (good.some(({ chunks }) => chunks.tokens !== null)) return 'every event';
  if (good.some(({ usage }) => (usage?.output ?? 0) > 0)) return 'usage';
  return good.some(({ usage }) => (usage?.input ?? 0) > 0) ? 'usage, input only' : '–';
}

/** A stream where it is one, else the whole reply. */
function readBoth(name: string, { reply }: Script): Received {
  const streams = !/^application\/json/.test(reply.headers['content-type'] ?? '');
  const feed = createReception(name, { stream: streams });
  feed.head(reply.status, reply.headers, 1);
  feed.push(reply.body, 1);
  if (!feed.ended) {
    if (reply.breaks === true) feed.fail('conn_reset', 1);
    else feed.end(1);
  }
  return feed.received();
}

/** Recorded replies, by folder and name; those that stand for no reply of the route are left out. */
function recordingsOf({ recorded }: Evidence): (readonly [folder: string, name: string])[] {
  if (recorded === undefined) return [];
  return Object.keys(servers).flatMap((folder) =>
    readdirSync(join(root, 'test/fixtures/wire', folder))
      .filter((file) => recorded.test(file) && !/error-bad-(json|type)|error-method/.test(file))
      .map((file) => [folder, file.replace('.txt', '')] as const),
  );
}

function replay(protocol: string, folder: string, name: string): Received {
  const { request, reads } = readRecording(folder, name);
  const body = JSON.parse(request.split('\r\n\r\n')[1] || '{}') as { stream?: boolean; n?: number };
  const feed = createReception(protocol, { http: true, stream: body.stream === true, choices: body.n ?? 1 });
  for (const { atMs, bytes } of reads) feed.push(bytes, atMs);
  return feed.received();
}

/** The official client with the version that is installed, and the servers whose replies are recorded. */
function heldAgainst(found: Evidence): string {
  const { client, scripts } = found;
  const recordings = recordingsOf(found);
  const parts: string[] = [];
  if (client !== null) {
    const manifest = readFileSync(join(root, 'node_modules', client, 'package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    // Below 1 the second number says what the first says later.
    parts.push(`\`${client}\` ${/^0\.\d+|^\d+/.exec(version)![0]}`);
  } else parts.push(`${Object.keys(scripts).length} replies written from documentation`);
  for (const [folder, { name }] of Object.entries(servers)) {
    const count = recordings.filter(([where]) => where === folder).length;
    if (count > 0) parts.push(`${count} recorded of ${name}`);
  }
  return parts.join(', ');
}
