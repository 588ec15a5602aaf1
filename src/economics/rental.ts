import { sum } from 'simple-statistics';
import { hoursPerMonth, hoursPerYear, type Usd, usd, wholeUnits } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive, requireShare, requireSome, requireWhole } from './range.ts';

/** Rented capacity: on demand, committed, spot, prepaid, capacity blocks (section 2.5). */

export interface AlwaysOnRental {
  readonly perHour: Usd<'deployment', 'hour'>;
  readonly perMonth: Usd<'deployment', 'month'>;
  readonly perYear: Usd<'deployment', 'year'>;
}

/** On demand and never switched off: instances · list · 730 h a month (RENT-1). */
export function alwaysOnRental(list: Usd<'instance', 'hour'>, instances: number): AlwaysOnRental {
  requireNonNegative(list, 'list price');
  const hour = list * requireWhole(instances, 'instances');
  return {
    perHour: usd(hour, 'deployment', 'hour'),
    perMonth: usd(hour * hoursPerMonth, 'deployment', 'month'),
    perYear: usd(hour * hoursPerYear, 'deployment', 'year'),
  };
}

export interface AutoscaledRental {
  /** Instances that run in each hour of the profile. */
  readonly instances: readonly number[];
  readonly instanceHours: number;
  /** Instances started over the profile, which repeats: hour 0 follows the last one. */
  readonly scaleUps: number;
  readonly billedHours: number;
  readonly perDay: Usd<'deployment', 'day'>;
  /** The same demand with the peak's instances never switched off. */
  readonly alwaysOnPerDay: Usd<'deployment', 'day'>;
}

/**
 * On demand, scaled by the hour (RENT-2): Σ_h max(min, ⌈D_h·(1+headroom)/cap⌉) + starts · cold start, in instance-hours.
 * `hourly` in requests per hour, `capacityPerHour` in requests per hour and instance at the objective.
 */
export function autoscaledRental(inputs: {
  readonly hourly: readonly number[];
  readonly capacityPerHour: number;
  readonly headroom: number;
  readonly leastInstances: number;
  readonly coldStartHours: number;
  readonly list: Usd<'instance', 'hour'>;
}): AutoscaledRental {
  const { hourly, capacityPerHour, headroom, leastInstances, coldStartHours, list } = inputs;
  requireSome(hourly, 'the hourly demand');
  requirePositive(capacityPerHour, 'capacity per instance');
  requireNonNegative(headroom, 'headroom');
  requireWhole(leastInstances, 'least instances');
  requireNonNegative(coldStartHours, 'cold start');
  requireNonNegative(list, 'list price');
  const instances = hourly.map((demand) =>
    Math.max(
      leastInstances,
      wholeUnits((requireNonNegative(demand, 'hourly demand') * (1 + headroom)) / capacityPerHour),
    ),
  );
  const scaleUps = sum(instances.map((count, hour) => Math.max(0, count - instances.at(hour - 1)!)));
  const instanceHours = sum(instances);
  const billedHours = instanceHours + scaleUps * coldStartHours;
  const days = hourly.length / 24;
  const peak = instances.reduce((a, b) => Math.max(a, b), 0);
  return {
    instances,
    instanceHours,
    scaleUps,
    billedHours,
    perDay: usd((billedHours * list) / days, 'deployment', 'day'),
    alwaysOnPerDay: usd(peak * 24 * list, 'deployment', 'day'),
  };
}

export interface Commitment {
  readonly perInstanceHour: Usd<'instance', 'hour'>;
  readonly perInstanceYear: Usd<'instance', 'year'>;
  /** The commitment wins over on demand when the duty cycle exceeds this: 1 − d_commit. */
  readonly breakEvenDuty: number;
  readonly breakEvenHoursPerYear: number;
}

/** Committed use (RENT-1): list·(1 − d_commit)·8760 a year, paid whether used or not. */
export function commitment(list: Usd<'instance', 'hour'>, discount: number): Commitment {
  requireNonNegative(list, 'list price');
  const paid = 1 - requireShare(discount, 'commitment discount');
  return {
    perInstanceHour: usd(list * paid, 'instance', 'hour'),
    perInstanceYear: usd(list * paid * hoursPerYear, 'instance', 'year'),
    breakEvenDuty: paid,
    breakEvenHoursPerYear: paid * hoursPerYear,
  };
}

/** Spot price with lost work (RENT-3): spot/(1 − lost_fraction), the price of an hour whose work survives. */
export function spotPrice<S extends 'accelerator' | 'instance'>(
  spot: Usd<S, 'hour'>,
  lostShare: number,
): Usd<S, 'hour'> {
  requireNonNegative(spot, 'spot price');
  if (requireShare(lostShare, 'lost share') === 1) outOfRange('lost share', 'below 1', lostShare);
  return (spot / (1 - lostShare)) as Usd<S, 'hour'>;
}

export interface PrepaidRental {
  readonly total: Usd<'instance', 'once'>;
  readonly upfront: Usd<'instance', 'once'>;
  readonly monthly: Usd<'instance', 'month'>;
  readonly presentValue: Usd<'instance', 'once'>;
  /** Σ (1+r)^(−m/12) over the months. */
  readonly monthlyAnnuityFactor: number;
  /** The even monthly payment of the same present value. */
  readonly levelMonth: Usd<'instance', 'month'>;
  readonly levelPerAcceleratorHour: Usd<'accelerator', 'hour'>;
  /** Level rate over the quoted rate, minus 1: what the prepayment costs. */
  readonly uplift: number;
}

/**
 * A rental paid partly upfront (RENT-4): payments at the end of each month, discount factor (1+r)^(−m/12);
 * level rate = PV(payments)/Σ(1+r)^(−m/12)/(G·730).
 */
export function prepaidRental(inputs: {
  readonly rate: Usd<'accelerator', 'hour'>;
  readonly acceleratorsPerInstance: number;
  readonly years: number;
  readonly upfrontShare: number;
  readonly wacc: number;
}): PrepaidRental {
  const rate = requirePositive(inputs.rate, 'rental rate');
  const accelerators = requireWhole(inputs.acceleratorsPerInstance, 'accelerators per instance', 1);
  const months = requireWhole(Math.round(12 * inputs.years), 'months of the rental', 1);
  requireNonNegative(inputs.wacc, 'cost of capital');
  const total = rate * accelerators * hoursPerMonth * months;
  const upfront = total * requireShare(inputs.upfrontShare, 'upfront share');
  const monthly = (total - upfront) / months;
  const factor = sum(Array.from({ length: months }, (_, index) => (1 + inputs.wacc) ** (-(index + 1) / 12)));
  const presentValue = upfront + monthly * factor;
  const level = presentValue / factor;
  const levelRate = level / (accelerators * hoursPerMonth);
  return {
    total: usd(total, 'instance', 'once'),
    upfront: usd(upfront, 'instance', 'once'),
    monthly: usd(monthly, 'instance', 'month'),
    presentValue: usd(presentValue, 'instance', 'once'),
    monthlyAnnuityFactor: factor,
    levelMonth: usd(level, 'instance', 'month'),
    levelPerAcceleratorHour: usd(levelRate, 'accelerator', 'hour'),
    uplift: levelRate / rate - 1,
  };
}

/** A capacity block is committed for its window and never scaled to zero: instances · list · window hours. */
export function capacityBlock(
  list: Usd<'instance', 'hour'>,
  instances: number,
  windowHours: number,
): Usd<'deployment', 'once'> {
  requirePositive(windowHours, 'window of the capacity block');
  return usd(
    requireNonNegative(list, 'list price') * requireWhole(instances, 'instances') * windowHours,
    'deployment',
    'once',
  );
}
