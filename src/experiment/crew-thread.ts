import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { LiveCounters } from '../target/target.ts';
import type { CrewOrder, CrewReport, CrewSetup } from './crew-message.ts';

/** `crew-worker.ts` beside this file in `src/`, `.js` in `dist/`. */
const entry = fileURLToPath(new URL(`./crew-worker${extname(import.meta.url)}`, import.meta.url));
const leaveMs = 2_000;

/** One thread of a crew, seen from the main thread. */
export class CrewThread {
  live: LiveCounters = { contentEvents: 0, tokens: 0, connectionsOpened: 0, inFlight: 0 };
  /** Why it is gone; null while it lives. */
  lost: string | null = null;
  /** Whoever drives hears what it reports, and that it is gone (null). */
  hear: (report: CrewReport | null) => void = () => {};
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #leaving = false;

  constructor(setup: CrewSetup) {
    this.#worker = new Worker(entry, { workerData: setup });
    this.#worker.on('message', (report: CrewReport) => {
      if ('live' in report) this.live = report.live;
      this.hear(report);
    });
    this.#worker.on('error', (error: unknown) => this.#lose(error instanceof Error ? error.message : String(error)));
    this.#worker.on('messageerror', (error) => this.#lose(error.message));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#lose(`it ended with code ${code}`);
        resolve();
      });
    });
  }

  order(order: CrewOrder): void {
    if (this.lost === null) this.#worker.postMessage(order);
  }

  /** Waits for one report of a kind; rejects when the thread is lost. */
  next<K extends CrewReport['kind']>(kind: K): Promise<Extract<CrewReport, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const refuse = () => reject(new Error(`A client thread ended unexpectedly: ${this.lost}`));
      if (this.lost !== null) return refuse();
      this.hear = (report) => {
        if (report === null) refuse();
        else if (report.kind === kind) resolve(report as Extract<CrewReport, { kind: K }>);
      };
    });
  }

  /** Ends the thread, by force if it does not go by itself. */
  async leave(): Promise<void> {
    this.order({ kind: 'leave' });
    this.#leaving = true;
    const timer = setTimeout(() => void this.#worker.terminate(), leaveMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #lose(reason: string): void {
    if (this.lost !== null) return;
    this.lost = reason;
    this.live = { ...this.live, inFlight: 0 };
    if (!this.#leaving) this.hear(null);
  }
}
