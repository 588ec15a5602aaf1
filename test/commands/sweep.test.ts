import { describe, expect, it } from 'vitest';
import type { SweepSummary } from '../../src/measurement/sweep-summary.ts';
import { emptyFolder, run, start } from './program.ts';

const server = ['--simulate', '--pace=10ms,4ms'];
const quick = '--input-tokens 24 --output-tokens 5 --duration 800ms --warmup none --seed 3'.split(' ');
const sweep = (...args: string[]) => ['sweep', ...server, ...quick, ...args];
const slow = ['sweep', '--simulate', '--pace=10ms,100ms', ...quick];

// A machine that does other work may keep the client from being believed: then it says so, and the test asks again.
describe('sweep', { timeout: 120_000, retry: 3 }, () => {
  it('ends with 0 at the highest load allowed, prints one JSON document, and report shows it again', async () => {
    const cwd = emptyFolder();
    const args = sweep('--concurrency', '2', '--max', '4', '--objective', 'tpot.p50 < 500ms', '--json');
    const ended = await run(args, { cwd });
    expect(ended.stderr).toMatch(/^2 in flight: .*tpot\.p50 < 500ms/m);
    const summary = JSON.parse(ended.stdout) as SweepSummary;
    expect(summary).toMatchObject({
      schema: 'tokbench.sweep/1',
      state: 'MAX_REACHED',
      highestPassing: 4,
      lowestFailing: null,
      confirmed: true,
      limitedBy: 'max',
      search: { kind: 'concurrency', start: 2, least: 1, most: 4 },
      run: { schema: 'tokbench.run/1', simulated: true, state: 'finished' },
    });
    expect(summary.points.map(({ load }) => load.value)).toEqual([2, 4, 4]);
    expect(ended.code).toBe(0);
    const json = await run(['report', 'latest', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toEqual(summary);
    const console = await run(['report', 'latest'], { cwd });
    expect(console.stdout).toContain('[SIMULATED]');
    expect(console.stdout).toContain('[MAX REACHED]');
    expect(console.stdout).toContain('Loads measured');
  });

  it('ends with 5 where not even the lowest load is inside', async () => {
    const ended = await run([...slow, '--concurrency', '2', '--objective', 'tpot.p50 < 1ms']);
    expect(ended.stdout).toMatch(/\[NONE\] not even the lowest load is inside:\s+1\s+in\s+flight\s+is\s+not/);
    expect(ended.code).toBe(5);
  });

  it('ends with 4 where the server fails at any load', async () => {
    const ended = await run(
      sweep('--rate', '30', '--min', '20', '--fault', 'server_error=1', '--objective', 'errors < 1%'),
    );
    expect(ended.stdout).toContain('[NONE]');
    expect(ended.code).toBe(4);
  });

  it('ends with 130 when it is interrupted, and goes on', async () => {
    const cwd = emptyFolder();
    const args = sweep('--concurrency', '1', '--max', '3', '--objective', 'tpot.p50 < 500ms');
    const program = await start(args, { cwd });
    await program.printed('stderr', /step 2: .* started/);
    program.child.kill('SIGINT');
    const cut = await program.ended;
    expect(cut.code).toBe(130);
    expect(cut.stdout).toContain('[UNFINISHED]');
    expect(cut.stdout).toMatch(/tokbench\s+sweep\s+--resume/);
    const refused = await run(['sweep', '--resume', 'latest', '--duration', '5s'], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('leave out --duration') });
    const unsimulated = await run(['sweep', '--resume', 'latest'], { cwd });
    expect(unsimulated).toMatchObject({ code: 2, stderr: expect.stringContaining('add --simulate') });
    const found = await run(['sweep', '--resume', 'latest', ...server, '--json'], { cwd });
    expect(JSON.parse(found.stdout)).toMatchObject({ state: 'MAX_REACHED', highestPassing: 3, confirmed: true });
    expect(found.code).toBe(0);
  });

  it.each([
    [['--concurrency', '2'], 'no_objective'],
    [['--objective', 'ttft.p50 < 1s', '--resolution', '5'], 'bad_flag'],
    [['--objective', 'ttft.p50 < 1s', '--min', 'x'], 'bad_flag'],
    [['--objective', 'ttft.p50 < 1s', '--rate', 'ramp(1,2,3s)'], 'bad_plan'],
    [['--objective', 'ttft.p50 < 1s', '--concurrency', '8', '--max', '4'], 'bad_plan'],
    [['--resume', 'nowhere'], 'bad_flag'],
  ])('%j is refused before anything is sent', async (args, code) => {
    const ended = await run(sweep(...args));
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`[${code}]`) });
  });
});
