import picocolors from 'picocolors';
import { widthOf } from '../document/terminal.ts';
import { endLine, type ProgressSnapshot, startLine, statusBlock, statusLine } from './status.ts';

export type { ProgressPhase, ProgressSnapshot } from './status.ts';

export interface ProgressOptions {
  /** Where progress goes: stderr. */
  readonly stream: { write(text: string): unknown };
  /** A redrawn block; otherwise plain lines. */
  readonly isTty: boolean;
  /** Width of the terminal; a function follows its resizing. */
  readonly columns: number | (() => number);
  readonly color: boolean;
  readonly unicode?: boolean;
  /** Nothing but what `line` is given. */
  readonly quiet: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** What happens while a run goes on, for those who would rather pass one callback than know of three methods. */
export type ProgressEvent =
  | { readonly kind: 'snapshot'; readonly snapshot: ProgressSnapshot }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'end' };

export interface Progress {
  /** Call it as often as convenient: it draws at most ten times a second, and a changed step or phase at once. */
  update(snapshot: ProgressSnapshot): void;
  /** Prints a line above the block; also when quiet, for warnings. */
  line(text: string): void;
  /** Removes the block and gives the cursor back. Idempotent. */
  end(): void;
  emit(event: ProgressEvent): void;
}

const redrawMs = 100;
const lineEveryMs = 10_000;

/** Live progress of a run: a small block on a terminal, plain lines elsewhere, nothing when quiet. */
export function createProgress(options: ProgressOptions): Progress {
  const view = options.quiet ? silent : options.isTty ? terminalView(options) : lineView(options);
  const line = (text: string) => view.above(() => options.stream.write(`${text}\n`));
  return {
    update: view.update,
    line,
    end: view.end,
    emit(event) {
      if (event.kind === 'snapshot') view.update(event.snapshot);
      else if (event.kind === 'line') line(event.text);
      else view.end();
    },
  };
}

interface View {
  update(snapshot: ProgressSnapshot): void;
  /** Writes something that stays, out of the way of what is redrawn. */
  above(write: () => void): void;
  end(): void;
}

const silent: View = { update: () => {}, above: (write) => write(), end: () => {} };

const changed = (a: ProgressSnapshot | null, b: ProgressSnapshot): boolean =>
  a === null || a.step !== b.step || a.phase !== b.phase;

/** A line when a step starts, one every ten seconds, one when it is done. */
function lineView({ stream, now }: ProgressOptions): View {
  let last: ProgressSnapshot | null = null;
  let writtenAt = 0;
  const write = (text: string) => {
    stream.write(`${text}\n`);
    writtenAt = now();
  };
  return {
    update(snapshot) {
      const started = last === null || last.step !== snapshot.step;
      if (started) write(startLine(snapshot));
      if (snapshot.phase === 'done') {
        if (started || last?.phase !== 'done') write(endLine(snapshot));
      } else if (now() - writtenAt >= lineEveryMs) write(statusLine(snapshot));
      last = snapshot;
    },
    above: (action) => action(),
    end: () => {},
  };
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearLine = '\r\u001b[K';
/** From the second line on: clearing all from the top left corner makes tmux keep each block in its history. */
const clearBelow = '\n\u001b[J\u001b[1A';

function terminalView(options: ProgressOptions): View {
  const { stream, now } = options;
  const unicode = options.unicode ?? true;
  const colors = picocolors.createColors(options.color);
  const width = () => Math.max(20, (typeof options.columns === 'function' ? options.columns() : options.columns) || 80);
  let last: ProgressSnapshot | null = null;
  let drawn: readonly string[] = [];
  let drawnAt = Number.NEGATIVE_INFINITY;
  let release: (() => void) | null = null;

  /** Back to the first line of the block; lines that a narrower terminal has wrapped since count for more. */
  const erase = (): string => {
    if (drawn.length === 0) return '';
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / width())), 0);
    return rows > 1 ? `\u001b[${rows - 1}A${clearLine}${clearBelow}` : clearLine;
  };
  const draw = (snapshot: ProgressSnapshot, before = erase()) => {
    // One column stays free: a full line would make some terminals wrap.
    const lines = statusBlock(snapshot, { columns: width() - 1, unicode, colors });
    const cursor = release === null ? hideCursor : '';
    release ??= onExit(() => stream.write(`\n${showCursor}`));
    stream.write(cursor + before + lines.join('\n'));
    drawn = lines;
    drawnAt = now();
  };
  return {
    update(snapshot) {
      const due = changed(last, snapshot) || now() - drawnAt >= redrawMs;
      last = snapshot;
      if (due) draw(snapshot);
    },
    above(write) {
      stream.write(erase());
      drawn = [];
      write();
      if (last !== null && release !== null) draw(last, '');
    },
    end() {
      if (release === null) return;
      stream.write(erase() + showCursor);
      drawn = [];
      last = null;
      release();
      release = null;
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `restore` when the process exits, or dies of a signal that nobody else handles (which then still kills it).
 * Returns the function that takes all of it back.
 */
function onExit(restore: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    restore();
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    process.off('exit', restore);
    for (const signal of signals) process.off(signal, onSignal);
  };
  process.on('exit', restore);
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}
