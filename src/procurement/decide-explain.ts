import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { AssumptionId } from './assumption.ts';
import { apiIds } from './decide-alternative.ts';
import type { DecisionCase } from './decide-case.ts';
import { type EvaluatedOption, type Evaluation, evaluate, purchaseCase } from './decide-evaluate.ts';
import { boxStep, paybackStep } from './decide-explain-fleet.ts';
import { ownedIds } from './decide-fleet.ts';
import type { Decision } from './decide-result.ts';
import type { Entry } from './entry.ts';
import { type Explanation, explainStep, fig } from './explanation.ts';
import { entryIn } from './register.ts';

/** Figures of a decision that `--explain` traces back to their sources. */
export const decisionFigures = [
  'usd_per_year',
  'servers',
  'capex_usd',
  'sustained_requests_per_month',
  'required_utilization',
  'npv_usd',
  'payback_month',
] as const;
export type DecisionFigure = (typeof decisionFigures)[number];

/** @throws UserError `unknown_figure` with the nearest name */
export function decisionFigureOf(text: string): DecisionFigure {
  const id = text.trim().replaceAll('-', '_');
  if ((decisionFigures as readonly string[]).includes(id)) return id as DecisionFigure;
  throw new UserError(
    'unknown_figure',
    `--explain ${text}: there is no such figure; did you mean "${closest(id, [...decisionFigures])}"? It can be ${decisionFigures.join(', ')}; prices of tokens are explained by tokbench cost.`,
  );
}

/** A figure of each option that has it: formula, numbers, and the assumptions in it with the values of that option. */
export function explainDecision(
  figure: DecisionFigure,
  about: DecisionCase,
  decision: Decision,
): { readonly offer: string; readonly steps: readonly Explanation[] }[] {
  const evaluation = evaluate(about, about.values);
  if (figure === 'usd_per_year')
    return evaluation.options.flatMap((option) =>
      option.usdPerYear === null ? [] : [{ offer: option.name, steps: [yearStep(about, option)] }],
    );
  if (figure === 'servers' || figure === 'capex_usd')
    return evaluation.options.flatMap((option) => {
      const step = boxStep(figure, option, (ids) => entriesFor(about, option, ids));
      return step === null ? [] : [{ offer: option.name, steps: [step] }];
    });
  const { own, alternative } = evaluation;
  if (own === null || own.fleet === null || alternative === null) return [];
  const steps =
    figure === 'npv_usd'
      ? [npvStep(about, evaluation, decision)]
      : figure === 'payback_month'
        ? [paybackStep(decision), npvStep(about, evaluation, decision)]
        : crossingSteps(about, own, decision);
  return [{ offer: `${own.name} against ${alternative.name}`, steps }];
}

/** Entries as an option has them: what its offer says stands over the register. */
function entriesFor(
  { register }: DecisionCase,
  { values, name, offer }: EvaluatedOption,
  ids: readonly AssumptionId[],
): Entry[] {
  return ids.flatMap((id) => {
    const value = values[id];
    const own = offer?.entries?.find((entry) => entry.id === id && entry.value === value);
    if (own !== undefined) return [own];
    const entry = entryIn(register, id);
    if (entry === null) return [];
    if (typeof entry.value !== 'number' || value === undefined || value === entry.value) return [entry];
    return [{ ...entry, value, sourceText: null, date: null, origin: `offer ${name}`, source: 'profile' as const }];
  });
}

const capitalIds = ['owned.fabric_share', 'owned.residual_share', 'owned.life_years', 'finance.wacc'] as const;
const runningIds = [
  'site.usd_per_kwh',
  'site.pue',
  'site.colo_usd_per_kw_month',
  'owned.maintenance_share',
  'staff.fte',
  'staff.fte_usd_year',
] as const;
const demandIds = [
  'demand.requests_per_month',
  'demand.peak_to_average',
  'capacity.headroom',
  'owned.spare_servers',
] as const;
const contractIds = [
  'api.negotiated_discount',
  'api.batch_factor',
  'api.regional_uplift',
  'api.retry_share',
  'api.fte',
] as const;
const rentalIds = ['rent.usd_per_accelerator_hour', 'capacity.requests_per_s_per_replica', 'rent.fte'] as const;

function yearStep(about: DecisionCase, option: EvaluatedOption): Explanation {
  const { kind, fleet, rented, api, hybrid, usdPerYear, values } = option;
  const step = (formula: string, numbers: string, ids: readonly AssumptionId[]) =>
    explainStep('usd_per_year', usdPerYear, 'USD per year', formula, numbers, entriesFor(about, option, ids));
  if (hybrid?.state === 'ok' && fleet !== null) {
    const { servers, apiUsdPerYear, fixedUsdPerYear } = hybrid;
    const each = fleet.unit.usdPerYear / fleet.unit.servers;
    const self = usdPerYear! - servers * each - apiUsdPerYear - fixedUsdPerYear;
    return step(
      'servers · cost of a server year + paid to the API + people and the like + v_self of own requests',
      `${fig(servers)} · ${fig(each)} + ${fig(apiUsdPerYear)} + ${fig(fixedUsdPerYear)} + ${fig(self)}`,
      [...ownedIds, ...capitalIds, ...apiIds],
    );
  }
  if (kind === 'own' && fleet !== null) {
    const { cost, sizing } = fleet;
    const { annuity, energy, colocation, maintenance, licencesPerServer, staff } = cost;
    const rest =
      usdPerYear! - sizing.servers.bought * (annuity + energy + colocation + maintenance + licencesPerServer) - staff;
    return step(
      'N_buy · (EAC + energy + colo + maint + licences) + staff + other + v_self · V',
      `${fig(sizing.servers.bought)} · (${[annuity, energy, colocation, maintenance, licencesPerServer].map(fig).join(' + ')}) + ${fig(staff)} + ${fig(Math.abs(rest) < 1e-6 * usdPerYear! ? 0 : rest)}`,
      [...ownedIds, ...capitalIds, ...runningIds, ...demandIds],
    );
  }
  if (rented !== null)
    return step(
      'instances that are paid for · G · price of an accelerator-hour · 8760 + staff',
      `${fig(rented.meanInstances)} · ${fig(rented.acceleratorsPerInstance)} · ${fig(rented.usdPerAcceleratorHour)} · 8760 + ${fig(rented.fixedUsdPerYear)}`,
      [...rentalIds, ...demandIds.slice(0, 3)],
    );
  return step(
    '12 · V · list · (1 − d_negotiated) · batch · uplift · (1 + retries) + fees and staff',
    `12 · ${fig(values['demand.requests_per_month'] ?? null)} · ${fig(api?.usdPerRequest ?? null)} + ${fig(api?.fixedUsdPerYear ?? null)}`,
    [...apiIds, ...contractIds, 'demand.requests_per_month'],
  );
}

/** Both crossing figures: the volume, and the share of all servers bought that it fills. */
function crossingSteps(about: DecisionCase, own: EvaluatedOption, { breakEven }: Decision): Explanation[] {
  const { stairs, line, explanation, requiredUtilization } = breakEven;
  const lasting = breakEven.sustainedRequestsPerMonth !== null;
  const volume = breakEven.sustainedRequestsPerMonth ?? breakEven.firstRequestsPerMonth;
  const servers = lasting ? breakEven.sustainedServers : breakEven.firstServers;
  const ids = [...ownedIds, ...capitalIds, ...apiIds, 'api.fte', 'staff.fte'] as const;
  const inputs = entriesFor(about, own, ids);
  const { unit } = own.fleet!;
  const numbers =
    volume === null || stairs === null || line === null
      ? (explanation ?? 'there is no crossing')
      : `(${fig(stairs.fixed)} + ${fig(stairs.perUnit)} · N − ${fig(line.fixed)}) / ${fig(line.perRequest)}, N for ${fig(volume)}`;
  return [
    explainStep(
      lasting ? 'sustained_requests_per_month' : 'first_requests_per_month',
      volume,
      'requests per month',
      'V_N = (F0 + F1 · N − fixed cost of what it replaces) / (p − v_self), N whole purchases',
      numbers,
      inputs,
    ),
    explainStep(
      'required_utilization',
      requiredUtilization,
      'share',
      'V_N / (servers, spares included · requests of a server at the objective)',
      volume === null
        ? 'there is no crossing'
        : `${fig(volume)} / (${fig(servers)} · ${fig(unit.nominalRequestsPerMonth / unit.servers)})`,
      entriesFor(about, own, ['capacity.requests_per_s_per_replica', 'owned.spare_servers']),
    ),
  ];
}

function npvStep(about: DecisionCase, evaluation: Evaluation, { npv }: Decision): Explanation {
  const own = evaluation.own!;
  const c = purchaseCase(about, evaluation)!;
  const parts: readonly (readonly [string, number])[] = [
    ['capex', c.capex],
    ['RV', c.residual],
    ['n', c.lifeYears],
    ['r', c.wacc],
    ['V0', c.requestsPerMonth],
    ['g', c.growth],
    ['p0', c.apiPerRequest],
    ['d', c.apiDecline],
    ['v_self', c.selfPerRequest],
    ['opex', c.opex],
    ['i', c.opexEscalation],
    ['tau', c.tax],
    ['decommission', c.decommission],
  ];
  return explainStep(
    'npv_usd',
    npv.usd,
    'USD',
    'NPV = −capex + Σ_m cf_m/(1 + r)^(m/12) + (RV − decommission)/(1 + r)^n, y = (m − 1)/12; cf_m = (V0·(1 + g)^y·(p0·(1 − d)^y − v_self) − opex/12·(1 + i)^y)·(1 − tau) + tau·SL/12; servers that growth adds are bought in the month before they serve',
    parts.map(([name, value]) => `${name} ${fig(value)}`).join(', '),
    entriesFor(about, own, [
      'finance.wacc',
      'demand.growth',
      'api.price_decline',
      'owned.life_years',
      ...ownedIds,
      ...apiIds,
    ]),
  );
}
