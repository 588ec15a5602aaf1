import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { runPlan } from '../../src/experiment/run.ts';
import { loadSuite } from '../../src/experiment/suite.ts';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { identify } from '../../src/target/identify.ts';

/**
 * Real model servers, where they answer: start them first, see `benchmarks/README.md`. `TOKBENCH_REAL_VLLM` and
 * `TOKBENCH_REAL_LLAMACPP` name other addresses.
 */
const servers = [
  {
    suite: 'vllm-cpu',
    kind: 'vllm',
    url: process.env['TOKBENCH_REAL_VLLM'] ?? 'http://127.0.0.1:8000/v1',
    own: ['openai-responses', 'anthropic'],
  },
  {
    suite: 'llamacpp-cpu',
    kind: 'llamacpp',
    url: process.env['TOKBENCH_REAL_LLAMACPP'] ?? 'http://127.0.0.1:8080/v1',
    own: ['openai-responses', 'anthropic', 'llamacpp'],
  },
];
const out = mkdtempSync(join(tmpdir(), 'tokbench-real-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function run(suite: string, flags: PlanFlags): Promise<RunSummary> {
  const { plan } = resolvePlan({ suite: loadSuite(suite), flags });
  const { signal } = new AbortController();
  return runPlan({ plan, out, version: 'test', simulator: null, environment: process.env, signal, emit: () => {} });
}

for (const { suite, kind, url, own } of servers) {
  const answers = await identify({ url, features: false }).then(
    ({ identity }) => identity.name === kind,
    () => false,
  );
  describe.runIf(answers)(`${kind} at ${url}`, () => {
    for (const protocol of ['openai-chat', 'openai-completions'])
      it(`counts what the server counts over ${protocol}`, async () => {
        const summary = await run(suite, {
          url,
          protocol,
          concurrency: '1,4,8',
          duration: '15s',
          objective: ['errors < 1%'],
        });
        expect(summary.simulated).toBe(false);
        expect(summary.steps).toHaveLength(3);
        for (const step of summary.steps) {
          expect(step.verdict, JSON.stringify(step.doubts)).not.toBe('INVALID');
          expect(step.counts).toMatchObject({ failed: 0, censored: 0 });
          expect(step.server.identity).toMatchObject({
            verdict: 'exact',
            output: { residual: 0 },
            input: { residual: 0 },
          });
          expect(step.tokens.meanInput).toBe(128);
          expect(step.tokens.meanOutput).toBe(48);
          expect(step.tokens.output).toBe(48 * step.counts.ok);
        }
        const record = JSON.parse(readFileSync(join(summary.directory, 'run.json'), 'utf8')) as { lengths: unknown };
        expect(record.lengths).toMatchObject({ achievedShare: 1, worstError: 0 });
      });

    // Lengths are not forced on all of these, so that only the counts must be the same.
    it.each(own)('counts what the server counts over %s', async (protocol) => {
      // Until all have come, however slow a busy machine is.
      const ends = { requests: '12', duration: '30m', drain: '10m', warmup: 'none' };
      const lengths = { 'input-tokens': '48', 'output-tokens': '8' };
      const flags = { url, protocol, concurrency: '2', ...lengths, ...ends, objective: ['errors < 1%'] };
      const { steps } = await run(suite, flags);
      expect(steps[0]!.counts).toMatchObject({ failed: 0, censored: 0 });
      expect(steps[0]!.server.identity).toMatchObject({
        verdict: 'exact',
        output: { residual: 0 },
        input: { residual: 0 },
      });
    });
  });
}

const any = await Promise.any(servers.map(({ url }) => identify({ url, features: false }))).catch(() => null);
it.runIf(any === null)('found no real server, so that nothing was measured', ({ skip }) => skip());
