import { Command, Flags } from '@oclif/core';
import { renderJson } from '../../document/json.ts';

/** Flags that every command has. */
export const outputFlags = {
  quiet: Flags.boolean({ description: 'no progress on stderr', helpGroup: 'OUTPUT' }),
  color: Flags.boolean({
    description: 'colour on a terminal; NO_COLOR and CI turn it off too',
    allowNo: true,
    default: true,
    helpGroup: 'OUTPUT',
  }),
};

/**
 * What all commands share: `--json` prints exactly what `run()` returns, on stdout and alone there; errors go up to
 * `start`, which knows the exit codes.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  protected override async catch(error: Error): Promise<void> {
    throw error;
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${renderJson(json)}\n`);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return result;
  }

  /** Colour is for people at a terminal who did not ask to be spared. */
  protected colorful(stream: NodeJS.WriteStream, wanted: boolean): boolean {
    const { env } = process;
    return wanted && stream.isTTY === true && !env['NO_COLOR'] && !env['CI'] && env['TERM'] !== 'dumb';
  }
}
