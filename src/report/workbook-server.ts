import {
  annuity,
  largest,
  minus,
  over,
  plus,
  rounded,
  straightLine,
  type Term,
  times,
  when,
} from '../document/formula.ts';
import type { SheetDraft } from '../document/sheet.ts';
import { hoursPerYear } from '../economics/quantity.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { FleetCells } from './workbook-fleet.ts';
import { linesOn } from './workbook-lines.ts';

/** What one owned server costs, in USD and USD a year (section 2.3). */
export interface ServerCells {
  readonly lifeMonths: Term;
  readonly lifeYears: Term;
  readonly capex: Term;
  readonly residual: Term;
  readonly annuity: Term;
  readonly straightLine: Term;
  readonly energy: Term;
  readonly colocation: Term;
  readonly maintenance: Term;
  readonly licences: Term;
}

/** Lines of the capital and the running cost of one server. `prefix` begins the names of the cells. */
export function serverLines(sheet: SheetDraft, prefix: string, inputs: Inputs, fleet: FleetCells): ServerCells {
  return { ...capitalLines(sheet, prefix, inputs), ...runningLines(sheet, prefix, inputs, fleet) };
}

function capitalLines(
  sheet: SheetDraft,
  prefix: string,
  inputs: Inputs,
): Pick<ServerCells, 'lifeMonths' | 'lifeYears' | 'capex' | 'residual' | 'annuity' | 'straightLine'> {
  const { section, line } = linesOn(sheet);
  const n = inputs.number;
  const usd = (label: string, of: Term, id: string, why: string, unit = 'USD') =>
    line(label, of, { name: `${prefix}_${id}`, format: 'usd', unit, why });
  section('Capital of one server');
  const P = n('owned.server.price_usd');
  const lifeMonths = line('Life', largest(1, rounded(times(12, n('owned.life_years')))), {
    ...{ name: `${prefix}_life_months`, format: 'whole', unit: 'months' },
  });
  const lifeYears = line('Life', over(lifeMonths, 12), {
    ...{ name: `${prefix}_life_years`, unit: 'years', why: 'n, in whole months' },
  });
  const paid = plus(times(P, plus(1, n('owned.fabric_share'))), n('owned.server.install_usd'));
  const capex = usd('Capex', paid, 'capex_per_server', 'P · (1 + f_net) + install');
  const residual = usd('Residual value', times(n('owned.residual_share'), P), 'residual_per_server', 'rho · P');
  const eac = usd(
    'Annuity (economic view)',
    annuity(n('finance.wacc'), lifeYears, capex, residual),
    'annuity_per_server',
    'EAC = −PMT(r, n, capex, −RV)',
    'USD/year',
  );
  const sl = usd(
    'Straight line (accounting view)',
    straightLine(capex, residual, lifeYears),
    'straight_line_per_server',
    'SL = (capex − RV) / n',
    'USD/year',
  );
  usd('Capital charge', minus(eac, sl), 'capital_charge_per_server', 'EAC − SL', 'USD/year');
  return { lifeMonths, lifeYears, capex, residual, annuity: eac, straightLine: sl };
}

function runningLines(
  sheet: SheetDraft,
  prefix: string,
  inputs: Inputs,
  { acceleratorsPerServer }: FleetCells,
): Pick<ServerCells, 'energy' | 'colocation' | 'maintenance' | 'licences'> {
  const { section, line } = linesOn(sheet);
  const n = inputs.number;
  const usd = (label: string, of: Term, id: string, why: string) =>
    line(label, of, { name: `${prefix}_${id}`, format: 'usd', unit: 'USD/year', why });
  section('Running cost of one server, a year');
  const kWit = n('owned.server.power_kw');
  const provisioned = inputs.has('owned.server.power_provisioned_kw') ? n('owned.server.power_provisioned_kw') : kWit;
  const factor = line('Facility factor', when(isWord(inputs, 'all-in-utility'), 1, n('site.pue')), {
    ...{ name: `${prefix}_facility_factor`, why: 'PUE; 1 where the power figure is at utility level' },
  });
  const kwh = line('Energy', times(kWit, n('owned.load_factor'), factor, hoursPerYear), {
    ...{ name: `${prefix}_kwh_per_server`, format: 'whole', unit: 'kWh/year', why: 'kW_it · load · PUE · 8,760' },
  });
  const bought = when(inputs.flag('site.colo_includes_power'), 0, times(kwh, n('site.usd_per_kwh')));
  const rented = times(provisioned, n('site.colo_usd_per_kw_month'), 12);
  const kept = times(n('owned.maintenance_share'), n('owned.server.price_usd'));
  const licensed = times(n('owned.licences_usd_per_accelerator_year'), acceleratorsPerServer);
  return {
    energy: usd('Energy', bought, 'energy_per_server', 'kWh · p_kwh; 0 where colocation includes power'),
    colocation: usd('Colocation', rented, 'colocation_per_server', 'kW_prov · colo · 12'),
    maintenance: usd('Maintenance', kept, 'maintenance_per_server', 'm · P'),
    licences: usd('Licences', licensed, 'licences_per_server', 'sw · G'),
  };
}

/** Whether `owned.power_basis` is a word. */
function isWord(inputs: Inputs, word: string): Term<boolean> {
  const basis = inputs.word('owned.power_basis');
  return { text: `${basis.text}="${word}"`, value: basis.value === word, binds: 0 };
}
