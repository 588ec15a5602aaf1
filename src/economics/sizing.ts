import { type Requests, wholeUnits } from './quantity.ts';
import { requireNonNegative, requirePositive, requireWhole } from './range.ts';
import { type Infeasible, infeasible, type Ok, ok } from './state.ts';

/** What must be bought for a demand (section 2.2). */
export interface SizingInputs {
  /** lambda_avg and lambda_peak, requests per second that the deployment is asked for. */
  readonly averagePerS: Requests<'deployment', 'second'>;
  readonly peakPerS: Requests<'deployment', 'second'>;
  /** Share kept free above the peak. */
  readonly headroom: number;
  /** X_slo. */
  readonly capacityPerReplica: Requests<'replica', 'second'>;
  /** G and g_r. */
  readonly acceleratorsPerServer: number;
  readonly acceleratorsPerReplica: number;
  readonly spareServers: number;
  /** Most servers that may be bought; null where nothing limits them. */
  readonly mostServers: number | null;
  /** kW_prov; null where unknown. */
  readonly kwProvisionedPerServer: number | null;
}

export interface Sizing {
  readonly replicas: number;
  /** Accelerators that serve replicas, spares and leftovers of a server excluded. */
  readonly acceleratorsServing: number;
  readonly acceleratorsBought: number;
  readonly servers: { readonly needed: number; readonly spare: number; readonly bought: number };
  /** U: average demand over what all bought servers could serve at the objective. */
  readonly utilization: number;
  readonly powerKw: number | null;
}

/** Replicas that whole servers hold: floor(G/g_r) each, or one on ceil(g_r/G) servers. */
export function replicasOn(servers: number, acceleratorsPerServer: number, acceleratorsPerReplica: number): number {
  if (acceleratorsPerReplica <= acceleratorsPerServer)
    return servers * Math.floor(acceleratorsPerServer / acceleratorsPerReplica);
  return Math.floor(servers / Math.ceil(acceleratorsPerReplica / acceleratorsPerServer));
}

/** Whole servers that hold `replicas`: the inverse of `replicasOn`. */
export function serversFor(replicas: number, acceleratorsPerServer: number, acceleratorsPerReplica: number): number {
  if (acceleratorsPerReplica <= acceleratorsPerServer)
    return wholeUnits(replicas / Math.floor(acceleratorsPerServer / acceleratorsPerReplica));
  return replicas * Math.ceil(acceleratorsPerReplica / acceleratorsPerServer);
}

/**
 * Replicas, servers and utilisation for a demand at the objective (2.2):
 * replicas = ⌈lambda_peak·(1 + headroom)/X_slo⌉, N_buy = N_needed + N_spare, U = lambda_avg/(replicas on N_buy · X_slo).
 * Utilisation is an output. `infeasible` when more servers are needed than may be bought.
 */
export function sizeDeployment(inputs: SizingInputs): Ok<Sizing> | Infeasible {
  const capacity = requirePositive(inputs.capacityPerReplica, 'capacity per replica');
  const average = requireNonNegative(inputs.averagePerS, 'average demand');
  const peak = requireNonNegative(inputs.peakPerS, 'peak demand');
  requireNonNegative(inputs.headroom, 'headroom');
  const perServer = requireWhole(inputs.acceleratorsPerServer, 'accelerators per server', 1);
  const perReplica = requireWhole(inputs.acceleratorsPerReplica, 'accelerators per replica', 1);
  const spare = requireWhole(inputs.spareServers, 'spare servers');
  const replicas = wholeUnits((Math.max(peak, average) * (1 + inputs.headroom)) / capacity);
  const needed = serversFor(replicas, perServer, perReplica);
  const bought = needed + spare;
  if (inputs.mostServers !== null && bought > inputs.mostServers)
    return infeasible(['above-capacity-at-slo'], { serversNeeded: bought, serversAllowed: inputs.mostServers });
  const serving = replicasOn(bought, perServer, perReplica) * capacity;
  return ok({
    replicas,
    acceleratorsServing: replicas * perReplica,
    acceleratorsBought: bought * perServer,
    servers: { needed, spare, bought },
    utilization: serving > 0 ? average / serving : 0,
    powerKw: inputs.kwProvisionedPerServer === null ? null : bought * inputs.kwProvisionedPerServer,
  });
}
