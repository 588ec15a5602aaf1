import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';

/** A program that hangs must end; how fast a busy machine starts one is no matter of tests. */
const longestMs = 80_000;
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/**
 * The program as a user starts it: `bin/tokbench.js` over a build of the sources as they are now. Builds are kept by the
 * state of the sources, so that one build serves every test file and never changes under a running program.
 */

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/tokbench-test');
const built = ['src', 'bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const linked = ['profiles', 'benchmarks'];
const longestBuildMs = 120_000;

function stateOfSources(): string {
  const files = built.flatMap((name) => {
    const path = join(root, name);
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file));
  });
  const state = files.sort().map((file) => `${file} ${statSync(file).mtimeMs}`);
  return createHash('sha256').update(state.join('\n')).digest('hex').slice(0, 16);
}

/** The executable’s path; builds once, whoever comes first. */
async function executable(): Promise<string> {
  const folder = join(cache, stateOfSources());
  const lock = `${folder}.lock`;
  mkdirSync(cache, { recursive: true });
  while (!existsSync(folder)) {
    if (tryLock(lock)) {
      try {
        build(folder);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else await sleep(100);
  }
  return join(folder, 'bin/tokbench.js');
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const ageMs = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > longestBuildMs) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function build(folder: string): void {
  const making = `${folder}.${process.pid}`;
  mkdirSync(making);
  for (const name of ['bin', 'package.json']) cpSync(join(root, name), join(making, name), { recursive: true });
  for (const name of linked) symlinkSync(join(root, name), join(making, name), 'junction');
  const typescript = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--outDir', join(making, 'dist'), '--noCheck', '--sourceMap', 'false', '--declaration', 'false'];
  const project = join(root, 'tsconfig.build.json');
  execFileSync(process.execPath, [typescript, '-p', project, ...options], { stdio: 'inherit' });
  execFileSync(process.execPath, [join(making, 'bin/manifest.js')], { stdio: 'inherit' });
  renameSync(making, folder);
  for (const old of readdirSync(cache)) {
    const path = join(cache, old);
    if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
}

/** An empty folder of one's own. */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tokbench-'));
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  /** Where it is started; its home too. Default a fresh empty folder. */
  readonly cwd?: string;
  /** Added to an environment that holds nothing but PATH and the home. */
  readonly env?: Readonly<Record<string, string>>;
  /** Starts it through another program, such as a shell: the command in, the command that is started out. */
  readonly through?: (command: readonly string[]) => readonly string[];
}

export interface Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly cwd: string;
  readonly ended: Promise<Ended>;
  /** Resolves when the output so far matches; rejects when the program ends before. */
  printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the program. It is killed when it takes longer than `longestMs`. */
export async function start(args: readonly string[], options: Options = {}): Promise<Program> {
  const cwd = options.cwd ?? emptyFolder();
  const plain = [process.execPath, await executable(), ...args];
  const [command, ...rest] = options.through?.(plain) ?? plain;
  const child = spawn(command!, rest, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, TMPDIR: process.env['TMPDIR'] ?? tmpdir(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolveEnd, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolveEnd({ code, signal, ...output }));
  });
  return {
    child,
    cwd,
    ended,
    printed: (stream, pattern) =>
      new Promise((found, reject) => {
        const look = () => {
          const match = pattern.exec(output[stream]);
          if (match !== null) found(match);
        };
        child[stream].on('data', look);
        look();
        ended.then(() => reject(new Error(`It ended without ${pattern}:\n${output.stdout}\n${output.stderr}`)), reject);
      }),
  };
}

/** Runs the program to its end. */
export async function run(args: readonly string[], options: Options = {}): Promise<Ended> {
  return await (await start(args, options)).ended;
}
