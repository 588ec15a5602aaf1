import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { emptyFolder, run } from './program.ts';

/** Files end at 64 blocks of 512 or 1,024 bytes: as a disk that is full, without one. */
const small = (command: readonly string[]) => ['bash', '-c', 'trap "" XFSZ; ulimit -f 64; exec "$@"', '-', ...command];

it.skipIf(process.platform === 'win32')(
  'reports what is on a disk that takes no more, INVALID, with exit code 4',
  async () => {
    const cwd = emptyFolder();
    const load = '--concurrency 16 --input-tokens 24 --output-tokens 60 --duration 60s --warmup none --telemetry none';
    const ended = await run(['run', '--simulate', ...load.split(' '), '--json'], { cwd, through: small });
    expect(ended.stderr).toContain('the file is larger than the system allows');
    expect(ended.stderr).not.toContain('    at ');
    expect(ended.code).toBe(4);
    const summary = JSON.parse(ended.stdout) as RunSummary;
    expect(summary).toMatchObject({ state: 'finished', verdict: 'INVALID' });
    const [step] = summary.steps;
    expect(step!.doubts[0]).toMatchObject({ code: 'disk_failed', severity: 'invalid' });
    expect(summary.notes.join()).toContain('Writing results to');

    const directory = join(cwd, summary.directory);
    const whole = readFileSync(join(directory, 'exchanges.jsonl'), 'utf8').split('\n').length - 1;
    expect(whole).toBeGreaterThan(10);
    expect(step!.counts.ok).toBe(whole);
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary);
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
    const again = await run(['report', summary.directory, '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toEqual(summary);
    expect(existsSync(join(directory, 'run.json'))).toBe(true);
  },
);
