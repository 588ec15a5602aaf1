import { secondsPerHour } from '../economics/quantity.ts';
import { replicasOn } from '../economics/sizing.ts';
import { UserError } from '../error/user-error.ts';
import type { CaseOffer, DecisionCase } from '../procurement/decide-case.ts';
import { type Values, valuesOf } from '../procurement/decide-values.ts';
import type { CostReport, OfferCost, TokensPerHour } from '../procurement/offer-cost.ts';
import { hoursOf, withValues, wordOf } from '../procurement/register.ts';

/**
 * The offers of a cost report as a case without growth: what a workbook and FOCUS rows are computed from. Each offer carries what
 * its own profiles and its capacity say over the common assumptions. Rows without a yearly cost are left out.
 *
 * @throws UserError `needs_demand` where only a utilisation is stated: there is no volume to recalculate with
 */
export function costCase(report: CostReport): DecisionCase {
  const register = withValues(report.register, still);
  const values = { ...valuesOf(register), ...still };
  if (values['demand.requests_per_month'] === undefined)
    throw new UserError(
      'needs_demand',
      'A workbook and FOCUS rows need a volume: give --demand NAME, or --assume demand.requests_per_month=… and demand.peak_to_average=… .',
    );
  const offers = report.offers
    .filter(({ usdPerHour }) => usdPerHour !== null)
    .map((row): CaseOffer => {
      const own = { ...values, ...numbersOf(row), ...capacityOf(row, values), ...still };
      return {
        name: caseName(report, row),
        kind: row.kind,
        values: Object.fromEntries(Object.entries(own).filter(([id, value]) => values[id as never] !== value)),
        without: [],
        doubts: row.rankable ? [] : [...row.reasons],
        listUsdPerMillion: row.attribution === 'price-ratio' || row.attribution === 'none' ? null : row.usdPerMillion,
      };
    });
  return {
    study: 'cost',
    title: 'What the offers cost',
    register,
    values,
    situation: {
      shape: hoursOf(register, 'demand.hourly'),
      powerBasis: wordOf(register, 'owned.power_basis') as never,
      mostServers: null,
    },
    offers,
    strategy: { core: null, predictable: null, predictableEvidence: null, modelControl: null },
    privacy: { sensitiveShare: 0, apiAllowed: true, rentAllowed: true, sensitivity: null },
    quality: { floor: null, self: null, api: null, equivalence: 'undeclared', check: null },
    limits: { capitalUsd: null, servers: null, budgetUsd: null },
    classes: [],
    interruptible: true,
    expand: true,
    horizonRequestsPerMonth: null,
    weights: {},
    value: {
      ...{ unit: 'request', callsPerTask: 1, usdPerTask: null, reviewUsdPerTask: null },
      ...{ escalate: false, failedShare: null, discardedShare: null, claimedMargin: null },
    },
    doubts: { own: [], rent: [], api: [] },
    simulated: report.simulated,
  };
}

/** An offer as the case of its report calls it: with its capacity, where there are several. */
export function caseName({ offers }: CostReport, { offer, run }: OfferCost): string {
  const several = new Set(offers.flatMap((row) => row.run ?? [])).size > 1;
  return several && run !== null ? `${offer} · ${run}` : offer;
}

/** `cost` looks at one month: nothing grows, falls, or scales by the hour. */
const still: Values = {
  'demand.growth': 0,
  'api.price_decline': 0,
  'rent.price_decline': 0,
  'rent.scales': 0,
  'finance.opex_escalation': 0,
  'self.usd_per_request': 0,
};

const numbersOf = ({ assumptions }: OfferCost): Values =>
  Object.fromEntries(
    assumptions.flatMap(({ id, value }): [string, number][] =>
      typeof value === 'number' ? [[id, value]] : typeof value === 'boolean' ? [[id, Number(value)]] : [],
    ),
  );

/** What the row's capacity and demand amount to, in the ids of the cost model. */
function capacityOf(row: OfferCost, common: Values): Values {
  const { tokensPerHour: tokens, units, utilization, kind } = row;
  if (tokens === null) return {};
  const perHour = common['demand.requests_per_month']! / 730;
  const own = { ...common, ...numbersOf(row) };
  const mix = mixOf(tokens, perHour);
  if (units === null || utilization === null) {
    const contract =
      (1 - (own['api.negotiated_discount'] ?? 0)) *
      (own['api.batch_factor'] ?? 1) *
      (own['api.regional_uplift'] ?? 1) *
      (1 + (own['api.retry_share'] ?? 0));
    return { ...mix, 'api.usd_per_request': (row.usdPerRequest ?? 0) / contract };
  }
  const g = units.accelerators / Math.max(1, units.replicas);
  const copies = replicasOn(units.bought, units.acceleratorsPerUnit, g);
  const box =
    kind === 'own'
      ? { 'owned.server.accelerators': units.acceleratorsPerUnit }
      : { 'rent.accelerators_per_instance': units.acceleratorsPerUnit };
  const list = own['rent.usd_per_accelerator_hour'];
  const spot = kind === 'spot' && own['rent.spot_usd_per_accelerator_hour'] === undefined && list !== undefined;
  return {
    ...mix,
    ...box,
    ...(spot ? { 'rent.spot_usd_per_accelerator_hour': list } : {}),
    'capacity.accelerators_per_replica': g,
    'capacity.requests_per_s_per_replica': perHour / secondsPerHour / (utilization * copies),
  };
}

function mixOf(tokens: TokensPerHour, perHour: number): Values {
  const input = tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite;
  const output = tokens.outputVisible + tokens.outputReasoning;
  const share = (part: number) => (input > 0 ? part / input : 0);
  return {
    'demand.input_tokens': input / perHour,
    'demand.output_tokens': output / perHour,
    'demand.reasoning_tokens': tokens.outputReasoning / perHour,
    'demand.cached_share': share(tokens.cacheRead),
    'demand.cache_write_share': share(tokens.cacheWrite),
  };
}
