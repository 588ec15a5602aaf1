import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/clock/clock.ts';
import type { Target, TargetOptions } from '../../src/target/target.ts';
import { awsKey, region } from './aws-signature.ts';
import { bedrockServer } from './bedrock-server.ts';
import { json, type Listening, listen, type StandIn, secret } from './stand-in.ts';

let folder: string;
let server: Listening;
let target: Target | null = null;

beforeEach(() => {
  // A process keeps one chain of credentials; here each test has modules of its own.
  vi.resetModules();
  folder = mkdtempSync(join(tmpdir(), 'tokbench-aws-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
});
afterEach(async () => {
  target?.close();
  target = null;
  await server?.close();
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

async function targetOf(standIn: StandIn, options: Partial<TargetOptions> = {}): Promise<Target> {
  server = await listen(standIn);
  const { targetAt } = await import('./lone-server.ts');
  target = targetAt(server.url, { protocol: 'bedrock', model: 'plain', ...options });
  return target;
}

async function send(standIn: StandIn, options: Partial<TargetOptions> = {}) {
  const { sendOne } = await import('./lone-server.ts');
  return sendOne(await targetOf(standIn, options));
}

function setVariables(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', awsKey.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', awsKey.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', awsKey.sessionToken);
}

const ended = { state: 'ok', finish: 'end_turn' };

describe('a signature', () => {
  it('is made with the credentials of the variables', async () => {
    setVariables();
    vi.stubEnv('AWS_REGION', region);
    expect((await send(bedrockServer)).outcome).toEqual(ended);
    const { headers } = server.requests[0]!;
    expect(headers['authorization']).toMatch(/SignedHeaders=content-type;host;x-amz-/);
    expect(headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
  });
  it('is made with a profile of the shared files, and its region', async () => {
    writeFileSync(
      join(folder, 'credentials'),
      `[bench]\naws_access_key_id=${awsKey.accessKeyId}\naws_secret_access_key=${awsKey.secretAccessKey}\naws_session_token=${awsKey.sessionToken}\n`,
    );
    writeFileSync(join(folder, 'config'), `[profile bench]\nregion=${region}\n`);
    vi.stubEnv('AWS_PROFILE', 'bench');
    expect((await send(bedrockServer)).outcome).toEqual(ended);
  });
  it('covers a model whose name is escaped', async () => {
    setVariables();
    vi.stubEnv('AWS_REGION', region);
    const model = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.model-v1:0';
    expect((await send(bedrockServer, { model })).outcome).toEqual(ended);
  });
  it('of a wrong key is refused, and what the service echoes of it is not kept', async () => {
    setVariables();
    vi.stubEnv('AWS_REGION', region);
    const echoing: StandIn = (request) =>
      json(
        403,
        { message: `Canonical: ${JSON.stringify(request.headers)} ${awsKey.secretAccessKey}` },
        { 'x-amzn-errortype': 'InvalidSignatureException' },
      );
    const { outcome } = await send(echoing);
    expect(outcome).toMatchObject({ state: 'failed', code: 'unauthorized', status: 403 });
    for (const hidden of Object.values(awsKey)) expect(JSON.stringify(outcome)).not.toContain(hidden);
  });
  it('is made anew for a request that waited for long', async () => {
    setVariables();
    vi.stubEnv('AWS_REGION', region);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 25, 12) });
    let nowMs = 0;
    const { createClock } = await import('../../src/clock/clock.ts');
    const clock: Clock = Object.create(createClock(), { now: { value: () => nowMs } });
    const { turn } = await import('./lone-server.ts');
    const made = await targetOf(bedrockServer, { clock });
    const prepared = made.prepare(turn);
    await vi.waitFor(() => expect(prepared.bytes.byteLength).toBeGreaterThan(0));
    for (const waitedMs of [3 * 60_000, 5 * 60_000]) {
      nowMs = waitedMs;
      vi.setSystemTime(Date.UTC(2026, 10, 25, 12) + waitedMs);
      expect((await made.send(prepared).received).outcome).toEqual(ended);
    }
    expect(server.requests.map(({ headers }) => headers['x-amz-date'])).toEqual([
      '20261125T120000Z',
      '20261125T120500Z',
    ]);
  });
});

describe('what is missing is said, once for each request, without a word of secrets', () => {
  it('credentials', async () => {
    vi.stubEnv('AWS_REGION', region);
    const { outcome } = await send(bedrockServer);
    expect(outcome).toMatchObject({
      state: 'failed',
      code: 'unauthorized',
      status: null,
      message: expect.stringMatching(/^AWS's credentials could not be had: .*AWS_BEARER_TOKEN_BEDROCK/),
    });
    expect(server.requests).toEqual([]);
  });
  it('a region', async () => {
    setVariables();
    const { outcome } = await send(bedrockServer);
    expect(outcome).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('Set AWS_REGION') });
  });
});

describe('the region in the name of the host', () => {
  it.each([
    ['bedrock-runtime.us-west-2.amazonaws.com', 'us-west-2'],
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['vpce-0a1.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2'],
    ['bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ])('%s is that of the signature', async (host, expected) => {
    setVariables();
    vi.stubEnv('AWS_REGION', region);
    const { awsAccess } = await import('../../src/target/aws-access.ts');
    const { parseAddress } = await import('../../src/target/address.ts');
    const access = awsAccess(parseAddress(`https://${host}`), 'bedrock');
    const fields = await access.authorize({
      method: 'POST',
      authority: host,
      path: '/model/m/converse',
      headers: {},
      body: Buffer.from('{}'),
    });
    expect(fields['authorization']).toContain(`/${expected}/bedrock/aws4_request`);
    expect(Object.keys(fields).sort()).toEqual([
      'authorization',
      'x-amz-content-sha256',
      'x-amz-date',
      'x-amz-security-token',
    ]);
  });
});

describe('the official client over HTTP/1.1', () => {
  it.each([
    ['signed', { credentials: awsKey }],
    ['with a bearer key', { token: { token: secret }, authSchemePreference: ['httpBearerAuth'] }],
  ])('%s talks to the stand-in', async (_how, how) => {
    server = await listen(bedrockServer, [5, 100, 101]);
    const client = new BedrockRuntimeClient({
      region,
      endpoint: server.url,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
      ...how,
    });
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: 'eu.anthropic.claude-v1:0',
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      }),
    );
    let text = '';
    for await (const event of stream!) text += event.contentBlockDelta?.delta?.text ?? '';
    client.destroy();
    expect(text).toBe('a');
  });
});
