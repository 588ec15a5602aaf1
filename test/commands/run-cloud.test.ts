import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { anthropicServer } from '../target/anthropic-server.ts';
import { awsKey, region } from '../target/aws-signature.ts';
import { bedrockServer } from '../target/bedrock-server.ts';
import { geminiServer, vertexServer } from '../target/gemini-server.ts';
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
  const place = ['--protocol', protocol, '--url', `${server.url}${path}`, '--model', 'plain', ...more];
  const options = { cwd, env: { ...quiet, ...env } };
  const outputs = [await run(['run', ...place, ...load, ...lengths, '--json'], options)];
  const summary = JSON.parse(outputs[0]!.stdout) as RunSummary;
  for (const format of ['console', 'html'])
    outputs.push(await run(['report', summary.directory!, '--format', format], options));
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

describe('nothing that a run writes or prints holds a secret of', () => {
  it.each([
    ['anthropic', 'anthropic', anthropicServer, '', { MY_KEY: secret }, key],
    [
      'anthropic in its older header',
      'anthropic',
      anthropicServer,
      '',
      { MY_KEY: secret },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
      ['--header', 'x-api-key: ${MY_KEY}'],
    ],
    ['gemini', 'gemini', geminiServer, '', { MY_KEY: secret }, key],
    ['vertex', 'vertex', vertexServer, project, { MY_KEY: secret }, key],
    ['bedrock by key', 'bedrock', bedrockServer, '', { AWS_BEARER_TOKEN_BEDROCK: secret }, []],
    ['bedrock by signature', 'bedrock', bedrockServer, '', aws, []],
    ['sagemaker', 'sagemaker', sagemakerServer, '', aws, []],
  ] as const)('%s', async (_name, protocol, standIn, path, env, more) => {
    const { cwd, outputs, summary } = await measure(protocol, standIn, path, env, more);
    const [step] = summary.steps;
    // It was measured, and the echo was kept.
    expect(step!.counts.ok).toBeGreaterThanOrEqual(5);
    expect(step!.counts.outcomes).toMatchObject({ rejected: expect.any(Number) });
    const text = everything(cwd, outputs);
    expect(text).toContain('You sent ');
    expect(text).toContain('[redacted]');
    for (const hidden of Object.values(env).filter((value) => value !== region)) {
      expect(text).not.toContain(hidden);
      expect(text).not.toContain(encodeURIComponent(hidden));
    }
  });
});

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
