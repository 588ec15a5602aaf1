import { createServer, type Server } from 'node:net';
import { expect, it } from 'vitest';
import { parseExposition } from '../../src/telemetry/exposition.ts';
import { run, start } from './program.ts';

const load = [
  'run',
  '--simulate',
  '--pace=10ms,4ms',
  '--input-tokens',
  '24',
  '--output-tokens',
  '20',
  '--warmup',
  'none',
];

function listening(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
}
const portOf = (server: Server) => (server.address() as { port: number }).port;

it('serves its own figures while it runs, on the loopback', async () => {
  const taken = await listening();
  const port = portOf(taken);
  await new Promise((resolve) => taken.close(resolve));
  const args = [
    ...load,
    '--telemetry',
    'none',
    '--concurrency',
    '2',
    '--duration',
    '5s',
    '--metrics-port',
    String(port),
  ];
  const program = await start(args);
  await program.printed('stderr', /2 in flight started/);
  let figures = parseExposition('');
  for (let tries = 0; tries < 100 && !((figures.get('tokbench_output_tokens_total')?.[0]?.value ?? 0) > 0); tries++) {
    figures = parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(figures.get('tokbench_output_tokens_total')![0]!.value).toBeGreaterThan(0);
  expect(figures.get('tokbench_requests_in_flight')![0]!.value).toBeGreaterThan(0);
  expect(figures.get('tokbench_step')![0]!.value).toBe(1);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  const ended = await program.ended;
  expect(ended.signal).toBeNull();
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

it('refuses a port that it cannot have, before anything is sent', async () => {
  const taken = await listening();
  const ended = await run([...load, '--metrics-port', String(portOf(taken))]);
  taken.close();
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(/EADDRINUSE.*\[bad_metrics_port\]/);
  const wrong = await run([...load, '--metrics-port', 'http://me']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/is no port.*\[bad_metrics_port\]/);
});
