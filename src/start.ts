import { Config, Errors, flush, handle, run } from '@oclif/core';
import { closest, distance } from 'fastest-levenshtein';
import { UserError } from './error/user-error.ts';
import { nearest } from './yaml/problem.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
}

/** oclif's own complaints about flags and commands, as one sentence with the nearest right word; null for all else. */
function parseFailure(error: unknown): Failure | null {
  if (!(error instanceof Errors.CLIError)) return null;
  const { message } = error;
  const sentence = message
    .split('\nSee more help')[0]!
    .replace(/^The following errors? occurred:/, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  const wrong = /Nonexistent flags?: --?([\w-]+)/.exec(message)?.[1];
  const known = (error as { parse?: { input?: { flags?: Record<string, unknown> } } }).parse?.input?.flags ?? {};
  const near = wrong === undefined || Object.keys(known).length === 0 ? null : closest(wrong, Object.keys(known));
  const hint = near !== null && wrong !== undefined && distance(near, wrong) <= 3 ? ` Did you mean --${near}?` : '';
  return { code: 'bad_flag', message: `${sentence}.${hint} See --help.`.replace('..', '.'), exit: 2 };
}

async function failureOf(error: unknown, entry: string): Promise<Failure | null> {
  if (error instanceof UserError) return { code: error.code, message: error.message, exit: error.exit };
  const wrong = error instanceof Errors.CLIError ? /^command (.+) not found$/.exec(error.message)?.[1] : undefined;
  return wrong === undefined ? parseFailure(error) : await unknownCommand(wrong, entry);
}

async function unknownCommand(wrong: string, entry: string): Promise<Failure> {
  const { commandIDs } = await Config.load(entry);
  const typed = wrong.replaceAll(':', ' ');
  const near = nearest(
    typed,
    commandIDs.map((id) => id.replaceAll(':', ' ')),
  );
  const hint = near === null ? 'See --help.' : `Did you mean "${near}"? See --help.`;
  return { code: 'bad_flag', message: `There is no command "${typed}". ${hint}`, exit: 2 };
}

/**
 * Runs the program: a user's mistake is one sentence on stderr (and, with `--json`, one document on stdout) and its
 * documented exit code; only a defect shows a stack trace, with exit code 1.
 * @param entry URL of the executable's file, from which oclif finds the package
 */
export async function start(entry: string): Promise<void> {
  const argv = process.argv.slice(2);
  try {
    await run(argv, entry);
  } catch (error) {
    if (error instanceof Errors.ExitError) {
      process.exitCode = error.oclif.exit ?? 1;
    } else {
      const failure = await failureOf(error, entry);
      if (!failure) {
        await flush();
        return handle(error as Error);
      }
      if (argv.includes('--json')) {
        process.stdout.write(`${JSON.stringify({ schema: 'tokbench.error/1', ...failure })}\n`);
      }
      process.stderr.write(`tokbench: ${failure.message} [${failure.code}]\n`);
      process.exitCode = failure.exit;
    }
  }
  await flush();
}
