import { type ChildProcess, spawn } from 'node:child_process';
import type { ReasonCode } from '../record/sample.ts';
import { TelemetryProblem } from './source.ts';

/** A tool that is there and did not end in time: it may well work, slowly. */
export class ToolTimeout extends TelemetryProblem {}

/** A command of this machine, or of another by the system's `ssh`. */
export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  /** `[user@]host[:port]`; null = this machine. */
  readonly ssh: string | null;
  /** Its name in sentences, where the command is a shell that starts it. */
  readonly called?: string;
}

export interface ToolOutput {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where vendors put their tools, which a shell without login does not look into. */
const vendorFolders = ['/opt/rocm/bin', '/opt/aws/neuron/bin', '/usr/local/nvidia/bin', '/usr/local/bin'].join(':');

/** Times in UTC, numbers with points, and no block buffering in Python's tools. */
const environment: Readonly<Record<string, string>> = { TZ: 'UTC', LC_ALL: 'C', PYTHONUNBUFFERED: '1' };
const connectTimeoutS = 5;
const mostOutput = 8 * 1024 * 1024;
const tailChars = 2_000;

/** Single quotes as a POSIX shell wants them. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Program and arguments as they are started, `ssh` and its quoting included. */
export function commandLine(tool: Tool): { readonly file: string; readonly args: string[] } {
  if (tool.ssh === null) return { file: tool.command, args: [...tool.args] };
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(tool.ssh)!;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const words = [...variables, tool.command, ...tool.args].map(quoted).join(' ');
  // `env` understands variables whatever shell the user has there.
  const remote = `env PATH="$PATH:${vendorFolders}" ${words}`;
  const options = ['BatchMode=yes', `ConnectTimeout=${connectTimeoutS}`, 'ServerAliveInterval=5', 'LogLevel=ERROR'];
  const args = options.flatMap((option) => ['-o', option]);
  return { file: 'ssh', args: [...args, ...(port === undefined ? [] : ['-p', port]), '--', host!, remote] };
}

/**
 * Starts a tool whose output is read as it comes. The child ends with the signal; so do its pipes, which others may
 * hold that it started.
 */
export function startTool(tool: Tool, signal: AbortSignal): ChildProcess {
  const { file, args } = commandLine(tool);
  const child = spawn(file, args, {
    env: { ...process.env, ...environment, PATH: [process.env['PATH'], vendorFolders].filter(Boolean).join(':') },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    signal,
    killSignal: 'SIGTERM',
  });
  const close = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  signal.addEventListener('abort', close, { once: true });
  child.once('close', () => signal.removeEventListener('abort', close));
  return child;
}

function nameOf(tool: Tool): string {
  return tool.called ?? tool.command;
}

/** Why a tool could not be started, or ended, in one sentence. */
export function toolProblem(tool: Tool, error: unknown): TelemetryProblem {
  const code = (error as NodeJS.ErrnoException).code;
  const name = tool.ssh === null ? nameOf(tool) : 'ssh';
  if (code === 'ENOENT') return new TelemetryProblem('tool_absent', `${name} is not installed, or not in PATH.`);
  if (code === 'EACCES')
    return new TelemetryProblem('permission_denied', `${name} may not be run by this user: check its permissions.`);
  return new TelemetryProblem('tool_failed', `${name} could not be started: ${(error as Error).message}.`);
}

const refusals: readonly (readonly [RegExp, ReasonCode])[] = [
  [/command not found|: not found|No such file or directory/i, 'tool_absent'],
  [
    /insufficient permission|permission denied|not permitted|access denied|must be root|requires? root/i,
    'permission_denied',
  ],
  [
    /could not resolve hostname|connection (refused|timed out|reset|closed)|no route to host|host key verification/i,
    'endpoint_unreachable',
  ],
];

/** What ssh itself ends with, whatever it was to run. */
const sshFailed = 255;

/** What a tool that ended said, as a reason and a sentence: its own first line, for nobody knows better. */
export function endProblem(tool: Tool, output: ToolOutput): TelemetryProblem {
  const said = `${output.stderr}\n${output.stdout}`;
  const code = refusals.find(([pattern]) => pattern.test(said))?.[1] ?? 'tool_failed';
  const place = tool.ssh === null ? '' : ` on ${tool.ssh}`;
  if (code === 'tool_absent' && tool.ssh !== null)
    return new TelemetryProblem(code, `${nameOf(tool)} is not installed on ${tool.ssh}, or not in its PATH.`);
  const line = firstLine(output.stderr) ?? firstLine(output.stdout);
  if (tool.ssh !== null && output.code === sshFailed && line !== null)
    return new TelemetryProblem(
      code === 'tool_failed' ? 'endpoint_unreachable' : code,
      `ssh to ${tool.ssh} failed: ${line}`,
    );
  const ended = output.code === null ? 'ended' : `ended with code ${output.code}`;
  const sentence =
    line === null ? `${nameOf(tool)}${place} ${ended} and said nothing.` : `${nameOf(tool)}${place} ${ended}: ${line}`;
  return new TelemetryProblem(code, sentence);
}

function firstLine(text: string): string | null {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '');
  return line === undefined
    ? null
    : line
        .trim()
        .slice(0, 300)
        .replace(/[^.!?]$/, '$&.');
}

/** Keeps the end of a text that may grow without limit. */
export class Tail {
  text = '';
  push(more: string): void {
    this.text = (this.text + more).slice(-tailChars);
  }
}

/**
 * Runs a tool to its end.
 * @returns its output whatever its exit code
 * @throws TelemetryProblem when it cannot be started, takes longer than `timeoutMs`, or is aborted
 */
export function runTool(tool: Tool, timeoutMs: number, signal: AbortSignal): Promise<ToolOutput> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve, reject) => {
    const child = startTool(tool, limit);
    let stdout = '';
    let stderr = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < mostOutput) stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < mostOutput) stderr += text;
    });
    child.on('error', (error) => {
      if (!limit.aborted) return reject(toolProblem(tool, error));
      const place = tool.ssh === null ? '' : ` on ${tool.ssh}`;
      reject(new ToolTimeout('tool_failed', `${nameOf(tool)}${place} did not answer within ${timeoutMs / 1000} s.`));
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
