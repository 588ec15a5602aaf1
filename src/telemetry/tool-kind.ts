import { UserError } from '../error/user-error.ts';
import {
  type Absent,
  type FindContext,
  type Source,
  type SourceArgument,
  type SourceKind,
  TelemetryProblem,
} from './source.ts';
import { endProblem, runTool, type Tool, type ToolOutput, ToolTimeout } from './tool.ts';

/** A look ends before the time for all looks is over. */
const lookShare = 0.8;

export interface ToolPlace {
  /** Name of the source. */
  readonly name: string;
  readonly ssh: string | null;
  /** Host of its samples. */
  readonly host: string;
  readonly context: FindContext;
  /** What the look said. */
  readonly looked: ToolOutput;
}

export interface ToolKindOptions {
  readonly name: string;
  readonly command: string;
  /** A quick call that says whether there is a device: its arguments and how its answer is read. */
  readonly look: { readonly args: readonly string[]; found(output: ToolOutput): boolean };
  /** Looked for by `auto`; default true. */
  readonly auto?: boolean;
  source(place: ToolPlace): Source;
}

/** Name of the machine behind `[user@]host[:port]`. */
export function sshHost(ssh: string): string {
  return ssh.replace(/^.*@/, '').replace(/:\d+$/, '');
}

/** Throws UserError `bad_telemetry` where an argument has a value and should not. */
export function refuseValue(argument: SourceArgument, form: string): void {
  if (argument.value === null) return;
  throw new UserError('bad_telemetry', `--telemetry ${argument.kind} takes no "=${argument.value}": write ${form}.`);
}

/** A kind of source that is a vendor's command, here or on another machine over ssh. */
export function toolKind(options: ToolKindOptions): SourceKind {
  const form = `${options.name} or ssh://HOST/${options.name}`;
  return {
    name: options.name,
    form,
    auto: options.auto ?? true,
    remote: true,
    check: (argument) => refuseValue(argument, form),
    async find(argument, context, signal): Promise<readonly Source[] | Absent> {
      const { ssh } = argument;
      const tool: Tool = { command: options.command, args: options.look.args, ssh };
      const name = ssh === null ? options.name : `ssh://${ssh}/${options.name}`;
      const host = ssh === null ? context.hostname : sshHost(ssh);
      try {
        const looked = await runTool(tool, lookShare * context.timeoutMs, signal);
        if (looked.code === 0 && options.look.found(looked))
          return [options.source({ name, ssh, host, context, looked })];
        const problem = endProblem(tool, looked);
        const code = looked.code === 0 ? 'unavailable' : problem.code;
        return { absent: { code, sentence: sentenceOf(tool, looked, problem) } };
      } catch (error) {
        if (!(error instanceof TelemetryProblem)) throw error;
        // A driver that nothing holds is loaded anew for every call: the tool is taken, and has longer to begin.
        if (error instanceof ToolTimeout && ssh === null && !signal.aborted)
          return [options.source({ name, ssh, host, context, looked: { code: null, stdout: '', stderr: '' } })];
        return { absent: { code: error.code, sentence: error.message } };
      }
    },
  };
}

function sentenceOf(tool: Tool, looked: ToolOutput, problem: TelemetryProblem): string {
  if (looked.code !== 0) return problem.message;
  const place = tool.ssh === null ? '' : ` on ${tool.ssh}`;
  return `${tool.command}${place} is there and names no device.`;
}
