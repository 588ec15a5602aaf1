import { contractUsd } from '../economics/api.ts';
import { requests, secondsPerHour, usd } from '../economics/quantity.ts';
import { autoscaledRental, commitment, spotPrice } from '../economics/rental.ts';
import { replicasOn, sizeDeployment } from '../economics/sizing.ts';
import type { AssumptionId } from './assumption.ts';
import type { Load } from './decide-load.ts';
import { need, needWhole, type Values } from './decide-values.ts';

/** What owning competes with: an API, or rented capacity. Yearly cost today, and the cost of a request that follows volume. */
export interface Alternative {
  readonly kind: 'api' | 'rent';
  readonly name: string;
  /** Cost of one request more; of a rental, its instances over its requests. */
  readonly usdPerRequest: number;
  /** Paid whatever the volume: fees, people. */
  readonly fixedUsdPerYear: number;
  readonly usdPerYear: number;
  /** Yearly decline of the price of a request. */
  readonly decline: number;
}

export const apiIds = ['api.usd_per_request'] as const satisfies readonly AssumptionId[];
export const rentIds = [
  'rent.usd_per_accelerator_hour',
  'capacity.requests_per_s_per_replica',
  'capacity.accelerators_per_replica',
] as const satisfies readonly AssumptionId[];

/** An API at list price with the terms of its contract, fees and the people who look after it (2.6). */
export function apiAlternative(values: Values, load: Load, name: string): Alternative {
  const usdPerRequest = contractUsd(need(values, 'api.usd_per_request', 'An API'), {
    negotiatedDiscount: need(values, 'api.negotiated_discount'),
    batchFactor: need(values, 'api.batch_factor'),
    regionalUplift: need(values, 'api.regional_uplift'),
    retryShare: need(values, 'api.retry_share'),
    fixedUsd: 0,
  });
  const fixedUsdPerYear =
    12 * need(values, 'api.fixed_usd_per_month') + need(values, 'api.fte') * need(values, 'staff.fte_usd_year');
  const usdPerYear = 12 * load.requestsPerMonth * usdPerRequest + fixedUsdPerYear;
  const decline = need(values, 'api.price_decline');
  return { kind: 'api', name, usdPerRequest, fixedUsdPerYear, usdPerYear, decline };
}

/** How capacity is rented. `scaled`: on demand, switched off by the hour. */
export type RentalMode = 'on-demand' | 'scaled' | 'commit' | 'spot';

export interface RentedFleet extends Alternative {
  readonly mode: RentalMode;
  readonly acceleratorsPerInstance: number;
  /** Instances at the peak; of `scaled` also their mean over the week. */
  readonly instances: number;
  readonly meanInstances: number;
  readonly replicas: number;
  /** Average demand over what the instances that are paid for could serve. */
  readonly utilization: number;
  readonly usdPerAcceleratorHour: number;
}

/** Rented capacity for the demand (2.5). Spot prices include the work that is lost. */
export function rentedFleet(values: Values, load: Load, mode: RentalMode, name: string): RentedFleet {
  const g = needWhole(values, 'capacity.accelerators_per_replica');
  const G = Math.round(values['rent.accelerators_per_instance'] ?? g);
  const X = need(values, 'capacity.requests_per_s_per_replica', 'Renting');
  const headroom = need(values, 'capacity.headroom');
  const sized = sizeDeployment({
    averagePerS: requests(load.averagePerS, 'deployment', 'second'),
    peakPerS: requests(load.peakPerS, 'deployment', 'second'),
    headroom,
    capacityPerReplica: requests(X, 'replica', 'second'),
    acceleratorsPerServer: G,
    acceleratorsPerReplica: g,
    spareServers: 0,
    mostServers: null,
    kwProvisionedPerServer: null,
  });
  if (sized.state !== 'ok') throw new Error('a rental without a limit is always feasible');
  const { servers, replicas } = sized.value;
  const perHour = hourPrice(values, mode);
  const meanInstances = mode === 'scaled' ? scaledInstances(values, load, { G, g, X, headroom }) : servers.bought;
  const rental = meanInstances * G * perHour * 8760;
  const fixedUsdPerYear = need(values, 'rent.fte') * need(values, 'staff.fte_usd_year');
  const serving = (replicasOn(servers.bought, G, g) * X * meanInstances) / servers.bought;
  return {
    kind: 'rent',
    name,
    mode,
    usdPerRequest: rental / (12 * load.requestsPerMonth),
    fixedUsdPerYear,
    usdPerYear: rental + fixedUsdPerYear,
    decline: values['rent.price_decline'] ?? 0,
    acceleratorsPerInstance: G,
    instances: servers.bought,
    meanInstances,
    replicas,
    utilization: load.averagePerS / serving,
    usdPerAcceleratorHour: perHour,
  };
}

/** USD per accelerator-hour of work that survives. */
function hourPrice(values: Values, mode: RentalMode): number {
  const list = need(values, 'rent.usd_per_accelerator_hour', 'Renting');
  if (mode === 'commit')
    return commitment(usd(list, 'instance', 'hour'), need(values, 'rent.commit_discount', 'A commitment'))
      .perInstanceHour;
  if (mode !== 'spot') return list;
  const spot = need(values, 'rent.spot_usd_per_accelerator_hour', 'Spot capacity');
  return spotPrice(usd(spot, 'accelerator', 'hour'), need(values, 'rent.spot_lost_share', 'Spot capacity'));
}

/** Instances that are paid for in a mean hour when each hour runs what it needs (RENT-2), cold starts included. */
function scaledInstances(
  values: Values,
  load: Load,
  { G, g, X, headroom }: { readonly G: number; readonly g: number; readonly X: number; readonly headroom: number },
): number {
  const together = g <= G ? 1 : Math.ceil(g / G);
  const { billedHours } = autoscaledRental({
    hourly: load.hourly,
    capacityPerHour: replicasOn(together, G, g) * X * secondsPerHour,
    headroom,
    leastInstances: Math.round(values['rent.least_instances'] ?? 1),
    coldStartHours: values['rent.cold_start_hours'] ?? 0.25,
    list: usd(0, 'instance', 'hour'),
  });
  return (billedHours * together) / load.hourly.length;
}
