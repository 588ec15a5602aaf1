import { minus, over, plus, type Term, times, when } from '../document/formula.ts';
import type { SheetDraft } from '../document/sheet.ts';
import { hoursPerYear, secondsPerMonth } from '../economics/quantity.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { type FleetCells, fleetLines } from './workbook-fleet.ts';
import { type LineOptions, linesOn } from './workbook-lines.ts';
import { type ServerCells, serverLines } from './workbook-server.ts';

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
  linesOn(sheet).title(`Owned: ${name}`);
  const put = lineWriter(sheet, prefix);
  const fleet = fleetLines(sheet, prefix, inputs, demand);
  const server = serverLines(sheet, prefix, inputs, fleet);
  const deployment = deploymentLines(sheet, put, { inputs, demand, fleet, server });
  const unit = unitLines(sheet, put, { inputs, fleet, server, totalAnnuity: deployment.totalAnnuity });
  const { needed, bought, utilization } = fleet;
  const { capex, residual, straightLine, lifeMonths, lifeYears } = server;
  return {
    ...{ name, needed, bought, utilization, capex, residual, straightLine, lifeMonths, lifeYears },
    ...deployment,
    ...unit,
  };
}

type Write = (label: string, of: Term, id: string, options?: LineOptions) => Term;
const lineWriter = (sheet: SheetDraft, prefix: string): Write => {
  const { line } = linesOn(sheet);
  return (label, of, id, options = {}) => line(label, of, { ...options, name: `${prefix}_${id}` });
};

const yearly = { format: 'usd', unit: 'USD/year' } as const;
const result = { ...yearly, role: 'result' } as const;

type DeploymentCells = Pick<
  OwnedCells,
  | 'capexTotal'
  | 'residualTotal'
  | 'opex'
  | 'totalAnnuity'
  | 'totalStraightLine'
  | 'perAcceleratorHour'
  | 'lines'
  | 'usdPerYear'
  | 'straightLineWithMarginal'
  | 'opexWithMarginal'
>;

/** All servers bought, with people and whatever else is paid, and the cost of an hour of one accelerator. */
function deploymentLines(
  sheet: SheetDraft,
  put: Write,
  parts: {
    readonly inputs: Inputs;
    readonly demand: DemandCells;
    readonly fleet: FleetCells;
    readonly server: ServerCells;
  },
): DeploymentCells {
  const { demand, fleet, server } = parts;
  const { bought } = fleet;
  const n = parts.inputs.number;
  linesOn(sheet).section('The deployment, a year');
  const fte = plus(n('staff.fte'), times(n('staff.fte_per_server'), bought));
  const why = '(fte_fixed + fte_server · servers) · fte_usd; of the deployment, not of each server';
  const staff = put('Staff', times(fte, n('staff.fte_usd_year')), 'staff', { ...yearly, why });
  const other = put('Other', times(1, n('owned.other_usd_year')), 'other', yearly);
  const spent = plus(times(bought, runningOf(server)), staff, other);
  const opex = put('Opex', spent, 'opex', { ...yearly, why: 'servers · running cost + staff + other' });
  const withAnnuity = plus(times(bought, server.annuity), opex);
  const ranked = { ...result, why: 'the one that is ranked' };
  const totalAnnuity = put('Total with the annuity', withAnnuity, 'total_annuity', ranked);
  const withStraightLine = plus(times(bought, server.straightLine), opex);
  const totalStraightLine = put('Total with the straight line', withStraightLine, 'total_straight_line', result);
  const asked = times(12, demand.requestsPerMonth, n('self.usd_per_request'));
  const marginal = put('Marginal cost of its requests', asked, 'marginal', {
    ...{ ...yearly, why: 'v_self · requests of a year' },
  });
  const usdPerYear = put('All that owning costs', plus(totalAnnuity, marginal), 'usd_per_year', result);
  const usd = { format: 'usd', unit: 'USD' } as const;
  return {
    ...{ opex, totalAnnuity, totalStraightLine, usdPerYear },
    capexTotal: put('Capex of all servers', times(bought, server.capex), 'capex', usd),
    residualTotal: put('Residual value of all servers', times(bought, server.residual), 'residual', usd),
    perAcceleratorHour: hourLines(put, parts.inputs, fleet, { totalAnnuity, totalStraightLine }),
    lines: billOf(fleet, server, { staff, other, marginal }),
    straightLineWithMarginal: plus(totalStraightLine, marginal),
    opexWithMarginal: plus(opex, marginal),
  };
}

const runningOf = ({ energy, colocation, maintenance, licences }: ServerCells): Term =>
  plus(energy, colocation, maintenance, licences);

function hourLines(
  put: Write,
  inputs: Inputs,
  { acceleratorsPerServer, needed }: FleetCells,
  of: Pick<OwnedCells, 'totalAnnuity' | 'totalStraightLine'>,
): OwnedCells['perAcceleratorHour'] {
  const serving = times(acceleratorsPerServer, needed, hoursPerYear, inputs.number('capacity.availability'));
  const hours = put('Accelerator-hours that serve', serving, 'accelerator_hours', {
    ...{ format: 'whole', unit: 'h/year', why: 'G · servers that serve · 8,760 · A' },
  });
  const perHour = (total: Term, label: string, id: string) =>
    put(label, over(total, hours), id, { format: 'price', unit: 'USD/accelerator-hour', role: 'result' });
  const label = 'Cost of an accelerator-hour';
  return {
    annuity: perHour(of.totalAnnuity, `${label}, annuity`, 'usd_per_accelerator_hour'),
    straightLine: perHour(of.totalStraightLine, `${label}, straight line`, 'usd_per_accelerator_hour_sl'),
  };
}

function billOf(
  { bought }: FleetCells,
  server: ServerCells,
  rest: Readonly<Record<'staff' | 'other' | 'marginal', Term>>,
): OwnedCells['lines'] {
  return [
    { name: 'capital (annuity)', cell: times(bought, server.annuity) },
    { name: 'energy', cell: times(bought, server.energy) },
    { name: 'colocation', cell: times(bought, server.colocation) },
    { name: 'maintenance', cell: times(bought, server.maintenance) },
    { name: 'licences', cell: times(bought, server.licences) },
    ...Object.entries(rest).map(([name, cell]) => ({ name, cell })),
  ];
}

/** The smallest purchase that adds capacity, and what is paid whatever the number of servers. */
function unitLines(
  sheet: SheetDraft,
  put: Write,
  {
    inputs,
    fleet,
    server,
    totalAnnuity,
  }: {
    readonly inputs: Inputs;
    readonly fleet: FleetCells;
    readonly server: ServerCells;
    readonly totalAnnuity: Term;
  },
): Pick<OwnedCells, 'unit' | 'fixedUsdPerYear'> {
  const n = inputs.number;
  const { together, fits, replicasPerServer, rate, headroom, needed } = fleet;
  linesOn(sheet).section('One more purchase of capacity');
  const opexEach = plus(runningOf(server), times(n('staff.fte_per_server'), n('staff.fte_usd_year')));
  const volume = { format: 'whole', unit: 'requests/month' } as const;
  const served = times(when(fits, replicasPerServer, 1), rate, secondsPerMonth);
  const nominalRequestsPerMonth = put('Requests a month at the objective', served, 'unit_nominal_requests', {
    ...{ ...volume, why: 'replicas of the servers bought together · X_slo · 2,628,000 s' },
  });
  const below = over(nominalRequestsPerMonth, headroom);
  const peakRequestsPerMonth = put('Requests a month below the headroom', below, 'unit_peak_requests', volume);
  const opexPerYear = put('Running cost', times(together, opexEach), 'unit_opex', yearly);
  const whole = plus(server.annuity, opexEach);
  const usdPerYear = put('Running cost with the annuity', times(together, whole), 'unit_usd_per_year', yearly);
  const fixed = minus(totalAnnuity, times(needed, whole));
  return {
    fixedUsdPerYear: put('Paid whatever the number of servers', fixed, 'fixed', {
      ...{ ...yearly, why: 'staff, spares, other' },
    }),
    unit: {
      ...{ servers: together, peakRequestsPerMonth, nominalRequestsPerMonth, opexPerYear, usdPerYear },
      capex: times(together, server.capex),
      residual: times(together, server.residual),
    },
  };
}
