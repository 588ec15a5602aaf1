import type { Clock } from '../clock/clock.ts';
import type { DriveEnd, DriveEvent, StoppedBy } from '../load/drive.ts';
import { shareOf } from '../load/stripe.ts';
import type { Exchange } from '../record/exchange.ts';
import { type Assignment, type Recorded, scheduleOf } from './assignment.ts';
import type { ThreadRecord } from './client.ts';
import type { CrewDrive } from './crew.ts';
import type { CrewOrder, CrewReport } from './crew-message.ts';
import type { CrewThread } from './crew-thread.ts';

/** A stop reaches every thread before the instant from which it holds, so that all stop at the same one. */
const orderLeadMs = 50;

export interface CrewDriveOptions {
  readonly threads: readonly CrewThread[];
  readonly assignment: Assignment;
  readonly workload: Recorded & { readonly singleTurns: boolean };
  readonly clock: Clock;
  readonly emit: (event: DriveEvent) => void;
  readonly signal: AbortSignal;
}

interface Progress {
  readonly thread: CrewThread;
  started: number;
  inFlight: number;
  /** Exchanges that came, unsent ones included. */
  heard: number;
  stopped: { readonly by: StoppedBy; readonly ms: number } | null;
  end: DriveEnd | null;
  record: ThreadRecord | null;
}

/**
 * The drives of several threads as one. Decisions are broadcast, results come merged; no thread waits for another.
 * It has stopped when all of them have, by the reason of the last one. A thread that is lost interrupts the others:
 * what they measured stays, and so does the number of requests that went down with it.
 */
export class ThreadedDrive implements CrewDrive {
  readonly done: Promise<DriveEnd>;
  ended = 0;
  readonly #options: CrewDriveOptions;
  readonly #settle: PromiseWithResolvers<DriveEnd> = Promise.withResolvers();
  readonly #progress: readonly Progress[];
  readonly #drain = new AbortController();
  #stopped: { readonly by: StoppedBy; readonly ms: number } | null = null;
  #orderedStopMs = Number.POSITIVE_INFINITY;
  #lossMs: number | null = null;
  #failure: { readonly error: unknown } | null = null;
  #finished = false;

  constructor(options: CrewDriveOptions) {
    const { threads, assignment, signal } = options;
    this.done = this.#settle.promise;
    this.#options = options;
    this.#progress = threads.map((thread) => ({
      thread,
      started: 0,
      inFlight: 0,
      heard: 0,
      stopped: null,
      end: null,
      record: null,
    }));
    // The drain is counted from the stop of the last thread, which only this one knows.
    const endless = { ...assignment, drainMs: Number.POSITIVE_INFINITY };
    this.#progress.forEach((progress, rank) => {
      progress.thread.hear = (report) => this.#hear(progress, report);
      progress.thread.order({ kind: 'drive', assignment: endless, stripe: { rank, world: threads.length } });
    });
    signal.addEventListener('abort', this.#onAbort, { once: true });
    queueMicrotask(() => {
      if (signal.aborted) this.interrupt();
      for (const progress of this.#progress) if (progress.thread.lost !== null) this.#hear(progress, null);
    });
  }

  get started(): number {
    return this.#progress.reduce((sum, { started }) => sum + started, 0);
  }

  get inFlight(): number {
    return this.#progress.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  get threadRecords(): readonly ThreadRecord[] {
    return this.#progress.flatMap(({ record }) => (record === null ? [] : [record]));
  }

  stop(reason: StoppedBy, atMs = 0): void {
    const stopMs = Math.max(atMs, this.#options.clock.now() + orderLeadMs);
    if (stopMs >= this.#orderedStopMs) return;
    this.#orderedStopMs = stopMs;
    this.#broadcast({ kind: 'stop', reason, atMs: stopMs });
  }

  limit(further: number, fromMs: number = this.#options.clock.now()): void {
    const { assignment, workload } = this.#options;
    // where every request is the first turn of its session the schedule numbers all of them
    if (assignment.load.kind !== 'concurrency' && workload.singleTurns) {
      this.limitTo(further + dueBefore(assignment, workload, fromMs));
      return;
    }
    this.#each((thread, share) => thread.order({ kind: 'limit', further: share(further), fromMs }));
  }

  limitTo(total: number): void {
    this.#each((thread, share) => thread.order({ kind: 'limitTo', total: share(total) }));
  }

  giveUp(): void {
    this.#broadcast({ kind: 'giveUp' });
  }

  interrupt(): void {
    this.#broadcast({ kind: 'interrupt' });
  }

  readonly #onAbort = () => this.interrupt();

  #broadcast(order: CrewOrder): void {
    for (const { thread } of this.#progress) thread.order(order);
  }

  #each(act: (thread: CrewThread, share: (total: number) => number) => void): void {
    const world = this.#progress.length;
    for (const [rank, { thread }] of this.#progress.entries()) act(thread, (total) => shareOf(total, { rank, world }));
  }

  #hear(progress: Progress, report: CrewReport | null): void {
    if (this.#finished) return;
    if (report === null) this.#lose(progress);
    else if (report.kind === 'exchanges') {
      progress.started = report.started;
      progress.inFlight = report.inFlight;
      for (const exchange of report.exchanges) this.#take(progress, exchange);
    } else if (report.kind === 'stopped') progress.stopped = { by: report.stoppedBy, ms: report.stopMs };
    else if (report.kind === 'done') {
      progress.end = report.end;
      progress.record = report.thread;
      progress.inFlight = 0;
    }
    this.#conclude();
  }

  #take(progress: Progress, exchange: Exchange): void {
    progress.heard++;
    if (exchange.sentMs !== null) this.ended++;
    this.#send({ kind: 'exchange', exchange });
  }

  #lose(progress: Progress): void {
    progress.inFlight = 0;
    this.#lossMs ??= this.#options.clock.now();
    this.interrupt();
  }

  #conclude(): void {
    const alive = this.#progress.filter(({ thread, end }) => thread.lost === null || end !== null);
    if (this.#stopped === null && alive.every(({ stopped }) => stopped !== null)) this.#stop();
    if (alive.every(({ end }) => end !== null)) this.#finish();
  }

  #stop(): void {
    const stops = this.#progress.flatMap(({ stopped }) => (stopped === null ? [] : [stopped]));
    if (this.#lossMs !== null) stops.push({ by: 'thread_lost', ms: Math.round(this.#lossMs * 1000) / 1000 });
    const last = stops.reduce((a, b) => (b.ms > a.ms ? b : a));
    this.#stopped = { by: this.#lossMs === null ? last.by : 'thread_lost', ms: last.ms };
    this.#send({ kind: 'stopped', stoppedBy: this.#stopped.by, stopMs: last.ms });
    const { clock, assignment } = this.#options;
    clock.until(last.ms + assignment.drainMs, this.#drain.signal).then(
      () => this.giveUp(),
      () => {},
    );
  }

  #finish(): void {
    this.#finished = true;
    this.#drain.abort();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    if (this.#failure !== null) {
      this.#settle.reject(this.#failure.error);
      return;
    }
    const { by, ms } = this.#stopped!;
    const endMs = Math.max(ms, ...this.#progress.map(({ end }) => end?.endMs ?? ms));
    const open = this.#options.assignment.load.kind !== 'concurrency';
    // of a lost thread: what it is known to have started
    const scheduled = ({ end, started, heard }: Progress) => end?.scheduled ?? Math.max(started, heard);
    const sum = this.#progress.reduce((total, progress) => total + scheduled(progress), 0);
    this.#settle.resolve({ stoppedBy: by, stopMs: ms, endMs, scheduled: open ? sum : null });
  }

  #send(event: DriveEvent): void {
    if (this.#failure !== null) return;
    try {
      this.#options.emit(event);
    } catch (error) {
      this.#failure = { error };
      this.interrupt();
    }
  }
}

/** Requests of an open loop that are due before an instant of the run's clock. */
function dueBefore(assignment: Assignment, recorded: Recorded, fromMs: number): number {
  let count = 0;
  for (const dueMs of scheduleOf(assignment, recorded)) {
    if (Math.round((assignment.startMs + dueMs) * 1000) >= Math.round(fromMs * 1000)) break;
    count++;
  }
  return count;
}
