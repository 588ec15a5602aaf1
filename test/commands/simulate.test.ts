import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { emptyFolder, run, start } from './program.ts';

const health = async (url: string) => (await fetch(url.replace('/v1', '/health'))).status;

describe.concurrent('tokbench simulate', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints its address, serves, and stops on %s', async (signal) => {
    const program = await start(['simulate', '--port', '0', '--model', 'mine', '--truth', 'truth.jsonl']);
    const [, url] = await program.printed('stdout', /model mine: (http:\/\/127\.0\.0\.1:\d+\/v1)\n/);
    expect(await health(url!)).toBe(200);
    program.child.kill(signal);
    expect(await program.ended).toMatchObject({ code: 0, signal: null });
    await expect(health(url!)).rejects.toThrow();
    expect(readFileSync(join(program.cwd, 'truth.jsonl'), 'utf8')).toContain('tokbench.simulator-truth/1');
  });

  it('demands a key from its variable, and never prints it', async () => {
    const program = await start(['simulate', '--port', '0', '--api-key-env', 'SIM_KEY'], {
      env: { SIM_KEY: 'sk-0123' },
    });
    const [, url] = await program.printed('stdout', /: (http:\S+)\n/);
    const ask = (headers: Record<string, string>) => fetch(`${url}/models`, { headers }).then(({ status }) => status);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer sk-0123' })).toBe(200);
    program.child.kill('SIGTERM');
    const { stdout, stderr } = await program.ended;
    expect(stdout + stderr).not.toContain('sk-0123');
  });

  it('is known for what it is by whoever measures it', async () => {
    const program = await start(['simulate', '--port', '0', '--pace', '10ms,2ms', '--quiet']);
    const [, url] = await program.printed('stdout', /: (http:\S+)\n/);
    const load = '--input-tokens 24 --output-tokens 5 --concurrency 2 --requests 10 --warmup none'.split(' ');
    const { stdout } = await run(['run', '--url', url!, ...load, '--json'], { cwd: emptyFolder() });
    expect(JSON.parse(stdout) as RunSummary).toMatchObject({
      simulated: true,
      target: { server: { name: 'simulated' } },
    });
    program.child.kill('SIGTERM');
    expect((await program.ended).stderr).toBe('');
  });

  it.each([
    ['a fault that there is not', ['--fault', 'rset=0.1'], 'bad_fault'],
    ['a pace that is none', ['--pace', 'fast'], 'bad_flag'],
    ['a port that is none', ['--port', 'http'], 'bad_flag'],
    ['a profile that there is not', ['--simulator-profile', 'h200'], 'unknown_profile'],
    ['a variable that is not set', ['--api-key-env', 'SIM_KEY'], 'missing_api_key'],
  ])('refuses %s in one sentence', async (_, args, code) => {
    const ended = await run(['simulate', '--port', '0', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`^tokbench: [^\\n]+ \\[${code}\\]\\n$`));
  });

  it('refuses a port in use', async () => {
    const first = await start(['simulate', '--port', '0']);
    const [, port] = await first.printed('stdout', /127\.0\.0\.1:(\d+)/);
    const second = await run(['simulate', '--port', port!]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('[port_in_use]');
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
  });
});
