import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { AssumptionId } from './assumption.ts';
import type { Entry, Register } from './entry.ts';
import { explainBill } from './explain-bill.ts';
import { type Explanation, explainStep, fig } from './explanation.ts';
import type { OfferCost } from './offer-cost.ts';
import { entryIn } from './register.ts';

export type { Explanation } from './explanation.ts';

/** Figures that `--explain` traces back to their sources. */
export const explainable = [
  'usd_per_million_blended',
  'usd_per_million_input',
  'usd_per_million_cached',
  'usd_per_million_cache_write',
  'usd_per_million_output',
  'usd_per_million_reasoning',
  'usd_per_million_output_only',
  'usd_per_hour',
  'usd_per_accelerator_hour',
  'usd_per_request',
  'utilization',
  'servers',
  'energy_usd_per_million',
] as const;
export type Explainable = (typeof explainable)[number];

/** @throws UserError `unknown_figure` with the nearest name */
export function explainableOf(text: string): Explainable {
  const id = text.trim().replaceAll('-', '_');
  if ((explainable as readonly string[]).includes(id)) return id as Explainable;
  throw new UserError(
    'unknown_figure',
    `--explain ${text}: there is no such figure; did you mean "${closest(id, [...explainable])}"? It can be ${explainable.join(', ')}.`,
  );
}

const priceKeys = {
  usd_per_million_blended: 'blended',
  usd_per_million_input: 'inputUncached',
  usd_per_million_cached: 'cacheRead',
  usd_per_million_cache_write: 'cacheWrite',
  usd_per_million_output: 'outputVisible',
  usd_per_million_reasoning: 'outputReasoning',
  usd_per_million_output_only: 'outputOnly',
} as const;

/** The formula of a figure with its numbers, then those of what went into it, down to the assumptions. */
export function explain(id: Explainable, row: OfferCost, register: Register): Explanation[] {
  const used = (ids: readonly AssumptionId[]): Entry[] => ids.flatMap((each) => entryIn(register, each) ?? []);
  const bill = () => explainBill(row, used);
  const tokens = tokensStep(row, used);
  switch (id) {
    case 'usd_per_hour':
      return bill();
    case 'usd_per_accelerator_hour':
      return [acceleratorStep(row, used), ...bill()];
    case 'usd_per_request':
      return [requestStep(row, used), ...bill()];
    case 'utilization':
    case 'servers':
      return [sizeStep(row, used)];
    case 'energy_usd_per_million':
      return [energyStep(row), ...bill().filter(({ id: step }) => step === 'energy'), tokens];
    default:
      return [priceStep(id, row, used), ...bill(), tokens];
  }
}

type Used = (ids: readonly AssumptionId[]) => Entry[];

function priceStep(id: keyof typeof priceKeys, row: OfferCost, used: Used): Explanation {
  const value = row.usdPerMillion[priceKeys[id]];
  const t = row.tokensPerHour;
  const total = row.reconciliation?.billedUsdPerHour ?? row.usdPerHour;
  const step = (formula: string, numbers: string, ids: readonly AssumptionId[] = []) =>
    explainStep(id, value, 'USD per 1,000,000 tokens', formula, numbers, used(ids));
  if (value === null || t === null || total === null)
    return step(
      'no such tokens, or no price of them',
      row.tokensPerHour === null ? 'priced by request; no demand is given' : 'none',
    );
  const [input, output] = [t.inputUncached + t.cacheWrite + t.cacheRead, t.outputVisible + t.outputReasoning];
  if (id === 'usd_per_million_blended')
    return step('c_b = C_h · 1e6 / (in_h + out_h)', `${fig(total)} · 1e6 / (${fig(input)} + ${fig(output)})`);
  if (id === 'usd_per_million_output_only')
    return step("c_o' = C_h · 1e6 / out_h, all cost on output", `${fig(total)} · 1e6 / ${fig(output)}`);
  const onOutput = id === 'usd_per_million_output' || id === 'usd_per_million_reasoning';
  const { coefficients } = row;
  if (row.attribution === 'price-ratio') {
    const { ratio = 1, cachedRatio = 1 } = coefficients;
    const c = `C_h · 1e6 / ((in_h + ratio_c · cached_h)/ratio + out_h)`;
    const below = `((${fig(t.inputUncached + t.cacheWrite)} + ${fig(cachedRatio)} · ${fig(t.cacheRead)})/${fig(ratio)} + ${fig(output)})`;
    const tail = onOutput ? '' : id === 'usd_per_million_cached' ? ' / ratio · ratio_c' : ' / ratio';
    const numbersTail = onOutput
      ? ''
      : id === 'usd_per_million_cached'
        ? ` / ${fig(ratio)} · ${fig(cachedRatio)}`
        : ` / ${fig(ratio)}`;
    return step(`${onOutput ? 'c_out' : 'c_in'} = ${c}${tail}`, `${fig(total)} · 1e6 / ${below}${numbersTail}`, [
      'cost.output_input_ratio',
      'cost.cached_input_ratio',
    ]);
  }
  if (row.attribution === 'regression') {
    const { alpha = 0, alphaCached = 0, beta = 0, kappa = 1 } = coefficients;
    const seconds = onOutput ? beta : id === 'usd_per_million_cached' ? alphaCached : alpha;
    const hour = row.usdPerAcceleratorHour?.annuity ?? 0;
    return step(
      'c = coefficient · C_gpuh / 3600 · 1e6 · kappa',
      `${fig(seconds)} · ${fig(hour)} / 3600 · 1e6 · ${fig(kappa)}`,
    );
  }
  const { factor = 1 } = coefficients;
  return step(
    'list rate · factor; the factor holds discount, tiers, retries and fees',
    `${fig(value / factor)} · ${fig(factor)}`,
    [
      'api.negotiated_discount',
      'api.batch_factor',
      'api.regional_uplift',
      'api.retry_share',
      'api.fixed_usd_per_month',
    ],
  );
}

function tokensStep(row: OfferCost, used: Used): Explanation {
  const t = row.tokensPerHour;
  const ids: readonly AssumptionId[] = [
    'demand.requests_per_month',
    'demand.input_tokens',
    'demand.output_tokens',
    'demand.cached_share',
    'demand.utilization',
  ];
  const total = t === null ? null : Object.values(t).reduce((a, b) => a + b, 0);
  const from = row.run === null ? '' : `; capacity from ${row.run}`;
  const parts =
    t === null
      ? 'unknown'
      : `uncached ${fig(t.inputUncached)}, cached ${fig(t.cacheRead)}, written ${fig(t.cacheWrite)}, visible ${fig(t.outputVisible)}, reasoning ${fig(t.outputReasoning)}`;
  const inputs = used(ids);
  const formula = inputs.some(({ id }) => id === 'demand.utilization')
    ? 'U · capacity of the bought boxes at the objectives · 3600'
    : 'V0/730 · (I, O)';
  return explainStep('tokens_per_hour', total, 'delivered tokens per hour', formula, parts + from, inputs);
}

function acceleratorStep(row: OfferCost, used: Used): Explanation {
  const value = row.usdPerAcceleratorHour?.annuity ?? null;
  if (row.kind === 'own' && row.units !== null && row.usdPerHour !== null) {
    const { acceleratorsPerUnit: G, needed } = row.units;
    const [A] = used(['capacity.availability']);
    return explainStep(
      'usd_per_accelerator_hour',
      value,
      'USD per serving accelerator-hour',
      'C_gpuh = C_h / (G · N_needed · A)',
      `${fig(row.usdPerHour)} / (${G} · ${needed} · ${fig(Number(A?.value ?? 1))})`,
      used(['owned.server.accelerators', 'capacity.availability']),
    );
  }
  const ids: readonly AssumptionId[] = [
    'rent.usd_per_accelerator_hour',
    ...(row.kind === 'commit' ? (['rent.commit_discount'] as const) : []),
    ...(row.kind === 'spot' ? (['rent.spot_lost_share'] as const) : []),
  ];
  const formula = {
    rent: 'list',
    commit: 'list · (1 − d_commit)',
    spot: 'spot / (1 − lost_fraction)',
    own: '',
    api: 'an API has no accelerators',
  }[row.kind];
  const inputs = row.kind === 'api' ? [] : used(ids);
  return explainStep(
    'usd_per_accelerator_hour',
    value,
    'USD per accelerator-hour',
    formula,
    inputs.map((entry) => fig(Number(entry.value))).join(', ') || 'none',
    inputs,
  );
}

function requestStep(row: OfferCost, used: Used): Explanation {
  if (row.kind === 'api')
    return explainStep(
      'usd_per_request',
      row.usdPerRequest,
      'USD per request',
      'list · (1 − d_negotiated) · batch_factor · regional_uplift · (1 + retry_share)',
      row.prices.map(({ source, date }) => `${source}, ${date}`).join('; ') || 'list price per request',
      used([
        'api.usd_per_request',
        'api.negotiated_discount',
        'api.batch_factor',
        'api.regional_uplift',
        'api.retry_share',
      ]),
    );
  const perHour = row.usdPerHour !== null && row.usdPerRequest !== null ? row.usdPerHour / row.usdPerRequest : null;
  return explainStep(
    'usd_per_request',
    row.usdPerRequest,
    'USD per request',
    'C_h / requests per hour',
    `${fig(row.usdPerHour)} / ${fig(perHour)}`,
    used(['demand.requests_per_month', 'demand.utilization']),
  );
}

function sizeStep(row: OfferCost, used: Used): Explanation {
  const { units } = row;
  const ids: readonly AssumptionId[] = [
    'demand.requests_per_month',
    'demand.peak_to_average',
    'demand.utilization',
    'capacity.headroom',
    'owned.spare_servers',
    'owned.server.accelerators',
    'capacity.requests_per_s_per_replica',
  ];
  const numbers =
    units === null
      ? 'none'
      : `${units.replicas} replicas on ${units.needed} boxes of ${units.acceleratorsPerUnit} accelerators, ${units.spare} spare, ${units.bought} bought; capacity from ${row.run}`;
  return explainStep(
    'utilization',
    row.utilization,
    'share of the capacity at the objectives',
    'replicas = ⌈lambda_peak · (1 + headroom)/X_slo⌉ ; U = lambda_avg/(replicas on N_buy · X_slo)',
    numbers,
    used(ids),
  );
}

function energyStep(row: OfferCost): Explanation {
  const { energy } = row;
  return explainStep(
    'energy_usd_per_million',
    energy?.usdPerMillion ?? null,
    'USD per 1,000,000 tokens',
    energy?.basis.startsWith('measured')
      ? 'power of the run / (input + output tokens per second) / 3.6 · facility factor · USD/kWh'
      : 'energy of the deployment per hour · 1e6 / tokens per hour',
    energy === null ? 'no energy of its own' : `basis ${energy.basis}`,
    [],
  );
}
