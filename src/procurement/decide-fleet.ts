import type { EnergyBasis } from '../economics/energy.ts';
import { facilityFactor } from '../economics/energy.ts';
import { type OwnedCost, type OwnedDeployment, ownedCost } from '../economics/ownership.ts';
import { requests, secondsPerMonth, usd } from '../economics/quantity.ts';
import { replicasOn, type Sizing, sizeDeployment } from '../economics/sizing.ts';
import { type Infeasible, infeasible, type Ok, ok } from '../economics/state.ts';
import type { AssumptionId } from './assumption.ts';
import { type Load, loadOf } from './decide-load.ts';
import { need, needWhole, type Values } from './decide-values.ts';

/** What stays the same whatever a sensitivity varies. */
export interface Situation {
  /** Hours of a week in any unit; null where only a peak-to-average is known. */
  readonly shape: readonly number[] | null;
  readonly powerBasis: EnergyBasis;
  /** Most servers that may be bought; null where nothing limits them. */
  readonly mostServers: number | null;
}

/** What owning needs to be told. */
export const ownedIds = [
  'owned.server.price_usd',
  'owned.server.install_usd',
  'owned.server.accelerators',
  'owned.server.power_kw',
  'capacity.requests_per_s_per_replica',
  'capacity.accelerators_per_replica',
] as const satisfies readonly AssumptionId[];

/** Owned servers for the demand, and what they cost. */
export interface Fleet {
  readonly load: Load;
  readonly sizing: Sizing;
  readonly cost: OwnedCost;
  /** Smallest purchase that adds capacity: one server, or as many as a replica spreads over. */
  readonly unit: {
    readonly servers: number;
    /** Volume whose peak, with headroom, fills it: requests per month before the peak-to-average is taken off. */
    readonly peakRequestsPerMonth: number;
    /** The same without headroom at the objective: what a utilisation is a share of. */
    readonly nominalRequestsPerMonth: number;
    readonly capexUsd: number;
    readonly residualUsd: number;
    /** Running cost, and with the annuity of its capital. */
    readonly opexUsdPerYear: number;
    readonly usdPerYear: number;
  };
  /** Paid whatever the number of servers that serve: staff, spares, anything else. With annuity of the spares. */
  readonly fixedUsdPerYear: number;
  readonly energyKwhPerYear: number;
}

/** A life in whole months: a sensitivity walks through fractions of them. */
export const lifeYears = (values: Values): number =>
  Math.max(1, Math.round(12 * need(values, 'owned.life_years'))) / 12;

/** Owned servers for `values` (2.2 and 2.3). `servers` overrides the sizing, for hybrid plans. */
export function fleetOf(values: Values, situation: Situation): Ok<Fleet> | Infeasible {
  const load = loadOf(values, situation.shape);
  const G = needWhole(values, 'owned.server.accelerators');
  const g = needWhole(values, 'capacity.accelerators_per_replica');
  const X = need(values, 'capacity.requests_per_s_per_replica', 'Owning');
  const headroom = need(values, 'capacity.headroom');
  const sized = sizeDeployment({
    averagePerS: requests(load.averagePerS, 'deployment', 'second'),
    peakPerS: requests(load.peakPerS, 'deployment', 'second'),
    headroom,
    capacityPerReplica: requests(X, 'replica', 'second'),
    acceleratorsPerServer: G,
    acceleratorsPerReplica: g,
    spareServers: needWhole(values, 'owned.spare_servers'),
    mostServers: situation.mostServers,
    kwProvisionedPerServer: values['owned.server.power_provisioned_kw'] ?? need(values, 'owned.server.power_kw'),
  });
  if (sized.state === 'infeasible') return sized;
  const given = values['owned.servers'];
  const sizing = given === undefined ? sized.value : fixedFleet(sized.value, Math.round(given), { G, g, X, load });
  if (sizing === null)
    return infeasible(['above-capacity-at-slo'], {
      serversNeeded: sized.value.servers.needed,
      serversGiven: given ?? null,
    });
  const deployment = deploymentOf(values, situation, sizing);
  const cost = ownedCost(deployment);
  const servers = g <= G ? 1 : Math.ceil(g / G);
  const nominal = replicasOn(servers, G, g) * X * secondsPerMonth;
  const staffPerServer = deployment.ftePerServer * deployment.fteUsdPerYear;
  const opex = cost.energy + cost.colocation + cost.maintenance + cost.licencesPerServer + staffPerServer;
  const perServer = cost.annuity + opex;
  return ok({
    load,
    sizing,
    cost,
    unit: {
      servers,
      peakRequestsPerMonth: nominal / (1 + headroom),
      nominalRequestsPerMonth: nominal,
      capexUsd: servers * cost.capex,
      residualUsd: servers * cost.residual,
      opexUsdPerYear: servers * opex,
      usdPerYear: servers * perServer,
    },
    fixedUsdPerYear: cost.total.annuity - sizing.servers.needed * perServer,
    energyKwhPerYear: deployment.kwIt * deployment.loadFactor * deployment.pue * 8760 * sizing.servers.bought,
  });
}

/** A fleet of a given size; null when it is too small for the demand. */
function fixedFleet(
  sizing: Sizing,
  needed: number,
  { G, g, X, load }: { readonly G: number; readonly g: number; readonly X: number; readonly load: Load },
): Sizing | null {
  if (needed < sizing.servers.needed) return null;
  const bought = needed + sizing.servers.spare;
  const each = sizing.powerKw === null ? null : sizing.powerKw / Math.max(1, sizing.servers.bought);
  return {
    ...sizing,
    acceleratorsBought: bought * G,
    servers: { ...sizing.servers, needed, bought },
    utilization: load.averagePerS / (replicasOn(bought, G, g) * X),
    powerKw: each === null ? null : bought * each,
  };
}

/** The deployment as the formulas of section 2.3 take it. */
export function deploymentOf(values: Values, situation: Situation, sizing: Sizing): OwnedDeployment {
  const kwIt = need(values, 'owned.server.power_kw');
  return {
    price: usd(need(values, 'owned.server.price_usd'), 'server', 'once'),
    install: usd(need(values, 'owned.server.install_usd'), 'server', 'once'),
    fabricShare: need(values, 'owned.fabric_share'),
    residualShare: need(values, 'owned.residual_share'),
    lifeYears: lifeYears(values),
    wacc: need(values, 'finance.wacc'),
    acceleratorsPerServer: needWhole(values, 'owned.server.accelerators'),
    kwIt,
    kwProvisioned: values['owned.server.power_provisioned_kw'] ?? kwIt,
    loadFactor: need(values, 'owned.load_factor'),
    pue: facilityFactor(situation.powerBasis, need(values, 'site.pue')),
    usdPerKwh: need(values, 'site.usd_per_kwh'),
    colocationUsdPerKwMonth: need(values, 'site.colo_usd_per_kw_month'),
    colocationIncludesPower: values['site.colo_includes_power'] === 1,
    maintenanceShare: need(values, 'owned.maintenance_share'),
    licences: usd(need(values, 'owned.licences_usd_per_accelerator_year'), 'accelerator', 'year'),
    fteFixed: need(values, 'staff.fte'),
    ftePerServer: need(values, 'staff.fte_per_server'),
    fteUsdPerYear: need(values, 'staff.fte_usd_year'),
    other: usd(need(values, 'owned.other_usd_year'), 'deployment', 'year'),
    serversNeeded: sizing.servers.needed,
    serversBought: sizing.servers.bought,
    availability: need(values, 'capacity.availability'),
  };
}
