import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, run } from './program.ts';

function folderWith(suite: string): string {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'suite.yaml'), suite);
  return cwd;
}

const good = `target: {url: "http://127.0.0.1:1/v1", model: demo}
workload: {inputTokens: 100, outputTokens: 50}
load: {rate: [5, 10], arrivals: constant}
duration: 60s
objectives: ["ttft.p99 < 500ms"]
`;

describe.concurrent('tokbench check', () => {
  it('says what a suite would do and sends nothing', async () => {
    const cwd = folderWith(good);
    const { code, stdout, stderr } = await run(['check', 'suite.yaml'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('nothing was sent');
    expect(stdout).toContain('http://127.0.0.1:1/v1');
    expect(readdirSync(cwd)).toEqual(['suite.yaml']);
  });

  it('says it as one document, in requests, tokens and seconds, flags first', async () => {
    const { stdout } = await run(['check', 'suite.yaml', '--duration', '30s', '--json'], { cwd: folderWith(good) });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'tokbench.check/1',
      plan: { suite: 'suite', durationMs: 30_000, objectives: ['ttft.p99 < 500ms'] },
      steps: [{ requests: 150 }, { requests: 300 }],
      total: { requests: 450, inputTokens: 45_000, outputTokens: 22_500, seconds: 60 },
    });
  });

  it('names every mistake with its line and the nearest right word', async () => {
    const cwd = folderWith(
      'lod: {concurrency: 4}\nobjectives: ["ttft.p98 < 500ms"]\nworkload: {inputTokens: "U(9,1)", outputTokens: 3}\n',
    );
    const { code, stdout, stderr } = await run(['check', 'suite.yaml'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/suite\.yaml:1:1 .*lod.*load/);
    expect(stderr).toMatch(/suite\.yaml:2:\d+ .*p98/);
    expect(stderr).toMatch(/suite\.yaml:3:\d+ .*U\(9,1\)/);
    expect(stderr).toMatch(/\[bad_suite\]\n$/);
  });

  it('needs no suite: flags say it all, and what is missing is looked for by run', async () => {
    const cwd = emptyFolder();
    const flags = ['--target', 'openai', '--model', 'gpt-5-mini', '--input-tokens', '100', '--output-tokens', '50'];
    const { code, stdout, stderr } = await run(['check', ...flags, '--rate', '2', '--requests', '10', '--json'], {
      cwd,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      plan: { suite: 'adhoc', target: { preset: 'openai', model: 'gpt-5-mini' } },
      total: { requests: 10, inputTokens: 1000, outputTokens: 500 },
    });
    const unlisted = await run(['check', '--target', 'openai', '--model', 'mine'], { cwd });
    expect([unlisted.code, unlisted.stdout]).toEqual([
      0,
      expect.stringMatching(/expected price +not known: no price of mine is listed/),
    ]);
    expect((await run(['check'], { cwd })).stdout).toContain('the first server found on the usual local ports');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('finds the suites that ship by their names', async () => {
    const { code, stdout } = await run(['check', 'demo', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ plan: { suite: 'demo' } });
  });
});
