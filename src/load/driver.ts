import type { Exchange } from '../record/exchange.ts';
import type { Turn } from '../record/turn.ts';
import type { Flight, Prepared, Received } from '../target/target.ts';
import { Alarm } from './alarm.ts';
import type { Drive, DriveEnd, DriveEvent, DriveOptions, StoppedBy } from './contract.ts';
import { Intake, type Pending, roundUs } from './intake.ts';
import { type Detour, exchangeOf, type Place, unsentExchange } from './landing.ts';
import { Line } from './line.ts';
import { type Conversation, Lookahead } from './lookahead.ts';
import { nearestMs, Preparation } from './preparation.ts';
import { type Again, Retries } from './retry.ts';
import { indexInWhole, type Stripe, wholeStripe } from './stripe.ts';

/** First turns kept serialised: those of the arrivals of 50 ms, or one a slot. */
const arrivalsAheadMs = 50;
const mostAhead = { arrivals: 256, line: 64, slots: 64, slotsBeforeStart: 1024 };

interface Airborne extends Detour {
  readonly place: Place;
  readonly conversation: Conversation;
  readonly turn: Turn;
  readonly flight: Flight;
}

export class Driver implements Drive {
  readonly done: Promise<DriveEnd>;
  inFlight = 0;
  started = 0;
  ended = 0;
  readonly #options: DriveOptions;
  readonly #settle: PromiseWithResolvers<DriveEnd> = Promise.withResolvers();
  readonly #intake: Intake;
  readonly #lookahead: Lookahead;
  readonly #preparation: Preparation;
  readonly #alarm: Alarm;
  readonly #slots: number | null;
  readonly #cap: number;
  #most: number;
  /** Released by the schedule, held by the cap or the gate. */
  readonly #line = new Line<Pending>();
  readonly #retries: Retries;
  /** When to ask the gate again that holds the line; −∞ while it holds nothing. */
  #gateMs = Number.NEGATIVE_INFINITY;
  readonly #airborne = new Set<Airborne>();
  readonly #stripe: Stripe;
  /** Requests due at or after it are not part of the step. */
  #closeMs: number;
  #closeBy: StoppedBy = 'duration';
  /** Of those due at or after `#countedFromMs`. */
  #released = 0;
  #countedFromMs = Number.NEGATIVE_INFINITY;
  #seq = 0;
  #lastStartMs: number | null = null;
  #streamed = true;
  #stopped: { readonly by: StoppedBy; readonly ms: number } | null = null;
  #givenUp = false;
  #finished = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(options: DriveOptions) {
    const { admission, startMs, durationMs, maxRequests, target, clock } = options;
    this.done = this.#settle.promise;
    this.#options = options;
    this.#stripe = options.stripe ?? wholeStripe;
    this.#slots = admission.kind === 'closed' ? admission.concurrency : null;
    this.#cap = (admission.kind === 'open' ? admission.maxInFlight : null) ?? Number.POSITIVE_INFINITY;
    this.#most = maxRequests ?? Number.POSITIVE_INFINITY;
    this.#closeMs = durationMs === null ? Number.POSITIVE_INFINITY : roundUs(startMs + durationMs);
    this.#intake = new Intake(admission, roundUs(startMs));
    this.#lookahead = new Lookahead(options.sessions, target);
    this.#preparation = new Preparation(this.#lookahead, this.#intake, target, clock, () => this.#sparesWanted());
    this.#alarm = new Alarm(clock, this.#tick);
    this.#retries = new Retries(options.retries ?? 0);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    // not within the call: whoever drives holds the handle before the first event
    queueMicrotask(() => (options.signal?.aborted ? this.interrupt() : this.#tick()));
  }

  stop(reason: StoppedBy, atMs?: number): void {
    this.#guard(() => {
      if (this.#stopped !== null) return;
      const now = this.#now();
      const closeMs = Math.max(now, roundUs(atMs ?? now));
      if (closeMs < this.#closeMs || closeMs === now) this.#closeBy = reason;
      this.#closeMs = Math.min(this.#closeMs, closeMs);
      if (closeMs === now) {
        this.#release(now);
        this.#close(reason);
      }
      this.#plan();
    });
  }

  limit(further: number, fromMs?: number): void {
    this.#guard(() => {
      if (fromMs !== undefined) this.#countedFromMs = fromMs;
      this.#most = Math.min(this.#most, this.#released + further);
      if (this.#stopped === null) this.#conclude();
      this.#plan();
    });
  }

  limitTo(total: number): void {
    this.limit(Math.max(0, total - this.#released));
  }

  giveUp(): void {
    this.#guard(() => {
      if (this.#stopped !== null) this.#giveUp('drain_limit');
    });
  }

  interrupt(): void {
    this.#guard(() => {
      if (this.#stopped === null) {
        this.#closeMs = Math.min(this.#closeMs, this.#now());
        this.#close('interrupted');
      }
      this.#giveUp('interrupted');
    });
  }

  readonly #onAbort = () => this.interrupt();

  readonly #tick = (): void => {
    this.#guard(() => {
      const now = this.#now();
      if (this.#stopped === null) {
        this.#retry(now);
        this.#advanceLine();
        this.#release(now);
        if (now >= this.#closeMs) this.#close(this.#closeBy);
        else this.#conclude();
      } else if (now >= this.#stopped.ms + this.#options.drainMs) this.#giveUp('drain_limit');
      this.#plan();
    });
  };

  /** Serialises what comes, and wakes for what is next. */
  readonly #plan = (): void => {
    if (this.#finished) return;
    if (this.#stopped !== null) {
      if (!this.#givenUp) this.#alarm.set(this.#stopped.ms + this.#options.drainMs);
      return;
    }
    this.#preparation.look(this.#plan, this.#fail);
    const unpreparedMs = this.#intake.unpreparedMs - nearestMs;
    const wakeMs = unpreparedMs > this.#now() ? unpreparedMs : Number.POSITIVE_INFINITY;
    const nextMs = this.#isFull ? Number.POSITIVE_INFINITY : Math.min(this.#intake.nextMs, wakeMs);
    this.#alarm.set(Math.min(nextMs, this.#closeMs, this.#retries.nextMs, this.#heldUntilMs));
  };

  get #heldUntilMs(): number {
    return this.#gateMs > Number.NEGATIVE_INFINITY && this.#line.size > 0 ? this.#gateMs : Number.POSITIVE_INFINITY;
  }

  /** Requests that take up room: in flight, or between two attempts. */
  get #occupied(): number {
    return this.inFlight + this.#retries.waiting;
  }

  get #isFull(): boolean {
    return this.#released >= this.#most;
  }

  #sparesWanted(): number {
    const left = this.#most - this.#released + this.#line.size;
    if (this.#slots !== null)
      return Math.min(left, this.#slots, this.started === 0 ? mostAhead.slotsBeforeStart : mostAhead.slots);
    const arrivals = Math.max(1, this.#intake.arrivalsWithin(arrivalsAheadMs, mostAhead.arrivals));
    return Math.min(left, arrivals + Math.min(this.#line.size, mostAhead.line));
  }

  /** Starts all that is overdue, or lines it up behind the cap. */
  #release(now: number): void {
    // a slot that became free while the stop passed has no request; a scheduled one that is late still has
    if (this.#slots !== null && now >= this.#closeMs) return;
    while (!this.#isFull && this.#intake.nextMs <= now && this.#intake.nextMs < this.#closeMs) {
      const pending = this.#intake.next()!;
      if (this.#line.size > 0 || this.#occupied >= this.#cap || this.#isHeld(pending)) {
        if (this.#stopped !== null) return;
        this.#line.add(pending);
      } else if (!this.#start(pending)) continue;
      this.#count(pending, 1);
    }
  }

  #advanceLine(): void {
    while (this.#line.size > 0 && this.#occupied < this.#cap) {
      if (this.#isHeld(this.#line.at(0)!)) return;
      const pending = this.#line.next()!;
      if (!this.#start(pending)) this.#count(pending, -1);
    }
    if (this.#line.size === 0) this.#gateMs = Number.NEGATIVE_INFINITY;
  }

  /** The account does not allow it yet; where it never will again, the drive ends. */
  #isHeld(pending: Pending): boolean {
    const { gate } = this.#options;
    const turn = !gate ? null : pending.conversation === null ? this.#lookahead.peek() : pending.turn;
    return turn !== null && !this.#opens(turn, this.#now());
  }

  #opens(turn: Turn, now: number): boolean {
    // in whole microseconds, as all times that it is compared with
    const atMs = Math.ceil((this.#options.gate?.opensMs(turn, now) ?? now) * 1000 - 0.001) / 1000;
    if (atMs <= now) return true;
    if (atMs === Number.POSITIVE_INFINITY) this.#close('budget');
    else this.#gateMs = atMs;
    return false;
  }

  /** Sends again what is due for its next attempt. */
  #retry(now: number): void {
    while (this.#stopped === null && this.#retries.nextMs <= now) {
      const again = this.#retries.next()!;
      const { turn } = again.place;
      if (turn !== null && this.#opens(turn, now)) this.#fly(turn, again);
      else if (this.#stopped === null) this.#retries.postpone(again, this.#gateMs);
      else this.#emitAgain(again);
    }
  }

  #count({ dueMs }: Pending, one: 1 | -1): void {
    if (dueMs >= this.#countedFromMs) this.#released += one;
  }

  /** False when no session is left to take. */
  #start(pending: Pending): boolean {
    const request = pending.conversation === null ? this.#lookahead.take() : pending;
    if (request === null) {
      this.#intake.endArrivals();
      return false;
    }
    const { conversation, turn } = request;
    const place = this.#place(pending.dueMs, conversation.index, request.position, turn);
    const pacedMs = this.#gateMs > Number.NEGATIVE_INFINITY ? Math.max(0, this.#now() - pending.dueMs) : null;
    this.started++;
    this.#fly(turn, { place, conversation, earlier: [], pacedMs }, request.prepared);
    return true;
  }

  #fly(turn: Turn, on: Omit<Airborne, 'turn' | 'flight'>, prepared: Prepared | null = null): void {
    const { target, clock, gate } = this.#options;
    const { place, conversation, earlier, pacedMs } = on;
    const airborne: Airborne = {
      place,
      conversation,
      turn,
      earlier,
      pacedMs,
      flight: target.send(prepared ?? target.prepare(turn)),
    };
    this.#lastStartMs = clock.now();
    gate?.sent(turn, this.#lastStartMs);
    this.inFlight++;
    this.#airborne.add(airborne);
    airborne.flight.received.then((received) => this.#guard(() => this.#land(airborne, received)), this.#fail);
  }

  #place(dueMs: number, session: number, position: number, turn: Place['turn']): Place {
    const seq = indexInWhole(this.#seq++, this.#stripe);
    return { seq, step: this.#options.step, session: indexInWhole(session, this.#stripe), position, dueMs, turn };
  }

  #land(airborne: Airborne, received: Received): void {
    this.inFlight--;
    this.#airborne.delete(airborne);
    this.#streamed = received.streamed;
    this.#options.gate?.landed(airborne.turn, received);
    if (this.#stopped === null && this.#retries.take({ ...airborne, received }, airborne.earlier)) {
      this.#advanceLine(); // the gate may have learnt from it
      this.#plan();
      return;
    }
    this.ended++;
    const exchange = exchangeOf(airborne.place, received, airborne);
    if (this.#stopped === null) {
      this.#follow(airborne, received, exchange.endMs);
      this.#advanceLine();
      this.#release(this.#now());
    }
    this.#emit(exchange); // after the next start: the journal must not delay it
    if (this.#stopped === null) this.#conclude();
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
    if (this.#line.size > 0 || this.#stopped !== null) return;
    // with retries the last request to start is known only when all have ended
    if (this.#isFull && (this.#occupied === 0 || !this.#options.retries)) this.#close('requests');
    else if (this.#occupied === 0 && this.#intake.isEmpty) this.#close('workload');
  }

  #close(by: StoppedBy): void {
    if (this.#stopped !== null) return;
    const { startMs } = this.#options;
    const afterStartsMs = this.#lastStartMs === null ? roundUs(startMs) : roundUs(roundUs(this.#lastStartMs) + 0.001);
    const itself = by === 'requests' || by === 'workload' || by === 'budget';
    this.#stopped = { by, ms: itself ? afterStartsMs : Math.max(this.#closeMs, afterStartsMs) };
    this.#preparation.off();
    this.#send({ kind: 'stopped', stoppedBy: by, stopMs: this.#stopped.ms });
    this.#emitLine(this.#stopped.ms, by === 'interrupted' ? 'interrupted' : 'drain_limit');
    for (let again = this.#retries.next(); again !== null; again = this.#retries.next()) this.#emitAgain(again);
    this.#finishOnceLanded();
  }

  /** There is no further attempt: the last one stands. */
  #emitAgain({ place, received, earlier, pacedMs }: Again): void {
    this.ended++;
    this.#emit(exchangeOf(place, received, { earlier: earlier.slice(0, -1), pacedMs }));
  }

  /** What was due and never sent stays in the population. */
  #emitLine(endMs: number, reason: 'drain_limit' | 'interrupted'): void {
    // a slot that the gate held has no request yet
    if (this.#slots !== null) return;
    let session = this.#lookahead.nextIndex;
    for (let pending = this.#line.next(); pending !== undefined; pending = this.#line.next()) {
      if (pending.conversation === null && this.#lookahead.isUsedUp) continue;
      const place =
        pending.conversation === null
          ? this.#place(pending.dueMs, session++, 0, null)
          : this.#place(pending.dueMs, pending.conversation.index, pending.position, pending.turn);
      this.#emit(unsentExchange(place, endMs, reason, this.#streamed));
    }
  }

  #giveUp(reason: 'drain_limit' | 'interrupted'): void {
    this.#givenUp = true;
    for (const { flight } of [...this.#airborne]) flight.abandon(reason);
  }

  #finishOnceLanded(): void {
    if (this.#finished || this.#stopped === null || this.inFlight > 0) return;
    this.#finished = true;
    this.#alarm.off();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    try {
      this.#lookahead.close();
    } catch (error) {
      this.#failure ??= { error };
    }
    const { by, ms } = this.#stopped;
    const scheduled = this.#slots === null ? this.#seq : null;
    if (this.#failure !== null) this.#settle.reject(this.#failure.error);
    else this.#settle.resolve({ stoppedBy: by, stopMs: ms, endMs: Math.max(ms, this.#now()), scheduled });
  }

  #emit(exchange: Exchange): void {
    this.#send({ kind: 'exchange', exchange });
  }

  #send(event: DriveEvent): void {
    if (this.#failure === null) this.#options.emit(event);
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
    this.#preparation.off();
    this.#stopped ??= { by: 'interrupted', ms: this.#now() };
    this.#giveUp('interrupted');
    this.#finishOnceLanded();
  };

  /** In whole microseconds, as due times are: a request due now is due. */
  #now(): number {
    return roundUs(this.#options.clock.now());
  }
}
