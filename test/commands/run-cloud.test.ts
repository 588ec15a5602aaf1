import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { protocolNames } from '../../src/target/protocols.ts';
import { anthropicServer } from '../target/anthropic-server.ts';
import { awsKey, region } from '../target/aws-signature.ts';
import { bedrockServer } from '../target/bedrock-server.ts';
import { geminiServer, vertexServer } from '../target/gemini-server.ts';
import { nativeServers, tritonScripts } from '../target/native-servers.ts';
import { ollamaServer } from '../target/ollama-server.ts';
import { azureServer, completionsScripts, openaiServer } from '../target/openai-server.ts';
import { responsesServer } from '../target/responses-server.ts';
import { sagemakerServer } from '../target/sagemaker-server.ts';
import { json, type Listening, listen, type StandIn, secret } from '../target/stand-in.ts';
import { type Ended, emptyFolder, run } from './program.ts';

let server: Listening | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

/** A service that repeats, every third time, all that it was sent, in a refusal of its own shape. */
function echoing(standIn: StandIn): StandIn {
  let generations = 0;
  return (request) => {
    const reply = standIn(request);
    const generates = request.method === 'POST' && reply.status === 200;
    if (generates && ++generations % 3 === 0) {
      const said = `You sent ${JSON.stringify(request.headers)} ${encodeURIComponent(JSON.stringify(request.headers))}`;
      return json(400, {
        type: 'error',
        message: said,
        error: { type: 'invalid_request_error', status: 'INVALID_ARGUMENT', message: said },
      });
    }
    return reply;
  };
}

const load = ['--concurrency', '1', '--requests', '9', '--warmup', 'none', '--telemetry', 'none', '--seed', '1'];
const lengths = ['--input-tokens', '8', '--output-tokens', '8'];
const quiet = { AWS_EC2_METADATA_DISABLED: 'true', METADATA_SERVER_DETECTION: 'none' };

/** What a run of the program wrote, by file; and what it printed. */
async function measure(
  protocol: string,
  standIn: StandIn,
  path: string,
  env: Record<string, string>,
  more: readonly string[],
) {
  server = await listen(echoing(standIn), [100, 101]);
  const cwd = emptyFolder();
  const place = ['--protocol', protocol, '--url', `${server.url}${path}`, ...more];
  const options = { cwd, env: { ...quiet, ...env } };
  const outputs = [await run(['run', ...place, ...load, ...lengths, '--json'], options)];
  const summary = JSON.parse(outputs[0]!.stdout) as RunSummary;
  // The document with the most of what is kept; the others show parts of it.
  outputs.push(await run(['report', summary.directory!, '--format', 'html'], options));
  return { cwd, outputs, summary };
}

function everything(cwd: string, outputs: readonly Ended[]): string {
  const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).map((name) => join(cwd, name));
  const kept = files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  return [
    ...kept.map((file) => readFileSync(file, 'latin1')),
    ...outputs.map(({ stdout, stderr }) => stdout + stderr),
  ].join('\n');
}

const aws = {
  AWS_ACCESS_KEY_ID: awsKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: awsKey.secretAccessKey,
  AWS_SESSION_TOKEN: awsKey.sessionToken,
  AWS_REGION: region,
};
const key = ['--api-key-env', 'MY_KEY'];
const project = '/v1/projects/test-project/locations/europe-west4';

interface Case {
  readonly protocol: string;
  readonly standIn: StandIn;
  /** Below the origin. */
  readonly path?: string;
  readonly model?: string;
  /** Every value is a secret, the region and names of files aside. */
  readonly env?: Record<string, string>;
  readonly flags?: readonly string[];
}

const native = (protocol: string, path = '', model = 'plain'): Case => ({
  protocol,
  standIn: nativeServers[protocol]!,
  path,
  model,
});
/** Under a token of Entra ID instead of its key. */
const token = 'eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2lnbmF0dXJl';
const azureByToken: StandIn = ({ headers, ...request }) => {
  const { authorization, ...others } = headers;
  return azureServer({
    ...request,
    headers: authorization === `Bearer ${token}` ? { ...others, 'api-key': secret } : headers,
  });
};

/** With the OpenAI route that it has beside its own, over which it is asked what it can do. */
const llamaServer: StandIn = (request) =>
  request.path.endsWith('/completions') ? completionsScripts['whole']!.reply : nativeServers['llamacpp']!(request);

/** Every protocol, and every way in which one lets in; the key is `MY_KEY` where nothing else is said. */
const cases: Readonly<Record<string, Case>> = {
  'openai-chat': { protocol: 'openai-chat', standIn: openaiServer, path: '/v1' },
  'openai-completions': { protocol: 'openai-completions', standIn: openaiServer, path: '/v1' },
  'openai-responses': { protocol: 'openai-responses', standIn: responsesServer, path: '/v1' },
  'openai-embeddings': native('openai-embeddings', '/v1'),
  azure: { protocol: 'azure', standIn: azureServer },
  'azure by a token of Entra ID': { protocol: 'azure', standIn: azureByToken, env: { MY_KEY: token } },
  anthropic: { protocol: 'anthropic', standIn: anthropicServer },
  'anthropic in its older header': {
    protocol: 'anthropic',
    standIn: anthropicServer,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    flags: ['--header', 'x-api-key: ${MY_KEY}'],
  },
  gemini: { protocol: 'gemini', standIn: geminiServer },
  vertex: { protocol: 'vertex', standIn: vertexServer, path: project },
  'bedrock by key': {
    protocol: 'bedrock',
    standIn: bedrockServer,
    env: { AWS_BEARER_TOKEN_BEDROCK: secret },
    flags: [],
  },
  'bedrock by signature': { protocol: 'bedrock', standIn: bedrockServer, env: aws, flags: [] },
  sagemaker: { protocol: 'sagemaker', standIn: sagemakerServer, env: aws, flags: [] },
  llamacpp: { protocol: 'llamacpp', standIn: llamaServer, path: '/plain' },
  ollama: { protocol: 'ollama', standIn: ollamaServer },
  rerank: native('rerank', '/v1', 'vllm'),
  score: native('score'),
  sglang: native('sglang', '/plain'),
  'tei-rerank': native('tei-rerank', '/plain'),
  tgi: native('tgi', '/plain'),
  triton: native('triton', '', Object.keys(tritonScripts)[0]!),
};

it('leaves no protocol out', () => {
  expect([...new Set(Object.values(cases).map(({ protocol }) => protocol))].sort()).toEqual([...protocolNames].sort());
});

describe('nothing that a run writes or prints holds a secret of', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const { protocol, standIn, path = '', model = 'plain', env = { MY_KEY: secret }, flags = key } = cases[name]!;
    const { cwd, outputs, summary } = await measure(protocol, standIn, path, env, ['--model', model, ...flags]);
    expectHidden(
      cwd,
      outputs,
      summary,
      Object.values(env).filter((value) => value !== region),
    );
  });

  it('vertex by credentials of a file, nor what is changed for a token', async () => {
    const subject = 'token-of-the-workload-1234';
    const exchange = await listen(() =>
      json(200, {
        access_token: secret,
        expires_in: 3600,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
      }),
    );
    const folder = emptyFolder();
    writeFileSync(join(folder, 'subject'), subject);
    const credentials = {
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${exchange.url}/v1/token`,
      credential_source: { file: join(folder, 'subject') },
    };
    writeFileSync(join(folder, 'adc.json'), JSON.stringify(credentials));
    const env = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'adc.json') };
    const { cwd, outputs, summary } = await measure('vertex', vertexServer, project, env, ['--model', 'plain']);
    await exchange.close();
    expectHidden(cwd, outputs, summary, [secret, subject]);
  });
});

/** It was measured, the echo was kept, and nothing of it is one of these. */
function expectHidden(cwd: string, outputs: readonly Ended[], summary: RunSummary, hidden: readonly string[]): void {
  const [step] = summary.steps;
  expect(step!.counts.ok).toBeGreaterThanOrEqual(5);
  expect(step!.counts.outcomes).toMatchObject({ rejected: expect.any(Number) });
  const text = everything(cwd, outputs);
  expect(text).toContain('You sent ');
  expect(text).toContain('[redacted]');
  expect(hidden.length).toBeGreaterThan(0);
  for (const value of hidden) {
    expect(text).not.toContain(value);
    expect(text).not.toContain(encodeURIComponent(value));
  }
}

describe('packages of the clouds', () => {
  /** Names of the packages that the program loaded. */
  async function loaded(args: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
    const cwd = emptyFolder();
    const hook = join(cwd, 'hook.mjs');
    const log = join(cwd, 'loaded');
    writeFileSync(
      hook,
      `import { registerHooks } from 'node:module';
import { appendFileSync } from 'node:fs';
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context); } });`,
    );
    appendFileSync(log, '');
    const { code, stderr } = await run(args, { cwd, env: { ...quiet, ...env, NODE_OPTIONS: `--import=${hook}` } });
    expect([code, stderr.includes('Error')]).toEqual([expect.any(Number), false]);
    expect(existsSync(log)).toBe(true);
    const names = [...readFileSync(log, 'utf8').matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(
      ([, name]) => name!,
    );
    return [...new Set(names)].filter((name) => /^(@aws|@smithy|google-auth|gaxios|gcp-metadata)/.test(name));
  }
  it('are not loaded for help, nor for a run that needs none of them', async () => {
    expect(await loaded(['--help'])).toEqual([]);
    expect(await loaded(['run', '--help'])).toEqual([]);
    server = await listen(anthropicServer);
    const place = ['--protocol', 'anthropic', '--url', server.url, '--model', 'plain', ...key];
    expect(await loaded(['run', ...place, ...load, ...lengths], { MY_KEY: secret })).toEqual([]);
  });
  it('are loaded where a request is signed', async () => {
    server = await listen(bedrockServer);
    const place = ['--protocol', 'bedrock', '--url', server.url, '--model', 'plain'];
    expect(await loaded(['run', ...place, ...load, ...lengths], aws)).toEqual(
      expect.arrayContaining(['@smithy/signature-v4', '@aws-sdk/credential-provider-node']),
    );
  });
});
