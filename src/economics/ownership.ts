import { hoursPerYear, type Usd, usd } from './quantity.ts';
import { outOfRange, requireFinite, requireNonNegative, requirePositive, requireShare, requireWhole } from './range.ts';

/** Owned hardware (section 2.3). */

export interface ServerPurchase {
  /** P and install: complete server; delivery and commissioning. */
  readonly price: Usd<'server', 'once'>;
  readonly install: Usd<'server', 'once'>;
  /** f_net: fabric and storage as a share of P. */
  readonly fabricShare: number;
  /** rho: residual value as a share of P. */
  readonly residualShare: number;
  readonly lifeYears: number;
  /** r: effective annual cost of capital. */
  readonly wacc: number;
}

export interface CapitalCost {
  readonly capex: Usd<'server', 'once'>;
  readonly residual: Usd<'server', 'once'>;
  /** CRF in 1/year. */
  readonly recoveryFactor: number;
  /** EAC, the economic view. */
  readonly annuity: Usd<'server', 'year'>;
  /** SL, the accounting view. */
  readonly straightLine: Usd<'server', 'year'>;
  /** EAC − SL, informative. */
  readonly capitalCharge: Usd<'server', 'year'>;
}

/** CRF = r/(1 − (1+r)^−n); 1/n at r = 0. Near zero the quotient cancels, so it is taken from expm1. */
export function capitalRecoveryFactor(wacc: number, lifeYears: number): number {
  requireNonNegative(wacc, 'cost of capital');
  requirePositive(lifeYears, 'life in years');
  return wacc === 0 ? 1 / lifeYears : wacc / -Math.expm1(-lifeYears * Math.log1p(wacc));
}

/**
 * Capital cost of one server (2.3): capex = P·(1+f_net) + install, RV = rho·P, EAC = (capex − RV/(1+r)^n)·CRF,
 * SL = (capex − RV)/n. At r = 0 both are equal to the last bit (INV-2).
 */
export function capitalCost(purchase: ServerPurchase): CapitalCost {
  const price = requireNonNegative(purchase.price, 'server price');
  const install = requireNonNegative(purchase.install, 'installation');
  requireNonNegative(purchase.fabricShare, 'fabric share');
  const residual = requireShare(purchase.residualShare, 'residual share') * price;
  const years = requirePositive(purchase.lifeYears, 'life in years');
  const factor = capitalRecoveryFactor(purchase.wacc, years);
  const capex = price * (1 + purchase.fabricShare) + install;
  const straightLine = (capex - residual) / years;
  const annuity = purchase.wacc === 0 ? straightLine : (capex - residual / (1 + purchase.wacc) ** years) * factor;
  return {
    capex: usd(capex, 'server', 'once'),
    residual: usd(residual, 'server', 'once'),
    recoveryFactor: factor,
    annuity: usd(annuity, 'server', 'year'),
    straightLine: usd(straightLine, 'server', 'year'),
    capitalCharge: usd(annuity - straightLine, 'server', 'year'),
  };
}

export interface OwnedDeployment extends ServerPurchase {
  /** G. */
  readonly acceleratorsPerServer: number;
  /** kW_it: IT power at full load; kW_prov: capacity paid for. */
  readonly kwIt: number;
  readonly kwProvisioned: number;
  /** Share of kW_it that is drawn on average. */
  readonly loadFactor: number;
  /** 1 where kW_it is a figure at utility level (see facilityFactor). */
  readonly pue: number;
  readonly usdPerKwh: number;
  readonly colocationUsdPerKwMonth: number;
  readonly colocationIncludesPower: boolean;
  /** m: share of P per year. */
  readonly maintenanceShare: number;
  readonly licences: Usd<'accelerator', 'year'>;
  /** FTE of the deployment, and more FTE with each server. */
  readonly fteFixed: number;
  readonly ftePerServer: number;
  readonly fteUsdPerYear: number;
  /** Anything else that the deployment pays. */
  readonly other: Usd<'deployment', 'year'>;
  readonly serversNeeded: number;
  readonly serversBought: number;
  /** A of the needed fleet; 1 where spares already cover failures, else they count twice. */
  readonly availability: number;
}

/** The two views that are always shown together. */
export interface Views<T> {
  readonly annuity: T;
  readonly straightLine: T;
}

export interface OwnedCost extends CapitalCost {
  readonly energy: Usd<'server', 'year'>;
  readonly colocation: Usd<'server', 'year'>;
  readonly maintenance: Usd<'server', 'year'>;
  readonly licencesPerServer: Usd<'server', 'year'>;
  readonly staff: Usd<'deployment', 'year'>;
  /** All yearly costs but capital. */
  readonly opex: Usd<'deployment', 'year'>;
  readonly total: Views<Usd<'deployment', 'year'>>;
  /** C_h: cost of the whole deployment per hour, idle time included. */
  readonly totalPerHour: Views<Usd<'deployment', 'hour'>>;
  readonly capexTotal: Usd<'deployment', 'once'>;
  readonly residualTotal: Usd<'deployment', 'once'>;
  /** Accelerator-hours a year: all installed; those that serve demand, spares excluded; those × availability. */
  readonly acceleratorHours: { readonly nameplate: number; readonly needed: number; readonly serving: number };
  /** C_gpuh, by serving hours; null where no server is needed. */
  readonly perAcceleratorHour: Views<Usd<'accelerator', 'hour'> | null>;
}

/**
 * Cost of owning a deployment (2.3): N_buy·(EAC or SL + energy + colo + maintenance + licences) + staff + other;
 * C_gpuh = total/(G·N_needed·8760·A). Staff belongs to the deployment and is not multiplied by servers.
 */
export function ownedCost(inputs: OwnedDeployment): OwnedCost {
  check(inputs);
  const capital = capitalCost(inputs);
  const { serversNeeded: needed, serversBought: bought, acceleratorsPerServer } = inputs;
  const energy = inputs.colocationIncludesPower
    ? 0
    : inputs.kwIt * inputs.loadFactor * inputs.pue * inputs.usdPerKwh * hoursPerYear;
  const colocation = inputs.kwProvisioned * inputs.colocationUsdPerKwMonth * 12;
  const maintenance = inputs.maintenanceShare * inputs.price;
  const licences = inputs.licences * acceleratorsPerServer;
  const staff = (inputs.fteFixed + inputs.ftePerServer * bought) * inputs.fteUsdPerYear;
  const opex = bought * (energy + colocation + maintenance + licences) + staff + inputs.other;
  const total = { annuity: bought * capital.annuity + opex, straightLine: bought * capital.straightLine + opex };
  const neededHours = acceleratorsPerServer * needed * hoursPerYear;
  const serving = neededHours * inputs.availability;
  const perHour = (value: number) => (serving > 0 ? usd(value / serving, 'accelerator', 'hour') : null);
  return {
    ...capital,
    energy: usd(energy, 'server', 'year'),
    colocation: usd(colocation, 'server', 'year'),
    maintenance: usd(maintenance, 'server', 'year'),
    licencesPerServer: usd(licences, 'server', 'year'),
    staff: usd(staff, 'deployment', 'year'),
    opex: usd(opex, 'deployment', 'year'),
    total: views(total, (value) => usd(value, 'deployment', 'year')),
    totalPerHour: views(total, (value) => usd(value / hoursPerYear, 'deployment', 'hour')),
    capexTotal: usd(bought * capital.capex, 'deployment', 'once'),
    residualTotal: usd(bought * capital.residual, 'deployment', 'once'),
    acceleratorHours: { nameplate: acceleratorsPerServer * bought * hoursPerYear, needed: neededHours, serving },
    perAcceleratorHour: views(total, perHour),
  };
}

const views = <T>(value: Views<number>, of: (value: number) => T): Views<T> => ({
  annuity: of(value.annuity),
  straightLine: of(value.straightLine),
});

function check(inputs: OwnedDeployment): void {
  requireWhole(inputs.acceleratorsPerServer, 'accelerators per server', 1);
  const needed = requireWhole(inputs.serversNeeded, 'servers needed');
  requireWhole(inputs.serversBought, 'servers bought');
  if (inputs.serversBought < needed)
    outOfRange('servers bought', `at least the ${needed} needed`, inputs.serversBought);
  if (!(inputs.pue >= 1)) outOfRange('PUE', 'at least 1', inputs.pue);
  requirePositive(requireShare(inputs.availability, 'availability'), 'availability');
  requireFinite(inputs.other, 'other cost');
  for (const name of [
    'kwIt',
    'kwProvisioned',
    'loadFactor',
    'usdPerKwh',
    'colocationUsdPerKwMonth',
    'maintenanceShare',
    'licences',
    'fteFixed',
    'ftePerServer',
    'fteUsdPerYear',
  ] as const)
    requireNonNegative(inputs[name], name);
}

/** One line of the life of an owned server: what is billed and what is charged to the period (section 10.3). */
export interface LifeRow {
  readonly kind: 'purchase' | 'amortization' | 'resale';
  /** 0 at the purchase, then 1 … 12·n. */
  readonly month: number;
  readonly billed: Usd<'server', 'month'> | Usd<'server', 'once'>;
  readonly effective: Usd<'server', 'month'> | Usd<'server', 'once'>;
}

/**
 * The life of one owned server as FOCUS sees it (10.3): billed once and amortised in a straight line, so that both columns
 * sum to capex − RV (INV-16). An annuity would exceed the bill by the interest.
 */
export function lifeRows(purchase: ServerPurchase): LifeRow[] {
  const { capex, residual } = capitalCost(purchase);
  const months = monthsOf(purchase.lifeYears);
  const month = usd((capex - residual) / months, 'server', 'month');
  const zero = usd(0, 'server', 'once');
  return [
    { kind: 'purchase', month: 0, billed: capex, effective: zero },
    ...Array.from({ length: months }, (_, index): LifeRow => {
      return { kind: 'amortization', month: index + 1, billed: usd(0, 'server', 'month'), effective: month };
    }),
    { kind: 'resale', month: months, billed: usd(-residual, 'server', 'once'), effective: zero },
  ];
}

/** A life in whole months. @throws UserError out_of_range when 12·n is not whole or is more than 100 years */
export function monthsOf(lifeYears: number): number {
  const months = Math.round(12 * requirePositive(lifeYears, 'life in years'));
  if (months < 1 || months > 1200 || Math.abs(months - 12 * lifeYears) > 1e-6)
    outOfRange('life in years', 'a whole number of months, at most 100 years', lifeYears);
  return months;
}
