import { cosineOfTurns, ln } from '../random/elementary.ts';
import type { Random } from '../random/random.ts';

/**
 * A rate over time by the inverse of its integral: `secondsAt(s)` is when s requests are due, Λ⁻¹(s) with Λ = ∫λ;
 * +∞ where so many never are. Unit-rate points sent through it become arrivals of that rate, Poisson ones a Poisson
 * process. Asked with rising points.
 */
export interface Intensity {
  secondsAt(points: number): number;
}

/** An intensity whose integral is known too: `pointsAt(t)` = Λ(t). */
export interface KnownIntensity extends Intensity {
  pointsAt(seconds: number): number;
}

export function constantRate(ratePerS: number): KnownIntensity {
  return { secondsAt: (points) => points / ratePerS, pointsAt: (seconds) => seconds * ratePerS };
}

/** From λ₀ to λ₁ in T seconds, then λ₁: t = (−λ₀ + √(λ₀² + 2as)) / a with a = (λ₁ − λ₀)/T. */
export function linearRamp(fromPerS: number, toPerS: number, seconds: number): KnownIntensity {
  const slope = (toPerS - fromPerS) / seconds;
  const atEnd = ((fromPerS + toPerS) / 2) * seconds;
  return {
    secondsAt(points) {
      if (points > atEnd) return seconds + (points - atEnd) / toPerS;
      if (points <= 0) return 0;
      // the same root without the cancellation that a flat ramp would suffer
      return (2 * points) / (fromPerS + Math.sqrt(Math.max(0, fromPerS * fromPerS + 2 * slope * points)));
    },
    pointsAt: (t) => (t > seconds ? atEnd + (t - seconds) * toPerS : t * (fromPerS + (slope * t) / 2)),
  };
}

/** From λ₀ to λ₁ = rλ₀ in T seconds by equal shares in equal times, then λ₁: t = T/ln r · ln(1 + s·ln r/(λ₀T)). */
export function exponentialRamp(fromPerS: number, toPerS: number, seconds: number): KnownIntensity {
  if (fromPerS === toPerS) return constantRate(fromPerS);
  const growth = ln(toPerS / fromPerS) / seconds;
  const atEnd = (toPerS - fromPerS) / growth;
  return {
    secondsAt(points) {
      if (points >= atEnd) return seconds + (points - atEnd) / toPerS;
      return Math.min(seconds, Math.max(0, ln(1 + (points * growth) / fromPerS) / growth));
    },
    pointsAt: (t) => (t > seconds ? atEnd + (t - seconds) * toPerS : (fromPerS * Math.expm1(growth * t)) / growth),
  };
}

export interface Piece {
  readonly ratePerS: number;
  readonly seconds: number;
}

/** One rate after another; the last one goes on. A rate of 0 is a pause. */
export function piecewise(pieces: readonly Piece[]): KnownIntensity {
  return {
    secondsAt: (points) => new Walk([...pieces, { ...pieces.at(-1)!, seconds: Infinity }]).secondsAt(points),
    pointsAt(seconds) {
      let [left, points] = [seconds, 0];
      for (const piece of pieces) {
        const spent = Math.min(left, piece.seconds);
        points += spent * piece.ratePerS;
        left -= spent;
      }
      return points + left * pieces.at(-1)!.ratePerS;
    },
  };
}

/** λ̄(1 + α sin(2π(t − φ)/P)); Λ⁻¹ by Newton's steps, by bisection where one leads astray. */
export function diurnal(meanPerS: number, amplitude: number, periodS: number, phaseS: number): KnownIntensity {
  const swing = (amplitude * periodS) / (2 * Math.PI);
  const before = cosineOfTurns(phaseS / periodS);
  const pointsAt = (t: number) => meanPerS * (t + swing * (before - cosineOfTurns((t - phaseS) / periodS)));
  const rateAt = (t: number) => meanPerS * (1 + amplitude * cosineOfTurns((t - phaseS) / periodS - 0.25));
  return {
    pointsAt,
    secondsAt(points) {
      const even = points / meanPerS;
      let [low, high] = [Math.max(0, even - 2 * swing), even + 2 * swing];
      let t = even;
      for (let round = 0; round < 100 && high - low > resolutionS; round++) {
        const excess = pointsAt(t) - points;
        if (excess < 0) low = t;
        else high = t;
        const next = t - excess / rateAt(t);
        if (Math.abs(next - t) < resolutionS) return next;
        t = next > low && next < high ? next : (low + high) / 2;
      }
      return t;
    },
  };
}

/** A thousandth of the grain of due times. */
const resolutionS = 1e-9;

/** Two rates in turn, each for an exponential time; which comes first is drawn by their share of the time. */
export function onOff(low: Piece, high: Piece, random: Random): Intensity {
  const walk = new Walk(dwells(low, high, random));
  return { secondsAt: (points) => walk.secondsAt(points) };
}

function* dwells(low: Piece, high: Piece, random: Random): Generator<Piece, void, undefined> {
  let isHigh = random.next() * (low.seconds + high.seconds) < high.seconds;
  for (;;) {
    const { ratePerS, seconds } = isHigh ? high : low;
    yield { ratePerS, seconds: seconds * random.exponential() };
    isHigh = !isHigh;
  }
}

/** Stays at a rate for a while before another intensity begins: the warm-up of a load that varies. */
export function heldBefore(ratePerS: number, seconds: number, then: Intensity): Intensity {
  const held = ratePerS * seconds;
  return { secondsAt: (points) => (points < held ? points / ratePerS : seconds + then.secondsAt(points - held)) };
}

/** Follows pieces as far as the points ask; never back. */
class Walk {
  readonly #pieces: Iterator<Piece>;
  #piece: Piece = { ratePerS: 0, seconds: 0 };
  #startS = 0;
  #points = 0;

  constructor(pieces: Iterable<Piece>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  secondsAt(points: number): number {
    for (;;) {
      const { ratePerS, seconds } = this.#piece;
      const within = seconds === 0 || ratePerS === 0 ? 0 : ratePerS * seconds;
      const wanted = points - this.#points;
      if (wanted < within || (wanted === 0 && ratePerS > 0 && seconds > 0))
        return this.#startS + Math.max(0, wanted) / ratePerS;
      if (seconds === Infinity) return Infinity;
      const next = this.#pieces.next();
      if (next.done === true) return Infinity;
      this.#points += within;
      this.#startS += seconds;
      this.#piece = next.value;
    }
  }
}
