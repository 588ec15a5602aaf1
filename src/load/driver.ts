import type { Turn } from '../record/turn.ts';
import type { Prepared, Received } from '../target/target.ts';
import { Alarm } from './alarm.ts';
import { Closing } from './closing.ts';
import type { Drive, DriveEnd, DriveOptions, StoppedBy } from './contract.ts';
import { type Airborne, Flights } from './flights.ts';
import { Held } from './held.ts';
import { Intake, type Pending, roundUs } from './intake.ts';
import { exchangeOf } from './landing.ts';
import { Lookahead } from './lookahead.ts';
import { Numbering } from './numbering.ts';
import { Outbox } from './outbox.ts';
import { nearestMs, Preparation, sparesWanted } from './preparation.ts';
import { Quota } from './quota.ts';
import { Retries } from './retry.ts';

/** Sessions × admission × target: starts what is due, as far as cap, quota and gate let it, and hands out exchanges. */
export class Driver implements Drive {
  readonly done: Promise<DriveEnd>;
  started = 0;
  readonly #options: DriveOptions;
  readonly #settle: PromiseWithResolvers<DriveEnd> = Promise.withResolvers();
  readonly #intake: Intake;
  readonly #lookahead: Lookahead;
  readonly #preparation: Preparation;
  readonly #alarm: Alarm;
  readonly #slots: number | null;
  readonly #cap: number;
  readonly #quota: Quota;
  readonly #closing: Closing;
  readonly #numbering: Numbering;
  readonly #held: Held;
  readonly #flights: Flights;
  readonly #retries: Retries;
  readonly #outbox: Outbox;
  #givenUp = false;
  #finished = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: DriveOptions) {
    const { admission, startMs, target, clock, gate = null } = options;
    this.done = this.#settle.promise;
    this.#options = options;
    this.#slots = admission.kind === 'closed' ? admission.concurrency : null;
    this.#cap = (admission.kind === 'open' ? admission.maxInFlight : null) ?? Number.POSITIVE_INFINITY;
    this.#quota = new Quota(options.maxRequests);
    this.#closing = new Closing(startMs, options.durationMs);
    this.#numbering = new Numbering(options.step, options.stripe);
    this.#intake = new Intake(admission, roundUs(startMs));
    this.#lookahead = new Lookahead(options.sessions, target);
    this.#held = new Held(gate, this.#lookahead, this.#now, () => this.#close('budget'));
    this.#preparation = new Preparation(this.#lookahead, this.#intake, target, clock, () =>
      sparesWanted(this.#quota.left, this.#held.size, this.#slots, this.started > 0, this.#intake),
    );
    this.#flights = new Flights(target, clock, gate);
    this.#outbox = new Outbox(options.emit, this.#numbering, this.#lookahead);
    this.#alarm = new Alarm(clock, this.#tick);
    this.#retries = new Retries(options.retries ?? 0);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    // not within the call: whoever drives holds the handle before the first event
    queueMicrotask(() => (options.signal?.aborted ? this.interrupt() : this.#tick()));
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  get ended(): number {
    return this.#outbox.ended;
  }

  stop(reason: StoppedBy, atMs?: number): void {
    this.#guard(() => {
      if (this.#closing.stopped !== null) return;
      const now = this.#now();
      if (this.#closing.set(reason, atMs ?? now, now)) {
        this.#release(now);
        this.#close(reason);
      }
      this.#plan();
    });
  }

  limit(further: number, fromMs?: number): void {
    this.#guard(() => {
      this.#quota.limit(further, fromMs);
      this.#conclude();
      this.#plan();
    });
  }

  limitTo(total: number): void {
    this.limit(this.#quota.leftOf(total));
  }

  giveUp(): void {
    this.#guard(() => {
      if (this.#closing.stopped !== null) this.#giveUp('drain_limit');
    });
  }

  interrupt(): void {
    this.#guard(() => {
      if (this.#closing.stopped === null) {
        this.#closing.cut(this.#now());
        this.#close('interrupted');
      }
      this.#giveUp('interrupted');
    });
  }

  readonly #onAbort = () => this.interrupt();

  readonly #tick = (): void => {
    this.#guard(() => {
      const now = this.#now();
      if (this.#closing.stopped === null) {
        this.#retry(now);
        this.#advanceLine();
        this.#release(now);
        if (now >= this.#closing.atMs) this.#close(this.#closing.by);
        else this.#conclude();
      } else if (now >= this.#closing.stopped.ms + this.#options.drainMs) this.#giveUp('drain_limit');
      this.#plan();
    });
  };

  /** Serialises what comes, and wakes for what is next. */
  readonly #plan = (): void => {
    if (this.#finished) return;
    if (this.#closing.stopped !== null) {
      if (!this.#givenUp) this.#alarm.set(this.#closing.stopped.ms + this.#options.drainMs);
      return;
    }
    this.#preparation.look(this.#plan, this.#fail);
    const unpreparedMs = this.#intake.unpreparedMs - nearestMs;
    const wakeMs = unpreparedMs > this.#now() ? unpreparedMs : Number.POSITIVE_INFINITY;
    const nextMs = this.#quota.isFull ? Number.POSITIVE_INFINITY : Math.min(this.#intake.nextMs, wakeMs);
    this.#alarm.set(Math.min(nextMs, this.#closing.atMs, this.#retries.nextMs, this.#held.untilMs));
  };

  /** Requests that take up room: in flight, or between two attempts. */
  get #occupied(): number {
    return this.inFlight + this.#retries.waiting;
  }

  /** Starts all that is overdue, or lines it up behind the cap. */
  #release(now: number): void {
    // a slot that became free while the stop passed has no request; a scheduled one that is late still has
    if (this.#slots !== null && now >= this.#closing.atMs) return;
    while (!this.#quota.isFull && this.#intake.nextMs <= now && this.#intake.nextMs < this.#closing.atMs) {
      const pending = this.#intake.next()!;
      if (this.#held.size > 0 || this.#occupied >= this.#cap || this.#held.holds(pending)) {
        if (this.#closing.stopped !== null) return;
        this.#held.add(pending);
      } else if (!this.#start(pending)) continue;
      this.#quota.count(pending.dueMs, 1);
    }
  }

  #advanceLine(): void {
    while (this.#held.size > 0 && this.#occupied < this.#cap) {
      if (this.#held.holdsFirst()) return;
      const pending = this.#held.next()!;
      if (!this.#start(pending)) this.#quota.count(pending.dueMs, -1);
    }
    this.#held.settle();
  }

  /** Sends again what is due for its next attempt. */
  #retry(now: number): void {
    while (this.#closing.stopped === null && this.#retries.nextMs <= now) {
      const again = this.#retries.next()!;
      const { turn } = again.place;
      if (turn !== null && this.#held.opens(turn, now)) this.#fly(turn, again);
      else if (this.#closing.stopped === null) this.#retries.postpone(again, this.#held.gateMs);
      else this.#outbox.again(again);
    }
  }

  /** False when no session is left to take. */
  #start(pending: Pending): boolean {
    const request = pending.conversation === null ? this.#lookahead.take() : pending;
    if (request === null) {
      this.#intake.endArrivals();
      return false;
    }
    const { conversation, turn } = request;
    const place = this.#numbering.place(pending.dueMs, conversation.index, request.position, turn);
    const pacedMs = this.#held.pacedMs(pending.dueMs);
    this.started++;
    this.#fly(turn, { place, conversation, earlier: [], pacedMs }, request.prepared);
    return true;
  }

  #fly(turn: Turn, on: Omit<Airborne, 'turn' | 'flight'>, prepared: Prepared | null = null): void {
    const airborne = this.#flights.launch(turn, on, prepared);
    airborne.flight.received.then((received) => this.#guard(() => this.#land(airborne, received)), this.#fail);
  }

  #land(airborne: Airborne, received: Received): void {
    this.#flights.land(airborne, received);
    if (this.#closing.stopped === null && this.#retries.take({ ...airborne, received }, airborne.earlier)) {
      this.#advanceLine(); // the gate may have learnt from it
      this.#plan();
      return;
    }
    this.#outbox.ended++;
    const exchange = exchangeOf(airborne.place, received, airborne);
    if (this.#closing.stopped === null) {
      this.#follow(airborne, received, exchange.endMs);
      this.#advanceLine();
      this.#release(this.#now());
    }
    this.#outbox.exchange(exchange); // after the next start: the journal must not delay it
    if (this.#closing.stopped === null) this.#conclude();
    this.#finishOnceLanded();
    this.#plan();
  }

  /** The reply flows back into its session; in a closed loop the end of a session frees its slot. */
  #follow({ conversation, place }: Airborne, { outcome, text }: Received, endMs: number): void {
    const next = conversation.session.next({ ok: outcome.state === 'ok', text });
    if (next.done !== true) {
      const dueMs = roundUs(endMs + Math.max(0, next.value.thinkMs));
      const later = { dueMs, conversation, position: place.position + 1, turn: next.value, prepared: null };
      this.#intake.add(later);
    } else if (this.#slots !== null && !this.#lookahead.isUsedUp)
      this.#intake.add({ dueMs: endMs, conversation: null });
  }

  /** Ends the starts when nothing more can start. */
  #conclude(): void {
    if (this.#held.size > 0 || this.#closing.stopped !== null) return;
    // with retries the last request to start is known only when all have ended
    if (this.#quota.isFull && (this.#occupied === 0 || !this.#options.retries)) this.#close('requests');
    else if (this.#occupied === 0 && this.#intake.isEmpty) this.#close('workload');
  }

  #close(by: StoppedBy): void {
    if (this.#closing.stopped !== null) return;
    const { ms } = this.#closing.stop(by, this.#flights.lastStartMs);
    this.#preparation.off();
    this.#outbox.stopped(by, ms);
    // a slot that the gate held has no request yet
    if (this.#slots === null)
      this.#outbox.unsent(this.#held, ms, by === 'interrupted' ? by : 'drain_limit', this.#flights.streamed);
    for (let again = this.#retries.next(); again !== null; again = this.#retries.next()) this.#outbox.again(again);
    this.#finishOnceLanded();
  }

  #giveUp(reason: 'drain_limit' | 'interrupted'): void {
    this.#givenUp = true;
    this.#flights.abandon(reason);
  }

  #finishOnceLanded(): void {
    if (this.#finished || this.#closing.stopped === null || this.inFlight > 0) return;
    this.#finished = true;
    this.#alarm.off();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    try {
      this.#lookahead.close();
    } catch (error) {
      this.#failure ??= { error };
    }
    const { by, ms } = this.#closing.stopped;
    const scheduled = this.#slots === null ? this.#numbering.given : null;
    if (this.#failure !== null) this.#settle.reject(this.#failure.error);
    else this.#settle.resolve({ stoppedBy: by, stopMs: ms, endMs: Math.max(ms, this.#now()), scheduled });
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A defect, or an emit that cannot take more: everything ends, and `done` rejects once all have landed. */
  readonly #fail = (error: unknown): void => {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#outbox.shut();
    this.#preparation.off();
    this.#closing.fail(this.#now());
    this.#giveUp('interrupted');
    this.#finishOnceLanded();
  };

  /** In whole microseconds, as due times are: a request due now is due. */
  readonly #now = (): number => roundUs(this.#options.clock.now());
}
