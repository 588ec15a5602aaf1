import {
  annuity,
  ceiling,
  compare,
  floor,
  largest,
  minus,
  over,
  plus,
  rounded,
  straightLine,
  type Term,
  times,
  when,
  wholeUnits,
  words,
} from '../document/formula.ts';
import type { SheetDraft } from '../document/sheet.ts';
import { hoursPerYear, secondsPerMonth } from '../economics/quantity.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { type LineOptions, linesOn } from './workbook-lines.ts';

/** Cells of owned servers that other sheets refer to. Money in USD. */
export interface OwnedCells {
  readonly name: string;
  readonly needed: Term;
  readonly bought: Term;
  readonly utilization: Term;
  readonly capex: Term;
  readonly residual: Term;
  readonly straightLine: Term;
  readonly capexTotal: Term;
  readonly residualTotal: Term;
  readonly opex: Term;
  readonly totalAnnuity: Term;
  readonly totalStraightLine: Term;
  readonly perAcceleratorHour: { readonly annuity: Term; readonly straightLine: Term };
  /** Yearly cost of each line of the bill. */
  readonly lines: readonly { readonly name: string; readonly cell: Term }[];
  /** Smallest purchase that adds capacity; see `Fleet` in procurement. */
  readonly unit: {
    readonly servers: Term;
    readonly peakRequestsPerMonth: Term;
    readonly nominalRequestsPerMonth: Term;
    readonly capex: Term;
    readonly residual: Term;
    readonly opexPerYear: Term;
    readonly usdPerYear: Term;
  };
  readonly fixedUsdPerYear: Term;
  /** With the marginal cost of its requests. */
  readonly usdPerYear: Term;
  readonly straightLineWithMarginal: Term;
  readonly opexWithMarginal: Term;
  readonly lifeMonths: Term;
  readonly lifeYears: Term;
}

/** Owned servers for the demand (sections 2.2 and 2.3), as lines of a sheet. `prefix` begins the names of the cells. */
export function ownedBlock(
  sheet: SheetDraft,
  name: string,
  prefix: string,
  inputs: Inputs,
  demand: DemandCells,
): OwnedCells {
  const { title, section, line } = linesOn(sheet);
  const n = inputs.number;
  const put = (label: string, of: Term<number | string>, id: string, options: LineOptions = {}) =>
    line(label, of, { ...options, name: `${prefix}_${id}` });
  title(`Owned: ${name}`);
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

  section('Capital of one server');
  const P = n('owned.server.price_usd');
  const lifeMonths = put('Life', largest(1, rounded(times(12, n('owned.life_years')))), 'life_months', {
    format: 'whole',
    unit: 'months',
  });
  const life = put('Life', over(lifeMonths, 12), 'life_years', { unit: 'years', why: 'n, in whole months' });
  const usd = (label: string, of: Term, id: string, why: string, unit = 'USD') =>
    put(label, of, id, { format: 'usd', unit, why });
  const capex = usd(
    'Capex',
    plus(times(P, plus(1, n('owned.fabric_share'))), n('owned.server.install_usd')),
    'capex_per_server',
    'P · (1 + f_net) + install',
  );
  const residual = usd('Residual value', times(n('owned.residual_share'), P), 'residual_per_server', 'rho · P');
  const r = n('finance.wacc');
  const eac = usd(
    'Annuity (economic view)',
    annuity(r, life, capex, residual),
    'annuity_per_server',
    'EAC = −PMT(r, n, capex, −RV)',
    'USD/year',
  );
  const sl = usd(
    'Straight line (accounting view)',
    straightLine(capex, residual, life),
    'straight_line_per_server',
    'SL = (capex − RV) / n',
    'USD/year',
  );
  usd('Capital charge', minus(eac, sl), 'capital_charge_per_server', 'EAC − SL', 'USD/year');

  section('Running cost of one server, a year');
  const kWit = n('owned.server.power_kw');
  const factor = put('Facility factor', when(isWord(inputs, 'all-in-utility'), 1, n('site.pue')), 'facility_factor', {
    why: 'PUE; 1 where the power figure is at utility level',
  });
  const kwh = put('Energy', times(kWit, n('owned.load_factor'), factor, hoursPerYear), 'kwh_per_server', {
    format: 'whole',
    unit: 'kWh/year',
    why: 'kW_it · load · PUE · 8,760',
  });
  const energy = usd(
    'Energy',
    when(inputs.flag('site.colo_includes_power'), 0, times(kwh, n('site.usd_per_kwh'))),
    'energy_per_server',
    'kWh · p_kwh; 0 where colocation includes power',
    'USD/year',
  );
  const colo = usd(
    'Colocation',
    times(
      inputs.has('owned.server.power_provisioned_kw') ? n('owned.server.power_provisioned_kw') : kWit,
      n('site.colo_usd_per_kw_month'),
      12,
    ),
    'colocation_per_server',
    'kW_prov · colo · 12',
    'USD/year',
  );
  const maintenance = usd(
    'Maintenance',
    times(n('owned.maintenance_share'), P),
    'maintenance_per_server',
    'm · P',
    'USD/year',
  );
  const licences = usd(
    'Licences',
    times(n('owned.licences_usd_per_accelerator_year'), G),
    'licences_per_server',
    'sw · G',
    'USD/year',
  );

  section('The deployment, a year');
  const fte = plus(n('staff.fte'), times(n('staff.fte_per_server'), bought));
  const staff = usd(
    'Staff',
    times(fte, n('staff.fte_usd_year')),
    'staff',
    '(fte_fixed + fte_server · servers) · fte_usd; of the deployment, not of each server',
    'USD/year',
  );
  const other = usd('Other', times(1, n('owned.other_usd_year')), 'other', '', 'USD/year');
  const running = plus(energy, colo, maintenance, licences);
  const opex = usd(
    'Opex',
    plus(times(bought, running), staff, other),
    'opex',
    'servers · running cost + staff + other',
    'USD/year',
  );
  const result = { role: 'result', format: 'usd', unit: 'USD/year' } as const;
  const totalAnnuity = put('Total with the annuity', plus(times(bought, eac), opex), 'total_annuity', {
    ...result,
    why: 'the one that is ranked',
  });
  const totalStraightLine = put(
    'Total with the straight line',
    plus(times(bought, sl), opex),
    'total_straight_line',
    result,
  );
  const marginal = usd(
    'Marginal cost of its requests',
    times(12, demand.requestsPerMonth, n('self.usd_per_request')),
    'marginal',
    'v_self · requests of a year',
    'USD/year',
  );
  const usdPerYear = put('All that owning costs', plus(totalAnnuity, marginal), 'usd_per_year', result);
  const capexTotal = usd('Capex of all servers', times(bought, capex), 'capex', '');
  const residualTotal = usd('Residual value of all servers', times(bought, residual), 'residual', '');
  const hours = put(
    'Accelerator-hours that serve',
    times(G, needed, hoursPerYear, n('capacity.availability')),
    'accelerator_hours',
    { format: 'whole', unit: 'h/year', why: 'G · servers that serve · 8,760 · A' },
  );
  const perHour = (of: Term, label: string, id: string) =>
    put(label, over(of, hours), id, { format: 'price', unit: 'USD/accelerator-hour', role: 'result' });
  const perAcceleratorHour = {
    annuity: perHour(totalAnnuity, 'Cost of an accelerator-hour, annuity', 'usd_per_accelerator_hour'),
    straightLine: perHour(
      totalStraightLine,
      'Cost of an accelerator-hour, straight line',
      'usd_per_accelerator_hour_sl',
    ),
  };

  section('One more purchase of capacity');
  const staffEach = times(n('staff.fte_per_server'), n('staff.fte_usd_year'));
  const opexEach = plus(running, staffEach);
  const nominal = put(
    'Requests a month at the objective',
    times(when(fits, perServer, 1), X, secondsPerMonth),
    'unit_nominal_requests',
    { format: 'whole', unit: 'requests/month', why: 'replicas of the servers bought together · X_slo · 2,628,000 s' },
  );
  const peak = put('Requests a month below the headroom', over(nominal, headroom), 'unit_peak_requests', {
    format: 'whole',
    unit: 'requests/month',
  });
  const unitOpex = usd('Running cost', times(unitServers, opexEach), 'unit_opex', '', 'USD/year');
  const unitYear = usd(
    'Running cost with the annuity',
    times(unitServers, plus(eac, opexEach)),
    'unit_usd_per_year',
    '',
    'USD/year',
  );
  const fixed = usd(
    'Paid whatever the number of servers',
    minus(totalAnnuity, times(needed, plus(eac, opexEach))),
    'fixed',
    'staff, spares, other',
    'USD/year',
  );
  return {
    ...{
      name,
      needed,
      bought,
      utilization,
      capex,
      residual,
      capexTotal,
      residualTotal,
      opex,
      totalAnnuity,
      totalStraightLine,
    },
    straightLine: sl,
    perAcceleratorHour,
    lines: [
      { name: 'capital (annuity)', cell: times(bought, eac) },
      { name: 'energy', cell: times(bought, energy) },
      { name: 'colocation', cell: times(bought, colo) },
      { name: 'maintenance', cell: times(bought, maintenance) },
      { name: 'licences', cell: times(bought, licences) },
      { name: 'staff', cell: staff },
      { name: 'other', cell: other },
      { name: 'marginal', cell: marginal },
    ],
    unit: {
      servers: unitServers,
      peakRequestsPerMonth: peak,
      nominalRequestsPerMonth: nominal,
      capex: times(unitServers, capex),
      residual: times(unitServers, residual),
      opexPerYear: unitOpex,
      usdPerYear: unitYear,
    },
    fixedUsdPerYear: fixed,
    usdPerYear,
    straightLineWithMarginal: plus(totalStraightLine, marginal),
    opexWithMarginal: plus(opex, marginal),
    lifeMonths,
    lifeYears: life,
  };
}

/** Whether `owned.power_basis` is a word. */
function isWord(inputs: Inputs, word: string): Term<boolean> {
  const basis = inputs.word('owned.power_basis');
  return { text: `${basis.text}="${word}"`, value: basis.value === word, binds: 0 };
}
