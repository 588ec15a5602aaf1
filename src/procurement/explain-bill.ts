import type { AssumptionId } from './assumption.ts';
import type { Entry } from './entry.ts';
import { type Explanation, explainStep, fig } from './explanation.ts';
import type { CostLine, OfferCost } from './offer-cost.ts';

/** The bill of an offer, line by line. */
export function explainBill(row: OfferCost, used: (ids: readonly AssumptionId[]) => Entry[]): Explanation[] {
  if (row.usdPerHour === null)
    return [
      explainStep(
        'usd_per_hour',
        null,
        'USD per hour',
        'requests per hour · USD per request',
        'no demand says how many requests there are',
        [],
      ),
    ];
  const lines = row.lines.filter(({ usdPerHour }) => usdPerHour !== 0);
  const sum = lines.map(({ name, usdPerHour }) => `${name} ${fig(usdPerHour)}`).join(' + ');
  return [
    explainStep('usd_per_hour', row.usdPerHour, 'USD per hour, the deployment', 'C_h = sum of its lines', sum, []),
    ...lines.map((line) => lineStep(line, row, used)),
  ];
}

interface Line {
  readonly formula: string;
  readonly ids: readonly AssumptionId[];
}
const formulas: Readonly<Record<CostLine['name'], Line>> = {
  capital: {
    formula: 'N_buy · (P·(1 + f_net) + install − rho·P/(1 + r)^n) · r/(1 − (1 + r)^−n) / 8760',
    ids: [
      'owned.server.price_usd',
      'owned.server.install_usd',
      'owned.fabric_share',
      'owned.residual_share',
      'owned.life_years',
      'finance.wacc',
    ],
  },
  energy: {
    formula: 'N_buy · kW_it · load · PUE · p_kwh (PUE 1 where the power includes the facility)',
    ids: ['owned.server.power_kw', 'owned.power_basis', 'owned.load_factor', 'site.pue', 'site.usd_per_kwh'],
  },
  colocation: {
    formula: 'N_buy · kW_prov · colo · 12 / 8760',
    ids: ['owned.server.power_provisioned_kw', 'site.colo_usd_per_kw_month'],
  },
  maintenance: { formula: 'N_buy · m · P / 8760', ids: ['owned.maintenance_share', 'owned.server.price_usd'] },
  licences: {
    formula: 'N_buy · G · sw / 8760',
    ids: ['owned.licences_usd_per_accelerator_year', 'owned.server.accelerators'],
  },
  staff: {
    formula: '(fte_fixed + fte_server · N_buy) · fte_usd / 8760',
    ids: ['staff.fte', 'staff.fte_per_server', 'staff.fte_usd_year'],
  },
  other: { formula: 'other / 8760', ids: ['owned.other_usd_year'] },
  rental: {
    formula: 'instances · accelerators per instance · price per accelerator-hour',
    ids: ['rent.usd_per_accelerator_hour'],
  },
  api: {
    formula: 'requests per hour · USD per request',
    ids: ['demand.requests_per_month', 'api.usd_per_request', 'api.negotiated_discount'],
  },
  fixed: { formula: 'fixed / 730', ids: ['api.fixed_usd_per_month'] },
};

function lineStep(line: CostLine, row: OfferCost, used: (ids: readonly AssumptionId[]) => Entry[]): Explanation {
  const { formula, ids } = rentedStaff(line, row) ?? formulas[line.name];
  const more: AssumptionId[] =
    row.kind === 'commit' ? ['rent.commit_discount'] : row.kind === 'spot' ? ['rent.spot_lost_share'] : [];
  const inputs = used(line.name === 'rental' ? [...ids, ...more] : ids);
  const bought = row.units === null ? '' : `N = ${row.units.bought}; `;
  const numbers = inputs.map(
    ({ symbol, value }) => `${symbol} = ${typeof value === 'number' ? fig(value) : String(value)}`,
  );
  return explainStep(line.name, line.usdPerHour, 'USD per hour', formula, bought + numbers.join(', '), inputs);
}

function rentedStaff(line: CostLine, row: OfferCost): Line | null {
  if (line.name !== 'staff' || row.kind === 'own') return null;
  const id = row.kind === 'api' ? 'api.fte' : 'rent.fte';
  return { formula: 'FTE · fte_usd / 8760', ids: [id, 'staff.fte_usd_year'] };
}
