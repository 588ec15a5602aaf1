import { contractUsd } from '../economics/api.ts';
import { type EnergyBasis, facilityFactor } from '../economics/energy.ts';
import { ownedCost } from '../economics/ownership.ts';
import { hoursPerMonth, hoursPerYear, usd } from '../economics/quantity.ts';
import { commitment, spotPrice } from '../economics/rental.ts';
import type { AssumptionId } from './assumption.ts';
import type { Box, Deployment, Replica } from './deployment.ts';
import type { Register } from './entry.ts';
import type { CostLine, OfferKind } from './offer-cost.ts';
import { flagOf, numberOf, numberOrNull, requireAssumptions, wordOf } from './register.ts';

/** What an offer costs an hour (sections 2.3 to 2.6). */
export interface Bill {
  readonly usdPerHour: number;
  readonly usdPerAcceleratorHour: { readonly annuity: number; readonly straightLine: number } | null;
  readonly lines: readonly CostLine[];
  readonly capexUsd: number | null;
  /** Of owned hardware: energy per hour and what it is computed from. */
  readonly energyUsdPerHour: number | null;
  readonly energyBasis: string | null;
  /** Mean power that the energy is of, at the basis, before the facility factor; kW of the deployment. */
  readonly averageKw: number | null;
  readonly pueApplied: number | null;
}

const ownedNeeds: readonly AssumptionId[] = [
  'owned.server.price_usd',
  'owned.server.accelerators',
  'owned.server.power_kw',
];

/** Asks for all that the price of an offer needs. @throws UserError `missing_assumption` */
export function requireOffer(kind: Exclude<OfferKind, 'api'>, name: string, register: Register): void {
  requireAssumptions(register, kind === 'own' ? ownedNeeds : rentNeeds(kind, register), `The offer ${name}`);
}

/** The box of an offer: an owned server with its spares, or a rented instance. */
export function boxOf(kind: Exclude<OfferKind, 'api'>, register: Register, replica: Replica): Box {
  if (kind === 'own') {
    return {
      accelerators: numberOf(register, 'owned.server.accelerators'),
      spare: numberOf(register, 'owned.spare_servers'),
      stated: numberOrNull(register, 'owned.servers'),
    };
  }
  const accelerators =
    numberOrNull(register, 'rent.accelerators_per_instance') ??
    numberOrNull(register, 'owned.server.accelerators') ??
    replica.accelerators;
  return { accelerators, spare: 0, stated: null };
}

function rentNeeds(kind: 'rent' | 'commit' | 'spot', register: Register): AssumptionId[] {
  const spot = kind === 'spot' && numberOrNull(register, 'rent.spot_usd_per_accelerator_hour') !== null;
  const price: AssumptionId[] = spot ? [] : ['rent.usd_per_accelerator_hour'];
  if (kind === 'commit') return [...price, 'rent.commit_discount'];
  return kind === 'spot' ? [...price, 'rent.spot_lost_share'] : price;
}

/** C_h of a deployment of owned servers, both views (2.3). */
export function ownedBill(register: Register, deployment: Deployment): Bill {
  const n = (id: AssumptionId) => numberOf(register, id);
  const energyBasis = wordOf(register, 'owned.power_basis') as EnergyBasis;
  const pueApplied = facilityFactor(energyBasis, n('site.pue'));
  const cost = ownedCost({
    price: usd(n('owned.server.price_usd'), 'server', 'once'),
    install: usd(n('owned.server.install_usd'), 'server', 'once'),
    fabricShare: n('owned.fabric_share'),
    residualShare: n('owned.residual_share'),
    lifeYears: n('owned.life_years'),
    wacc: n('finance.wacc'),
    acceleratorsPerServer: deployment.box.accelerators,
    kwIt: n('owned.server.power_kw'),
    kwProvisioned: n('owned.server.power_provisioned_kw'),
    loadFactor: n('owned.load_factor'),
    pue: pueApplied,
    usdPerKwh: n('site.usd_per_kwh'),
    colocationUsdPerKwMonth: n('site.colo_usd_per_kw_month'),
    colocationIncludesPower: flagOf(register, 'site.colo_includes_power'),
    maintenanceShare: n('owned.maintenance_share'),
    licences: usd(n('owned.licences_usd_per_accelerator_year'), 'accelerator', 'year'),
    fteFixed: n('staff.fte'),
    ftePerServer: n('staff.fte_per_server'),
    fteUsdPerYear: n('staff.fte_usd_year'),
    other: usd(n('owned.other_usd_year'), 'deployment', 'year'),
    serversNeeded: deployment.needed,
    serversBought: deployment.bought,
    availability: n('capacity.availability'),
  });
  const { bought } = deployment;
  const lines: CostLine[] = [
    { name: 'capital', usdPerHour: (bought * cost.annuity) / hoursPerYear },
    { name: 'energy', usdPerHour: (bought * cost.energy) / hoursPerYear },
    { name: 'colocation', usdPerHour: (bought * cost.colocation) / hoursPerYear },
    { name: 'maintenance', usdPerHour: (bought * cost.maintenance) / hoursPerYear },
    { name: 'licences', usdPerHour: (bought * cost.licencesPerServer) / hoursPerYear },
    { name: 'staff', usdPerHour: cost.staff / hoursPerYear },
    { name: 'other', usdPerHour: n('owned.other_usd_year') / hoursPerYear },
  ];
  const { annuity, straightLine } = cost.perAcceleratorHour;
  return {
    usdPerHour: cost.totalPerHour.annuity,
    usdPerAcceleratorHour: annuity === null || straightLine === null ? null : { annuity, straightLine },
    lines,
    capexUsd: cost.capexTotal,
    energyUsdPerHour: (bought * cost.energy) / hoursPerYear,
    energyBasis,
    averageKw: bought * n('owned.server.power_kw') * n('owned.load_factor'),
    pueApplied,
  };
}

/** C_h of always-on instances (2.5): on demand, committed or spot with its lost work. */
export function rentedBill(kind: 'rent' | 'commit' | 'spot', register: Register, deployment: Deployment): Bill {
  const perHour = rentalPerAcceleratorHour(kind, register);
  const rental = deployment.bought * deployment.box.accelerators * perHour;
  const staff = staffPerHour(register, 'rent.fte');
  return {
    usdPerHour: rental + staff,
    usdPerAcceleratorHour: { annuity: perHour, straightLine: perHour },
    lines: [
      { name: 'rental', usdPerHour: rental },
      { name: 'staff', usdPerHour: staff },
    ],
    ...nothingOwned,
  };
}

/** USD per accelerator-hour that is paid: list, list less the discount, or spot over what is not lost. */
export function rentalPerAcceleratorHour(kind: 'rent' | 'commit' | 'spot', register: Register): number {
  if (kind === 'spot') {
    const spot =
      numberOrNull(register, 'rent.spot_usd_per_accelerator_hour') ??
      numberOf(register, 'rent.usd_per_accelerator_hour');
    return spotPrice(usd(spot, 'accelerator', 'hour'), numberOf(register, 'rent.spot_lost_share'));
  }
  const list = numberOf(register, 'rent.usd_per_accelerator_hour');
  if (kind === 'rent') return list;
  return commitment(usd(list, 'instance', 'hour'), numberOf(register, 'rent.commit_discount')).perInstanceHour;
}

/** Cost of a request at its contract (2.6), fixed fees and staff aside. */
export function contractPerRequest(register: Register, listUsd: number): number {
  return contractUsd(listUsd, {
    negotiatedDiscount: numberOf(register, 'api.negotiated_discount'),
    batchFactor: numberOf(register, 'api.batch_factor'),
    regionalUplift: numberOf(register, 'api.regional_uplift'),
    retryShare: numberOf(register, 'api.retry_share'),
    fixedUsd: 0,
  });
}

/** An API for so many requests an hour, with fees and staff. */
export function apiBill(register: Register, usdPerRequest: number, requestsPerHour: number): Bill {
  const lines: CostLine[] = [
    { name: 'api', usdPerHour: usdPerRequest * requestsPerHour },
    { name: 'fixed', usdPerHour: numberOf(register, 'api.fixed_usd_per_month') / hoursPerMonth },
    { name: 'staff', usdPerHour: staffPerHour(register, 'api.fte') },
  ];
  const usdPerHour = lines.reduce((total, line) => total + line.usdPerHour, 0);
  return { usdPerHour, usdPerAcceleratorHour: null, lines, ...nothingOwned };
}

function staffPerHour(register: Register, id: AssumptionId): number {
  return (numberOf(register, id) * numberOf(register, 'staff.fte_usd_year')) / hoursPerYear;
}

const nothingOwned = {
  capexUsd: null,
  energyUsdPerHour: null,
  energyBasis: null,
  averageKw: null,
  pueApplied: null,
} as const;
