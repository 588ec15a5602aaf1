import {
  ceiling,
  compare,
  floor,
  largest,
  over,
  plus,
  rounded,
  type Term,
  times,
  when,
  wholeUnits,
  words,
} from '../document/formula.ts';
import type { SheetDraft } from '../document/sheet.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { type LineOptions, linesOn } from './workbook-lines.ts';

/** Servers for a demand as cells (section 2.2). */
export interface FleetCells {
  readonly acceleratorsPerServer: Term;
  readonly acceleratorsPerReplica: Term;
  /** Requests per second of a replica at the objective. */
  readonly rate: Term;
  /** 1 + headroom. */
  readonly headroom: Term;
  /** Whether a replica fits a server. */
  readonly fits: Term<boolean>;
  /** Below 1 where a replica spreads over servers. */
  readonly replicasPerServer: Term;
  readonly replicas: Term;
  readonly needed: Term;
  readonly bought: Term;
  /** Servers that are bought together: as many as a replica spreads over. */
  readonly together: Term;
  readonly utilization: Term;
}

/** Lines from the demand to whole servers. `prefix` begins the names of the cells. */
export function fleetLines(sheet: SheetDraft, prefix: string, inputs: Inputs, demand: DemandCells): FleetCells {
  const { section, line } = linesOn(sheet);
  const n = inputs.number;
  const put = (label: string, of: Term<number | string>, id: string, options: LineOptions = {}) =>
    line(label, of, { ...options, name: `${prefix}_${id}` });
  section('Servers for the demand');
  const G = put('Accelerators in a server', rounded(n('owned.server.accelerators')), 'accelerators_per_server', {
    format: 'whole',
    why: 'G',
  });
  const g = put(
    'Accelerators of a replica',
    rounded(n('capacity.accelerators_per_replica')),
    'accelerators_per_replica',
    { format: 'whole', why: 'g_r' },
  );
  const X = n('capacity.requests_per_s_per_replica');
  const headroom = plus(1, n('capacity.headroom'));
  const fits = compare(g, '<=', G);
  const perServer = put(
    'Replicas on a server',
    when(fits, floor(over(G, g)), over(1, ceiling(over(g, G), 0))),
    'replicas_per_server',
    { why: 'G / g_r, whole; below 1 where a replica spreads over servers' },
  );
  const replicas = put(
    'Replicas',
    wholeUnits(over(times(largest(demand.peakPerS, demand.averagePerS), headroom), X)),
    'replicas',
    { format: 'whole', why: 'peak rate · (1 + headroom) / X_slo, rounded up' },
  );
  const sized = put(
    'Servers that the demand needs',
    when(fits, wholeUnits(over(replicas, perServer)), times(replicas, ceiling(over(g, G), 0))),
    'servers_sized',
    { format: 'whole', unit: 'servers', why: 'replicas / replicas on a server, rounded up' },
  );
  const needed = put(
    'Servers that serve',
    inputs.has('owned.servers') ? rounded(n('owned.servers')) : times(1, sized),
    'servers_needed',
    { format: 'whole', unit: 'servers', why: inputs.has('owned.servers') ? 'stated' : 'as sized' },
  );
  const bought = put('Servers bought', plus(needed, rounded(n('owned.spare_servers'))), 'servers_bought', {
    format: 'whole',
    unit: 'servers',
    why: 'with spares',
  });
  put('Enough for the demand?', when(compare(needed, '>=', sized), words('yes'), words('no: infeasible')), 'enough');
  const unitServers = put('Servers that are bought together', when(fits, 1, ceiling(over(g, G), 0)), 'unit_servers', {
    format: 'whole',
    unit: 'servers',
    why: 'as many as a replica spreads over',
  });
  const replicasOnBought = when(fits, times(bought, perServer), floor(over(bought, unitServers)));
  const utilization = put('Utilisation', over(demand.averagePerS, times(replicasOnBought, X)), 'utilization', {
    format: 'share',
    why: 'mean rate over what all servers bought could serve at the objective; an output',
  });
  return {
    ...{ acceleratorsPerServer: G, acceleratorsPerReplica: g, rate: X, headroom, fits, replicasPerServer: perServer },
    ...{ replicas, needed, bought, together: unitServers, utilization },
  };
}
