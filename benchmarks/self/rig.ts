/** Processes on their cores: the server on one, the client on another, and what each of them cost. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { spawnSimulator } from '../../src/simulate/spawn.ts';
import { readTruth, type TruthFile } from '../../src/simulate/truth-read.ts';

export const root = join(import.meta.dirname, '../..');
export const tokbench = join(root, 'bin/tokbench.js');
const ticksPerS = 100;

/** Cores that processes are kept on; null = wherever the system puts them. */
export interface Pins {
  readonly server: number | null;
  readonly client: number | null;
}

export function choosePins(): Pins {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
  } catch {
    return { server: null, client: null };
  }
  return availableParallelism() > 1 ? { server: 0, client: 1 } : { server: null, client: null };
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.versions.node,
  };
}

export interface PacedServer {
  readonly url: string;
  readonly model: string;
  /** Ends it; what it wrote, and when. */
  stop(): Promise<TruthFile>;
}

/** A simulated server of exact pace on its core, with a log of what it wrote. */
export async function startServer(pins: Pins, options: SimulatorOptions): Promise<PacedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tokbench-bench-'));
  const path = join(folder, 'truth.jsonl');
  const server = await spawnSimulator({ ...options, truth: path });
  if (pins.server !== null)
    execFileSync('taskset', ['-acp', String(pins.server), String(server.pid)], { stdio: 'ignore' });
  return {
    url: server.url,
    model: server.model,
    async stop() {
      await server.stop();
      try {
        return readTruth(path);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** User + system CPU time of the process and of those that it waited for, s. */
  readonly cpuS: number;
  readonly wallS: number;
  /** Resident memory every half second, MiB. */
  readonly rssMib: readonly number[];
}

/** Runs a program on a core (null = on all) to its end. One at a time: CPU time is that of all children that ended. */
export async function runOn(cpu: number | null, program: string, args: readonly string[]): Promise<Finished> {
  const pinned = cpu === null ? [program, ...args] : ['taskset', '-c', String(cpu), program, ...args];
  const before = childrenCpuS();
  const start = performance.now();
  const child = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], cwd: root });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  const rssMib: number[] = [];
  const timer = setInterval(() => {
    const mib = residentMib(child.pid!);
    if (mib !== null) rssMib.push(mib);
  }, 500);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', (value) => resolve(value));
  });
  clearInterval(timer);
  const wallS = (performance.now() - start) / 1000;
  return { code, stdout: out.join(''), stderr: err.join(''), cpuS: childrenCpuS() - before, wallS, rssMib };
}

/** `cutime + cstime` of this process: proc(5). */
function childrenCpuS(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerS;
}

function residentMib(pid: number): number | null {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    return null;
  }
}

/** llmnop where it is installed; null where it is not. */
export function findLlmnop(): { readonly path: string; readonly version: string } | null {
  for (const path of ['llmnop', join(process.env['HOME'] ?? '', '.cargo/bin/llmnop')]) {
    try {
      const version = execFileSync(path, ['--version'], { encoding: 'utf8' })
        .trim()
        .replace(/^llmnop\s+/, '');
      return { path, version };
    } catch {}
  }
  return null;
}
