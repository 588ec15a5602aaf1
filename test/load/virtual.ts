import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/clock/clock.ts';
import type { Outcome } from '../../src/record/exchange.ts';
import type { Session, Turn } from '../../src/record/turn.ts';
import type { Flight, Prepared, Received, Target } from '../../src/target/target.ts';

/** A clock that jumps to the next time somebody waits for, once nothing else is left to do. */
export class VirtualClock implements Clock {
  readonly originUnixMs = 0;
  readonly originNs = 0n;
  /** How much later than asked those who wait `until` are woken: a busy event loop. */
  lateMs = 0;
  #now = 0;
  readonly #waiters = new Set<{ atMs: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  until(atMs: number, signal?: AbortSignal): Promise<void> {
    return this.#wait(atMs, atMs + this.lateMs, signal);
  }

  /** What happens outside the process is not late. */
  exactly(atMs: number): Promise<void> {
    return this.#wait(atMs, atMs);
  }

  #wait(dueMs: number, atMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#now >= dueMs) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { atMs, wake: resolve };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', () => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      });
    });
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Lets time pass until the promise is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      for (let i = 0; i < 5; i++) await setImmediate(); // whoever prepares ahead does so in turns of the loop
      if (settled) return promise;
      const nextMs = Math.min(...[...this.#waiters].map(({ atMs }) => atMs));
      if (nextMs === Number.POSITIVE_INFINITY) throw new Error('nobody waits and nothing is settled');
      this.#now = Math.max(this.#now, nextMs);
      for (const waiter of [...this.#waiters].sort((a, b) => a.atMs - b.atMs)) {
        if (waiter.atMs > this.#now) continue;
        this.#waiters.delete(waiter);
        waiter.wake();
      }
    }
  }
}

/** A server with a service time of its own for every request and no queue. */
export class TimedTarget implements Target {
  readonly live = { contentEvents: 0, tokens: 0, connectionsOpened: 0, inFlight: 0 };
  readonly sent: { atMs: number; turn: Turn; preparedMs: number }[] = [];
  mostInFlight = 0;
  outcome: (turn: Turn) => Outcome = () => ({ state: 'ok', finish: 'stop' });
  /** Time between the end of a reply and its notice. */
  noticeMs = 0;
  readonly #clock: VirtualClock;
  readonly #serviceMs: (turn: Turn, index: number) => number;

  constructor(clock: VirtualClock, serviceMs: number | ((turn: Turn, index: number) => number)) {
    this.#clock = clock;
    this.#serviceMs = typeof serviceMs === 'number' ? () => serviceMs : serviceMs;
  }

  prepare(turn: Turn): Prepared & { preparedMs: number } {
    return { turn, bytes: new Uint8Array(100), preparedMs: this.#clock.now() };
  }

  send(prepared: Prepared): Flight {
    const { turn, preparedMs } = prepared as Prepared & { preparedMs: number };
    const sentMs = this.#clock.now();
    const serviceMs = this.#serviceMs(turn, this.sent.length);
    this.sent.push({ atMs: sentMs, turn, preparedMs });
    this.live.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.live.inFlight);
    const { promise, resolve } = Promise.withResolvers<Received>();
    let landed = false;
    const land = (endMs: number, outcome: Outcome) => {
      if (landed) return;
      landed = true;
      this.live.inFlight--;
      const text = turn.keepText ? `reply to ${textOf(turn)}` : '';
      resolve(receivedOf(sentMs, endMs, outcome, text));
    };
    const endMs = sentMs + serviceMs;
    if (endMs !== Number.POSITIVE_INFINITY)
      void this.#clock.exactly(endMs + this.noticeMs).then(() => land(endMs, this.outcome(turn)));
    return { received: promise, abandon: (reason) => land(this.#clock.now(), { state: 'censored', reason }) };
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

function receivedOf(sentMs: number, endMs: number, outcome: Outcome, text: string): Received {
  return {
    sentMs,
    headersMs: sentMs,
    firstByteMs: endMs,
    endMs,
    connection: null,
    chunks: { atUs: [], tokens: null, tokensSource: null, channels: '', choices: null },
    outcome,
    flags: [],
    usage: null,
    textTokens: null,
    textChars: text.length,
    streamed: true,
    text,
  };
}

export function turnOf(text: string, more: Partial<Turn> = {}): Turn {
  const prompt = { kind: 'text', text } as const;
  return { prompt, inputTokens: 10, outputTokens: 5, thinkMs: 0, keepText: false, ...more };
}

export function textOf({ prompt }: Turn): string {
  return prompt.kind === 'text' ? prompt.text : '';
}

/** Sessions of one turn each, named by their number; without end when no count is given. */
export function* oneTurn(count = Number.POSITIVE_INFINITY): Generator<Session, void, undefined> {
  for (let i = 0; i < count; i++) yield turns([turnOf(`${i}`)]);
}

export function* turns(list: readonly Turn[]): Session {
  for (const turn of list) yield turn;
}
