import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/document/terminal.ts';
import { createProgress, type ProgressSnapshot } from '../../src/report/progress.ts';
import { clockTime, statusBlock, statusLine } from '../../src/report/status.ts';

const snapshot = (more: Partial<ProgressSnapshot> = {}): ProgressSnapshot => ({
  step: 1,
  steps: 3,
  load: { kind: 'concurrency', value: 16 },
  phase: 'measuring',
  elapsedMs: 37_000,
  fraction: 0.62,
  leftMs: 22_400,
  tokensPerS: 1234.4,
  ttftP50Ms: 102.3,
  inFlight: 16,
  done: 1234,
  failures: {},
  ...more,
});
const plain = { columns: 80, unicode: true, colors: picocolors.createColors(false) };
const failures = { rate_limited: 19, conn_reset: 3, stall: 0 };

describe('the block', () => {
  it('says where the step stands and what it delivers', () => {
    expect(`\n${statusBlock(snapshot(), plain).join('\n')}`).toMatchInlineSnapshot(`
      "
      step 2/3 · 16 in flight  measuring  ━━━━━━━━━━━━━━━━──────────   62 %  0:23 left
      1,234 tok/s · TTFT p50 102 ms · 16 in flight · 1,234 done"
    `);
  });
  it('adds failures by name, beneath where there is no room beside', () => {
    expect(statusBlock(snapshot({ failures }), { ...plain, columns: 120 })).toHaveLength(2);
    const narrow = statusBlock(snapshot({ failures }), plain);
    expect(narrow.at(-1)).toBe('failed 22 (rate_limited 19, conn_reset 3)');
  });
  it('says how long it has gone on where the end is not known', () => {
    expect(statusBlock(snapshot({ fraction: null, leftMs: null, steps: null }), plain)[0]).toBe(
      'step 2 · 16 in flight  measuring  0:37 so far',
    );
  });
  it('never says a number that it does not have', () => {
    const text = statusBlock(snapshot({ tokensPerS: null, ttftP50Ms: null }), plain).join('\n');
    expect(text).toContain('– · TTFT p50 –');
    expect(
      statusBlock(snapshot({ fraction: Number.NaN, tokensPerS: Number.NaN, leftMs: Number.NaN }), plain).join(''),
    ).not.toContain('NaN');
  });
  it('fits any width, in ASCII too', () => {
    for (let columns = 19; columns < 140; columns++)
      for (const unicode of [true, false])
        for (const line of statusBlock(
          snapshot({ failures, load: { kind: 'trace', value: 2, file: 'a-very-long-name.jsonl' } }),
          { ...plain, columns, unicode },
        )) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
          if (!unicode) expect(line).toMatch(/^[\x20-\x7e]*$/);
        }
  });
});

it.each([
  [0, '0:00'],
  [1, '0:01'],
  [22_400, '0:23'],
  [725_000, '12:05'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
  [Number.NaN, '0:00'],
])('says %s ms as %s', (ms, text) => expect(clockTime(ms)).toBe(text));

/** A terminal that keeps what is on it: enough of VT100 for a redrawn block. */
class Screen {
  text = '';
  cursorShown = true;
  writes = 0;
  #lines: string[] = [''];
  #row = 0;
  write(text: string) {
    this.writes++;
    this.text += text;
    for (const [part] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|[\r\n]|[^\u001b\r\n]+/g)) {
      if (part === '\u001b[?25l') this.cursorShown = false;
      else if (part === '\u001b[?25h') this.cursorShown = true;
      else if (part.endsWith('A') && part.startsWith('\u001b')) this.#row -= Number(part.slice(2, -1));
      else if (part === '\u001b[K') this.#lines[this.#row] = '';
      else if (part === '\u001b[J') this.#lines = [...this.#lines.slice(0, this.#row), ''];
      else if (part === '\n') this.#lines[++this.#row] ??= '';
      else if (part !== '\r') this.#lines[this.#row] += part;
    }
  }
  /** Down to the cursor, or to the last line that shows something. */
  get lines() {
    return this.#lines.slice(
      0,
      1 +
        Math.max(
          this.#row,
          this.#lines.findLastIndex((line) => line !== ''),
        ),
    );
  }
}

describe('on a terminal', () => {
  const start = () => {
    const screen = new Screen();
    let time = 0;
    const progress = createProgress({ stream: screen, isTty: true, columns: 100, color: false, quiet: false, now: () => time });
    return { screen, progress, at: (ms: number) => { time = ms; } };
  }; // biome-ignore format: short

  it('redraws in place, at most ten times a second', () => {
    const { screen, progress, at } = start();
    for (let ms = 0; ms < 1000; ms += 10) {
      at(ms);
      progress.update(snapshot({ done: ms }));
    }
    expect(screen.writes).toBe(10);
    expect(screen.lines).toHaveLength(2);
    expect(screen.lines[1]).toContain('900 done');
    progress.end();
    // tmux moves a screen that is cleared from its first line on into its history.
    expect(screen.text).not.toContain('\r\u001b[J');
    expect(screen.lines).toEqual(['']);
  });

  it('draws a new phase at once', () => {
    const { screen, progress } = start();
    progress.update(snapshot({ phase: 'warm-up' }));
    progress.update(snapshot({ phase: 'warm-up' }));
    progress.update(snapshot({ phase: 'measuring' }));
    expect(screen.writes).toBe(2);
    expect(screen.lines[0]).toContain('measuring');
    progress.end();
  });

  it('keeps lines above the block, and takes the block away at the end', () => {
    const { screen, progress } = start();
    progress.update(snapshot());
    progress.line('warning: odd');
    expect(screen.lines[0]).toBe('warning: odd');
    expect(screen.lines).toHaveLength(3);
    expect(screen.cursorShown).toBe(false);
    progress.end();
    progress.end();
    expect(screen.lines).toEqual(['warning: odd', '']);
    expect(screen.cursorShown).toBe(true);
  });

  it('leaves no listener and writes nothing when it never drew', () => {
    const before = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
    const { screen, progress } = start();
    progress.end();
    expect(screen.text).toBe('');
    progress.update(snapshot());
    expect(process.listenerCount('exit')).toBe(before[0]! + 1);
    progress.end();
    expect(['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name))).toEqual(before);
  });

  it('can be driven by events', () => {
    const { screen, progress } = start();
    progress.emit({ kind: 'snapshot', snapshot: snapshot() });
    progress.emit({ kind: 'line', text: 'hello' });
    progress.emit({ kind: 'end' });
    expect(screen.lines).toEqual(['hello', '']);
  });
});

describe('without a terminal', () => {
  const lines = (quiet: boolean) => {
    let text = '';
    let time = 0;
    const progress = createProgress({
      stream: { write: (part) => (text += part) },
      isTty: false,
      columns: 80,
      color: false,
      quiet,
      now: () => time,
    });
    for (; time <= 25_000; time += 100)
      progress.update(
        snapshot({ step: 0, elapsedMs: time, leftMs: 25_000 - time, phase: time === 25_000 ? 'done' : 'measuring' }),
      );
    progress.update(snapshot({ step: 0, phase: 'done' }));
    progress.update(snapshot({ step: 1, elapsedMs: 0, phase: 'warm-up' }));
    progress.line('a warning');
    progress.end();
    return text;
  };

  it('writes a line at the start and end of a step and every ten seconds, and no escape sequence', () => {
    expect(`\n${lines(false)}`).toMatchInlineSnapshot(`
      "
      step 1/3: 16 in flight started
      step 1/3: measuring, 0:10 · 0:15 left · 1,234 tok/s · TTFT p50 102 ms · 16 in flight · 1,234 done
      step 1/3: measuring, 0:20 · 0:05 left · 1,234 tok/s · TTFT p50 102 ms · 16 in flight · 1,234 done
      step 1/3: 16 in flight done after 0:25 · 1,234 requests
      step 2/3: 16 in flight started
      a warning
      "
    `);
  });

  it('writes nothing but warnings when quiet', () => {
    expect(lines(true)).toBe('a warning\n');
  });
});

it('says a moment in one line', () => {
  expect(statusLine(snapshot({ failures }))).toBe(
    'step 2/3: measuring, 0:37 · 0:23 left · 1,234 tok/s · TTFT p50 102 ms · 16 in flight · 1,234 done · failed 22 (rate_limited 19, conn_reset 3)',
  );
});
