import { Agenda } from './agenda.ts';

/** Timers of Node are whole milliseconds, up to 1 ms early and a few late: sleep to here, then turn the loop. */
const spinMs = 2;
/** An empty turn of the event loop takes about 1 µs; a longer one did somebody else's work. */
const emptyTurnMs = 0.005;
/** Node fires timers beyond 2^31 − 1 ms at once. */
const longestSleepMs = 2 ** 30;

interface Waiter {
  readonly dueMs: number;
  /** Null once it was aborted: it stays in the agenda until it comes to the top. */
  resolve: (() => void) | null;
}

/**
 * All sleepers of one clock: an agenda, one timer for the earliest and one chain of `setImmediate` while the
 * earliest is less than 2 ms away, however many there are.
 */
export class Waiters {
  spunMs = 0;
  readonly #now: () => number;
  readonly #agenda = new Agenda<Waiter>();
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #spinning = false;
  #turnedMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  until(atMs: number, signal?: AbortSignal): Promise<void> {
    if (Number.isNaN(atMs)) return Promise.reject(new RangeError('until: the time is not a number'));
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#now() >= atMs) {
      this.#release(); // who was due before goes before
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { dueMs: atMs, resolve };
      if (signal) {
        const abort = () => {
          this.#drop(waiter);
          reject(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
        waiter.resolve = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
      }
      this.#waiting++;
      this.#agenda.add(waiter);
      this.#arrange();
    });
  }

  #drop(waiter: Waiter): void {
    if (waiter.resolve === null) return;
    waiter.resolve = null;
    this.#waiting--;
    if (this.#waiting > 0) return;
    this.#agenda.clear(); // nobody waits: no timer may keep the process alive
    this.#sleepUntil(Number.POSITIVE_INFINITY);
  }

  /** Sleeps or spins for the earliest waiter; nothing to do while a chain of turns runs: each turn looks anew. */
  #arrange(): void {
    if (this.#spinning) return;
    const { first } = this.#agenda;
    if (first === null) return;
    if (first.dueMs - this.#now() > spinMs) {
      this.#sleepUntil(first.dueMs - spinMs);
      return;
    }
    this.#sleepUntil(Number.POSITIVE_INFINITY);
    this.#spinning = true;
    this.#turnedMs = this.#now();
    setImmediate(this.#turn);
  }

  #sleepUntil(atMs: number): void {
    if (this.#timer !== null && this.#timerAtMs <= atMs && atMs !== Number.POSITIVE_INFINITY) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const sleepMs = Math.min(Math.max(Math.floor(atMs - this.#now()), 0), longestSleepMs);
    this.#timer = setTimeout(this.#wake, sleepMs);
  }

  readonly #wake = (): void => {
    this.#timer = null;
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#release();
    this.#arrange();
  };

  readonly #turn = (): void => {
    const now = this.#now();
    this.spunMs += Math.min(now - this.#turnedMs, emptyTurnMs);
    this.#turnedMs = now;
    this.#release();
    const { first } = this.#agenda;
    if (first !== null && first.dueMs - now <= spinMs) {
      setImmediate(this.#turn);
      return;
    }
    this.#spinning = false;
    this.#arrange();
  };

  /** Resolves everybody whose time has come, earliest first. */
  #release(): void {
    for (let { first } = this.#agenda; first !== null; first = this.#agenda.first) {
      if (first.resolve !== null && this.#now() < first.dueMs) return;
      this.#agenda.next();
      if (first.resolve === null) continue;
      this.#waiting--;
      const { resolve } = first;
      first.resolve = null;
      resolve();
    }
  }
}
