import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { vertexServer } from './gemini-server.ts';
import { json, type Listening, listen, type StandIn, secret } from './stand-in.ts';

let folder: string;
const servers: Listening[] = [];

beforeEach(() => {
  // A process keeps one source of tokens; here each test has modules of its own.
  vi.resetModules();
  folder = mkdtempSync(join(tmpdir(), 'tokbench-google-'));
  for (const name of Object.keys(process.env))
    if (/^(GOOGLE|GCE|GCLOUD|CLOUDSDK)_/.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('CLOUDSDK_CONFIG', folder);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

const serve = async (standIn: StandIn) => {
  const server = await listen(standIn);
  servers.push(server);
  return server;
};

/** So many requests through a target of its own; their outcomes, and what each of them came to. */
async function send(count: number, standIn: StandIn = vertexServer) {
  const server = await serve(standIn);
  const { targetAt, sendOne } = await import('./lone-server.ts');
  const url = `${server.url}/v1/projects/test-project/locations/europe-west4`;
  const target = targetAt(url, { protocol: 'vertex', model: 'plain' });
  const outcomes = [];
  for (let k = 0; k < count; k++) outcomes.push((await sendOne(target)).outcome);
  target.close();
  return { outcomes, server };
}

/** The machine's own metadata service, as https://cloud.google.com/compute/docs/metadata/ describes it. */
const metadata: StandIn = ({ path, headers }) => {
  const flavor = { 'metadata-flavor': 'Google' };
  if (headers['metadata-flavor'] !== 'Google') return json(403, {});
  if (path.includes('/service-accounts/') && path.includes('/token'))
    return json(200, { access_token: secret, expires_in: 3599, token_type: 'Bearer' }, flavor);
  if (path.includes('universe')) return json(404, {}, flavor);
  return json(200, {}, flavor);
};

const ended = { state: 'ok', finish: 'STOP' };

describe('application default credentials', () => {
  it('of the machine are asked once for a token, which serves all requests', async () => {
    const machine = await serve(metadata);
    vi.stubEnv('GCE_METADATA_HOST', machine.url.replace('http://', ''));
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    const { outcomes, server } = await send(3);
    expect(outcomes).toEqual([ended, ended, ended]);
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(Array(3).fill(`Bearer ${secret}`));
    expect(machine.requests.filter(({ path }) => path.includes('/token')).length).toBe(1);
  });
  it('of a file that GOOGLE_APPLICATION_CREDENTIALS names are changed into a token, which is not kept when echoed', async () => {
    const exchange = await serve(({ text }) =>
      new URLSearchParams(text).get('subject_token') === 'token-of-the-workload'
        ? json(200, {
            access_token: secret,
            expires_in: 3600,
            issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
            token_type: 'Bearer',
          })
        : json(400, { error: 'invalid_grant' }),
    );
    writeFileSync(join(folder, 'subject'), 'token-of-the-workload');
    writeFileSync(
      join(folder, 'adc.json'),
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${exchange.url}/v1/token`,
        credential_source: { file: join(folder, 'subject') },
      }),
    );
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', join(folder, 'adc.json'));
    const { outcomes } = await send(1);
    expect(outcomes).toEqual([ended]);
    const echoing: StandIn = ({ headers }) =>
      json(401, { error: { code: 401, status: 'UNAUTHENTICATED', message: `invalid: ${headers['authorization']}` } });
    const [outcome] = (await send(1, echoing)).outcomes;
    expect(outcome).toMatchObject({ code: 'unauthorized', message: 'The server says: invalid: Bearer [redacted]' });
    expect(JSON.stringify(outcome)).not.toContain(secret);
  });
  it('that are not there are said to be missing, before anything is sent', async () => {
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const { outcomes, server } = await send(1);
    expect(outcomes[0]).toMatchObject({
      state: 'failed',
      code: 'unauthorized',
      status: null,
      message: expect.stringMatching(/^Google's credentials gave no token: .*gcloud auth.*--api-key-env/),
    });
    expect(server.requests).toEqual([]);
  });
});
