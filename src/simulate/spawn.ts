import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UserError, type UserErrorExit } from '../error/user-error.ts';
import type { SimulatorOptions } from './options.ts';

export interface SpawnedSimulator {
  readonly url: string;
  readonly port: number;
  readonly model: string;
  readonly pid: number;
  /** Ends the process in good order, so that its truth log is complete. */
  stop(): Promise<void>;
}

type Greeting =
  | { url: string; port: number; model: string }
  | { error: { code: string; message: string; exit: UserErrorExit } };

/** `main.ts` beside this file in `src/`, `main.js` in `dist/`. */
const entry = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
const stopMs = 5000;

/**
 * Starts a simulated server in a process of its own, so that it takes no time from the caller's event loop. The process ends
 * with the caller, however that ends. Throws the UserErrors of `startSimulator`.
 */
export async function spawnSimulator(options: SimulatorOptions = {}): Promise<SpawnedSimulator> {
  const child = spawn(process.execPath, [entry, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin!.on('error', () => {});
  const greeting = await firstLine(child);
  if ('error' in greeting) throw new UserError(greeting.error.code, greeting.error.message, greeting.error.exit);
  return { ...greeting, pid: child.pid!, stop: () => stopProcess(child) };
}

function firstLine(child: ChildProcess): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.once('line', (line) => resolve(JSON.parse(line) as Greeting));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the simulator ended at its start (${signal ?? code})`)));
  });
}

function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.stdin!.end();
  });
}
