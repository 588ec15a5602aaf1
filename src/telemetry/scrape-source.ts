import { setTimeout as sleep } from 'node:timers/promises';
import { Attendance } from './attendance.ts';
import type { Dialect } from './dialect.ts';
import { readExposition } from './exposition.ts';
import { plainUrl, type Scrape, scrape } from './scrape.ts';
import { type FindContext, type Source, type SourceSink, TelemetryProblem } from './source.ts';
import { type Stamp, wholeMicroseconds } from './stamp.ts';
import type { Output } from './stream-source.ts';

export interface ScrapeSourceOptions {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Host of samples whose exporter does not name one. */
  readonly host: string;
  readonly context: FindContext;
  readonly dialects: readonly Dialect[];
}

/** Scraping costs the server time. */
const shortestMs = 200;
const timeoutMs = 5_000;
/** After so long without an answer the source has died; before, it has a gap. */
const lostMs = 30_000;

/** An endpoint that is read at the run's interval. */
export function scrapeSource(options: ScrapeSourceOptions): Source {
  return { name: options.name, start: (sink, signal) => new Scraping(options, sink, signal).start() };
}

class Scraping {
  private readonly options: ScrapeSourceOptions;
  private readonly sink: SourceSink;
  private readonly signal: AbortSignal;
  private readonly readers;
  private readonly attendance: Attendance;
  private readonly said = new Set<string>();
  private delivered = 0;

  constructor(options: ScrapeSourceOptions, sink: SourceSink, signal: AbortSignal) {
    this.options = options;
    this.sink = sink;
    this.signal = signal;
    this.readers = options.dialects.map((dialect) => dialect.reader());
    this.attendance = new Attendance(options.context.intervalMs);
  }

  async start(): Promise<void> {
    await this.once();
    if (this.delivered === 0)
      throw new TelemetryProblem('unavailable', `${this.options.name} answers, and names no device or server yet.`);
    void this.repeat();
  }

  /** At even distances from the start; an interval that a slow answer took is left out. */
  private async repeat(): Promise<void> {
    const everyMs = Math.max(shortestMs, this.options.context.intervalMs);
    let dueMs = performance.now();
    let goodMs = dueMs;
    while (!this.signal.aborted) {
      dueMs = Math.max(dueMs + everyMs, performance.now());
      await sleep(dueMs - performance.now(), undefined, { signal: this.signal }).catch(() => {});
      if (this.signal.aborted) return;
      try {
        await this.once();
        goodMs = performance.now();
      } catch (error) {
        if (this.signal.aborted) return;
        const problem = error as TelemetryProblem;
        this.note(problem.code, problem.message);
        if (performance.now() - goodMs < lostMs) continue;
        this.sink.died('source_died', `${this.options.name} did not answer for ${lostMs / 1000} s.`);
        return;
      }
    }
  }

  private async once(): Promise<void> {
    const { url, headers, context } = this.options;
    const limitMs = this.delivered === 0 ? Math.min(timeoutMs, context.timeoutMs * 2) : timeoutMs;
    const got = await scrape(url, { timeoutMs: limitMs, signal: this.signal, ...(headers && { headers }) });
    const exposition = readExposition(got.text);
    const place = { stamp: this.stamp(got), url: plainUrl(url) };
    for (const read of this.readers) read(exposition, place, this.out);
  }

  /** The middle of the call: the exporter read its values somewhere in it. */
  private stamp({ tookMs }: Scrape): Stamp {
    const halfS = tookMs / 2000;
    return {
      t_mono_s: wholeMicroseconds(this.options.context.clock.now() / 1000 - halfS),
      t_wall_s: wholeMicroseconds(Date.now() / 1000 - halfS),
      t_bound_s: wholeMicroseconds(halfS),
      host: this.options.host,
    };
  }

  private readonly out: Output = {
    sample: (sample) => {
      this.delivered++;
      this.sink.sample(sample);
      if (sample.device === undefined) return;
      for (const name of this.attendance.mark(sample))
        this.note('device_vanished', `${this.options.name}: ${name} is not reported any more.`);
    },
    note: (code, sentence) => this.note(code, sentence),
  };

  private readonly note: Output['note'] = (code, sentence) => {
    const key = `${code} ${sentence}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.sink.note(code, sentence);
  };
}
