import type { Clock } from '../clock/clock.ts';
import type { Turn } from '../record/turn.ts';
import type { Flight, Prepared, Received, Target } from '../target/target.ts';
import type { Gate } from './gate.ts';
import type { Detour, Place } from './landing.ts';
import type { Conversation } from './lookahead.ts';

/** A request in flight. */
export interface Airborne extends Detour {
  readonly place: Place;
  readonly conversation: Conversation;
  readonly turn: Turn;
  readonly flight: Flight;
}

/** Requests in flight, and what the gate is told of them. */
export class Flights {
  /** When the latest started. */
  lastStartMs: number | null = null;
  /** The latest reply came as a stream. */
  streamed = true;
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #gate: Gate | null;
  readonly #airborne = new Set<Airborne>();

  constructor(target: Target, clock: Clock, gate: Gate | null) {
    this.#target = target;
    this.#clock = clock;
    this.#gate = gate;
  }

  get size(): number {
    return this.#airborne.size;
  }

  launch(turn: Turn, on: Omit<Airborne, 'turn' | 'flight'>, prepared: Prepared | null): Airborne {
    const { place, conversation, earlier, pacedMs } = on;
    const flight = this.#target.send(prepared ?? this.#target.prepare(turn));
    const airborne: Airborne = { place, conversation, turn, earlier, pacedMs, flight };
    this.lastStartMs = this.#clock.now();
    this.#gate?.sent(turn, this.lastStartMs);
    this.#airborne.add(airborne);
    return airborne;
  }

  land(airborne: Airborne, received: Received): void {
    this.#airborne.delete(airborne);
    this.streamed = received.streamed;
    this.#gate?.landed(airborne.turn, received);
  }

  abandon(reason: 'drain_limit' | 'interrupted'): void {
    for (const { flight } of [...this.#airborne]) flight.abandon(reason);
  }
}
