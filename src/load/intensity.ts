/**
 * A rate over time by the inverse of its integral: `secondsAt(s)` is when s requests are due, Λ⁻¹(s) with Λ = ∫λ.
 * Unit-rate points sent through it become arrivals of that rate, Poisson ones a Poisson process.
 */
export interface Intensity {
  secondsAt(points: number): number;
}

export function constantRate(ratePerS: number): Intensity {
  return { secondsAt: (points) => points / ratePerS };
}

/** From λ₀ to λ₁ in T seconds, then λ₁: t = (−λ₀ + √(λ₀² + 2as)) / a with a = (λ₁ − λ₀)/T. */
export function linearRamp(fromPerS: number, toPerS: number, seconds: number): Intensity {
  const slope = (toPerS - fromPerS) / seconds;
  const atEnd = ((fromPerS + toPerS) / 2) * seconds;
  return {
    secondsAt(points) {
      if (points > atEnd) return seconds + (points - atEnd) / toPerS;
      // the same root without the cancellation that a flat ramp would suffer
      return (2 * points) / (fromPerS + Math.sqrt(Math.max(0, fromPerS * fromPerS + 2 * slope * points)));
    },
  };
}
