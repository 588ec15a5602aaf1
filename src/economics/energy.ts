import { hoursPerYear, type Usd, usd } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive, requireSome } from './range.ts';
import { type Ok, ok, type Refused, refused } from './state.ts';

/** Energy and its money (section 2.4). */

/** What a power figure contains; it decides on the facility factor. */
export type EnergyBasis = 'metered-wall' | 'metered-board' | 'all-in-it' | 'all-in-utility' | 'tdp';

/** PUE to apply: 1 where the figure includes the facility already, so that it never counts twice (INV-15, EN-3). */
export function facilityFactor(basis: EnergyBasis, pue: number): number {
  if (!(pue >= 1)) outOfRange('PUE', 'at least 1', pue);
  return basis === 'all-in-utility' ? 1 : pue;
}

/** Mean power between idle and load in W: P_idle + (P_load − P_idle)·U (EN-2). */
export function averagePowerW(idleW: number, loadW: number, utilization: number): number {
  requireNonNegative(idleW, 'idle power');
  if (!(loadW >= idleW)) outOfRange('power under load', `at least the idle power of ${idleW} W`, loadW);
  return idleW + (loadW - idleW) * utilization;
}

/** kWh a year of a constant power: W/1000 · factor · 8,760. `factor` is the PUE or 1. */
export function energyPerYearKwh(powerW: number, factor: number): number {
  return (requireNonNegative(powerW, 'power') / 1000) * factor * hoursPerYear;
}

export interface TokenEnergy {
  readonly joulesPerToken: number;
  /** At the point of measurement, before the facility factor. */
  readonly kwhPerMillion: number;
  readonly usdPerMillionIt: number;
  readonly usdPerMillionFacility: number;
  /** Tokens per second and MW of that same power. */
  readonly tokensPerSPerMw: number;
}

/**
 * Energy of a token from measured power (2.4, EN-1): J = W/(tokens/s), kWh per M = J/3.6, $ per M = kWh · PUE · $/kWh.
 * The tokens are whatever class the rate counts; the caller names it.
 */
export function energyPerToken(inputs: {
  readonly powerW: number;
  readonly tokensPerS: number;
  readonly basis: EnergyBasis;
  readonly pue: number;
  readonly usdPerKwh: number;
}): TokenEnergy {
  const powerW = requirePositive(inputs.powerW, 'power');
  const tokensPerS = requirePositive(inputs.tokensPerS, 'tokens per second');
  const price = requireNonNegative(inputs.usdPerKwh, 'electricity price');
  const joulesPerToken = powerW / tokensPerS;
  const kwhPerMillion = joulesPerToken / 3.6;
  return {
    joulesPerToken,
    kwhPerMillion,
    usdPerMillionIt: kwhPerMillion * price,
    usdPerMillionFacility: kwhPerMillion * price * facilityFactor(inputs.basis, inputs.pue),
    tokensPerSPerMw: (tokensPerS / powerW) * 1e6,
  };
}

/** Money of a year's energy of one server: kWh · $/kWh. */
export function energyUsdPerYear(kwhPerYear: number, usdPerKwh: number): Usd<'server', 'year'> {
  return usd(kwhPerYear * requireNonNegative(usdPerKwh, 'electricity price'), 'server', 'year');
}

export interface TraceEnergy {
  readonly joules: number;
  readonly averageW: number;
  readonly seconds: number;
}

/** Longest distance of two samples of a power trace that still counts as continuous. */
export const longestGapS = 3;

/** Energy of a power trace: trapezoids between samples (2.4, EN-4). Refused when a gap exceeds 3 s or time runs backwards. */
export function integratePower(timesS: readonly number[], powersW: readonly number[]): Ok<TraceEnergy> | Refused {
  requireSome(timesS, 'the power trace');
  if (timesS.length !== powersW.length) outOfRange('the power trace', 'as many powers as times', powersW.length);
  let joules = 0;
  for (let i = 1; i < timesS.length; i++) {
    const gapS = timesS[i]! - timesS[i - 1]!;
    const watts = (powersW[i]! + powersW[i - 1]!) / 2;
    if (!(gapS > 0)) return refused(['trace-invalid'], { sample: i, gapS, why: 'time does not advance' });
    if (gapS > longestGapS) return refused(['trace-invalid'], { sample: i, gapS, longestGapS });
    if (!(watts >= 0)) return refused(['trace-invalid'], { sample: i, why: 'power is negative or missing' });
    joules += watts * gapS;
  }
  const seconds = timesS.at(-1)! - timesS[0]!;
  if (seconds === 0) return refused(['trace-invalid'], { why: 'one sample has no duration' });
  return ok({ joules, averageW: joules / seconds, seconds });
}

/** Energy of a cumulative counter in joules. Refused when a gap exceeds 3 s or the counter goes backwards. */
export function countedEnergy(timesS: readonly number[], countersJ: readonly number[]): Ok<TraceEnergy> | Refused {
  requireSome(timesS, 'the energy counter');
  if (timesS.length !== countersJ.length)
    outOfRange('the energy counter', 'as many readings as times', countersJ.length);
  for (let i = 1; i < timesS.length; i++) {
    const gapS = timesS[i]! - timesS[i - 1]!;
    if (!(gapS > 0) || gapS > longestGapS) return refused(['trace-invalid'], { sample: i, gapS, longestGapS });
    if (!(countersJ[i]! >= countersJ[i - 1]!))
      return refused(['trace-invalid'], { sample: i, why: 'counter went backwards' });
  }
  const seconds = timesS.at(-1)! - timesS[0]!;
  if (seconds === 0) return refused(['trace-invalid'], { why: 'one reading has no duration' });
  const joules = countersJ.at(-1)! - countersJ[0]!;
  return ok({ joules, averageW: joules / seconds, seconds });
}
