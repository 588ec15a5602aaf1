import { writeSync } from 'node:fs';

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** From here on there is something to write before the end: a signal no longer ends the process at once. */
  keep(): void;
  release(): void;
}

/**
 * SIGINT and SIGTERM abort a signal, so that what was measured is written; a second one ends the process at once, exit
 * code 130.
 * @param nothingYet until `keep()` the first one ends the process at once, too: a server that does not answer must not
 *   hold it
 */
export function interruptible({ nothingYet = false } = {}): Interrupt {
  const controller = new AbortController();
  let something = !nothingYet;
  const onSignal = () => {
    if (!something) leave();
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    keep() {
      something = true;
    },
    release() {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}

function leave(): never {
  const failure = { code: 'interrupted', message: 'Interrupted before anything was measured.', exit: 130 };
  write(2, `tokbench: ${failure.message} [${failure.code}]\n`);
  if (process.argv.includes('--json')) write(1, `${JSON.stringify({ schema: 'tokbench.error/1', ...failure })}\n`);
  process.exit(failure.exit);
}

function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // nobody listens any more
  }
}
