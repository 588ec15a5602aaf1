import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

describe.concurrent('tokbench profiles', () => {
  it('lists what ships', async () => {
    const { code, stdout, stderr } = await run(['profiles', 'list', 'workloads']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['chat', 'rag', '8k1k']) expect(stdout).toContain(name);
    const listed = JSON.parse((await run(['profiles', 'list', '--json'])).stdout) as { profiles: { kind: string }[] };
    expect(listed).toMatchObject({ schema: 'tokbench.profiles/1' });
    expect(listed.profiles.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['workloads', 'simulated']));
  });

  it('shows one as it ships, and as data', async () => {
    const { stdout } = await run(['profiles', 'show', 'workloads', 'chat']);
    expect(stdout).toContain('schema: tokbench.workload/1');
    expect(JSON.parse((await run(['profiles', 'show', 'workloads', 'chat', '--json'])).stdout)).toMatchObject({
      name: 'chat',
    });
  });

  it('names the nearest right word', async () => {
    const { code, stderr } = await run(['profiles', 'show', 'workloads', 'caht']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/did you mean "chat"\?/i);
  });
});

describe.concurrent('tokbench', () => {
  it('shows its help and its version', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['run', 'report', 'simulate', 'check', 'probe', 'profiles'])
      expect(help.stdout).toContain(command);
    const flags = await run(['run', '--help']);
    for (const word of ['EXAMPLES', '--concurrency', '--objective', 'run --simulate'])
      expect(flags.stdout).toContain(word);
    expect((await run(['--version'])).stdout).toMatch(/^tokbench\/\d+\.\d+\.\d+ /);
  });

  it('refuses a command that there is not, with the nearest', async () => {
    const { code, stderr } = await run(['rnu']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/rnu/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
