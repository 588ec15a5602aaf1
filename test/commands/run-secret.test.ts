import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { type Ended, emptyFolder, run } from './program.ts';
import { json, type RealServer, realServer, stream } from './real-server.ts';

const key = 'sk-live-"7f3/A+b9==\\0xQz';
const tenant = 'tenant secret 42&ü';
const user = 'proxy-user-77';
const password = 'p@ss:w0rd/81';
const basic = Buffer.from(`${user}:${password}`).toString('base64');

/** Each secret in every way in which it may be written down. */
const forms = [key, tenant, password, basic].flatMap((secret) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret, 'utf8').toString('latin1'),
]);

const echoOf = ({ headers }: IncomingMessage) =>
  `You sent ${headers.authorization} and ${headers['x-tenant']} by ${headers['proxy-authorization']}; ` +
  `in a URL ${encodeURIComponent(String(headers.authorization))}`;

let server: RealServer;
const sent: string[] = [];
beforeAll(async () => {
  server = await realServer((request, response, asked) => {
    sent.push(echoOf(request));
    const echo = echoOf(request);
    if (asked % 4 === 1) return json(response, 400, { error: { message: echo, type: 'bad', param: null } });
    if (asked % 4 === 2) return response.writeHead(500).end(`<pre>${echo}</pre>`);
    if (asked % 4 === 3) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-echo': encodeURIComponent(echo) });
      response.end(`data: ${JSON.stringify({ error: { message: echo } })}\n\ndata: [DONE]\n\n`);
      return;
    }
    stream(request, response);
  });
});
afterAll(() => server.close());

const env = () => ({
  MY_KEY: key,
  MY_TENANT: tenant,
  // Loopback never goes through a proxy; this name has no other way.
  HTTP_PROXY: `http://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`,
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function expectNoSecret(cwd: string, outputs: readonly Ended[]): void {
  const texts = outputs.flatMap(({ stdout, stderr }, i) => [
    [`stdout ${i}`, stdout],
    [`stderr ${i}`, stderr],
  ]);
  const files = filesIn(cwd).flatMap((path) => {
    const bytes = readFileSync(path);
    return [
      [path, bytes.toString('utf8')],
      [path, bytes.toString('latin1')],
    ];
  });
  for (const [place, text] of [...texts, ...files]) {
    const found = forms.filter((form) => text!.includes(form));
    expect(found, `${place}`).toEqual([]);
  }
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
const secretly = ['--api-key-env', 'MY_KEY', '--header', 'X-Tenant: ${MY_TENANT}'];
const load = ['--input-tokens', '24', '--output-tokens', '4', '--concurrency', '2', '--requests', '12'];

it('leaves no secret behind, though the server repeats them in every failure', async () => {
  const cwd = emptyFolder();
  const url = 'http://model-server.example/v1';
  const args = ['run', '--url', url, '--model', 'real', ...secretly, ...load, '--warmup', 'none', '--json'];
  const measured = await run(args, { cwd, env: env() });
  const summary = JSON.parse(measured.stdout) as RunSummary;
  const { counts } = summary.steps[0]!;
  // The search below must have had something to find.
  expect(sent.length).toBeGreaterThanOrEqual(12);
  for (const echo of sent) for (const secret of [`Bearer ${key}`, basic, tenant]) expect(echo).toContain(secret);
  expect(counts.ok).toBeGreaterThan(0);
  expect(counts.outcomes['rejected']).toBeGreaterThan(0);
  expect(counts.outcomes['server_error']).toBeGreaterThan(0);
  const exchanges = readFileSync(join(cwd, summary.directory, 'exchanges.jsonl'), 'utf8');
  expect(exchanges).toContain('You sent');
  expect(exchanges).toContain('[redacted]');

  const outputs = [measured];
  for (const format of ['console', 'requests-csv', 'html']) {
    outputs.push(
      await run(['report', 'latest', '--format', format, '--output', `report.${format}`], { cwd, env: env() }),
    );
  }
  expectNoSecret(cwd, outputs);
  expect(readFileSync(join(cwd, summary.directory, 'run.json'), 'utf8')).toContain('MY_TENANT');
});

it('nor where the server refuses the key before the load, or the proxy its own', async () => {
  const cwd = emptyFolder();
  const strict = await realServer((request, response) => json(response, 401, { error: { message: echoOf(request) } }));
  const refused = await run(['run', '--url', strict.url, '--model', 'real', ...secretly, ...load], { cwd, env: env() });
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('[unauthorized]');
  await strict.close();
  const proxyless = { ...env(), HTTP_PROXY: env().HTTP_PROXY.replace(String(server.port), '1') };
  const unreached = await run(['run', '--url', 'http://model-server.example/v1', ...secretly, ...load, '--json'], {
    cwd,
    env: proxyless,
  });
  expect(unreached.code).toBe(3);
  expect(unreached.stderr).toContain('127.0.0.1:1');
  const probed = await run(['probe', '--url', 'http://model-server.example/v1', ...secretly, '--front-door', '0'], {
    cwd,
    env: env(),
  });
  expectNoSecret(cwd, [refused, unreached, probed]);
});
