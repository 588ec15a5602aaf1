import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { runPlan } from '../../src/experiment/run.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { readRun } from '../../src/store/record.ts';

vi.setConfig({ testTimeout: 60_000 });
const out = mkdtempSync(join(tmpdir(), 'limited-'));
let server: Server | null = null;
afterEach(() => server?.close());
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** A chat server that lets so many requests pass a second, and says so as OpenAI does. */
async function limited(perS: number): Promise<{ url: string; refused: () => number }> {
  let left = perS;
  let atMs = performance.now();
  let refusals = 0;
  server = createServer((request, response) => {
    if (request.url === '/v1/models') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"m"}]}');
      return;
    }
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    request.resume().on('end', () => {
      const nowMs = performance.now();
      left = Math.min(perS, left + ((nowMs - atMs) * perS) / 1000);
      atMs = nowMs;
      const fits = left >= 1;
      if (fits) left--;
      else refusals++;
      const headers = {
        'x-ratelimit-limit-requests': String(perS),
        'x-ratelimit-remaining-requests': String(Math.floor(left)),
        'x-ratelimit-reset-requests': `${Math.ceil(((perS - left) * 1000) / perS)}ms`,
      };
      if (!fits) {
        const body = JSON.stringify({ error: { message: 'slow down', type: 'rate_limit_exceeded' } });
        response.writeHead(429, { ...headers, 'content-type': 'application/json', 'retry-after-ms': '200' }).end(body);
        return;
      }
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
      const frame = (value: object) => response.write(`data: ${JSON.stringify(value)}\n\n`);
      frame({ choices: [{ index: 0, delta: { content: 'yes' }, finish_reason: null }] });
      frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
      frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 1 } });
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, refused: () => refusals };
}

async function run(url: string, flags: PlanFlags) {
  const { plan } = resolvePlan({
    suite: null,
    flags: {
      url,
      'input-tokens': '20',
      'output-tokens': '8',
      concurrency: '4',
      requests: '60',
      warmup: 'none',
      telemetry: ['none'],
      out,
      ...flags,
    },
  });
  const summary = await runPlan({
    plan,
    out,
    version: '0',
    simulator: null,
    environment: {},
    signal: new AbortController().signal,
    emit() {},
  });
  const exchanges: Exchange[] = [];
  for await (const exchange of (await readRun(summary.directory)).exchanges()) exchanges.push(exchange);
  return { summary, step: summary.steps[0]!, exchanges };
}

describe('a run against an account with a limit', () => {
  it('is refused, and says that it was the limit', async () => {
    const { url } = await limited(20);
    const { step, exchanges } = await run(url, {});
    expect(step.counts.outcomes['rate_limited']).toBeGreaterThan(5);
    expect(step.limits).toMatchObject({ refused: step.counts.outcomes['rate_limited'], paced: { requests: 0 } });
    expect(step.limits!.stated).toMatchObject([{ of: 'requests', limit: 20, remainingMin: 0 }]);
    expect(step.doubts.map(({ code }) => code)).toContain('rate_limited');
    const refused = exchanges.find(({ outcome }) => outcome.state === 'failed')!;
    expect(refused).toMatchObject({ outcome: { code: 'rate_limited', retryAfterMs: 200 }, limits: [{ limit: 20 }] });
  });

  it('keeps below it where that is asked', async () => {
    const { url, refused } = await limited(20);
    const { step, summary } = await run(url, { 'respect-limits': true });
    // a few may slip through while the clocks of both sides are coarse
    expect(refused()).toBeLessThanOrEqual(3);
    expect(step.counts.ok).toBeGreaterThanOrEqual(57);
    expect(step.limits!.paced.requests).toBeGreaterThan(20);
    expect(step.doubts.map(({ code }) => code)).not.toContain('client_limited');
    expect(summary.notes.some((text) => text.includes('were refused although'))).toBe(refused() > 0);
  });

  it('asks again where that is asked, as one request each', async () => {
    const { url, refused } = await limited(20);
    const { step, exchanges } = await run(url, { retries: '20' });
    expect(step.counts).toMatchObject({ due: 60, ok: 60, failed: 0 });
    expect(refused()).toBeGreaterThan(5);
    expect(step.limits!.refused).toBeGreaterThan(5);
    const again = exchanges.filter(({ attempts }) => attempts > 1);
    expect(step.limits!.retried.requests).toBe(again.length);
    for (const { dueMs, sentMs, earlier } of again) {
      expect(sentMs! - dueMs).toBeGreaterThanOrEqual(199);
      expect(earlier![0]).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 200 });
    }
  });

  it('ends before its budget is exceeded, and says so', async () => {
    const { url } = await limited(10_000);
    const { step, summary } = await run(url, { 'max-tokens-total': '500', price: 'input=1,output=2' });
    const spent = step.tokens.input! + step.tokens.output!;
    expect(spent).toBeLessThanOrEqual(500);
    expect(spent).toBeGreaterThan(200);
    expect(step.doubts.map(({ code }) => code)).toContain('stopped_by_budget');
    const said = summary.notes.find((text) => text.startsWith('Spent'));
    expect(said).toMatch(/^Spent \d+ input and \d+ output tokens of at most 500 together/);
    expect(said).toContain('ended the run before its plan did');
    const usd = await run(url, { budget: '0.0005usd', price: 'input=1,output=2' });
    expect(usd.summary.notes.join()).toMatch(/, 0\.000[234]\d* USD of 0\.0005 /);
    await expect(run(url, { budget: '1usd' })).rejects.toMatchObject({ code: 'unknown_price', exit: 2 });
  });
});
