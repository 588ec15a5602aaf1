import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cellName } from '../../src/document/workbook.ts';
import { renderXlsx } from '../../src/document/xlsx.ts';
import type { DecisionCase } from '../../src/procurement/decide-case.ts';
import type { Decision } from '../../src/procurement/decide-result.ts';
import { decisionWorkbook } from '../../src/report/workbook.ts';
import { type Recalculated, recalculate } from '../document/recalculate.ts';
import { type Changes, caseWith, decisionOf } from './decision-sample.ts';

const open = async (about: DecisionCase): Promise<Recalculated> =>
  recalculate(await renderXlsx(decisionWorkbook(about, decisionOf(about))));

/** Relative distance, 0 where both are 0. */
const apart = (a: number, b: number) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));
const tolerance = 1e-9;
/** IRR is iterated by spreadsheets, to seven digits. */
const iterated = 1e-6;

/** Every figure of the JSON that the workbook has, beside its cell. */
function pairs(
  json: Decision,
  book: Recalculated,
): [name: string, json: number | string | null, cell: number | string, within?: number][] {
  const option = (name: string) => json.options.find((row) => row.name === name)!;
  const none = (value: number | null) => value ?? '';
  const own = option('own:h100-sxm');
  const api = option('api:vendor/large');
  const hybrid = json.options.find(({ kind }) => kind === 'hybrid');
  const list: ReturnType<typeof pairs> = [
    ['own annuity', own.usdPerYear.annuity, book.named('out_own_usd_per_year')],
    ['own capex', own.capexUsd, book.named('out_own_capex')],
    ['own accelerator-hour', own.usdPerAcceleratorHour.annuity, book.named('out_own_usd_per_accelerator_hour')],
    [
      'own accelerator-hour, straight line',
      own.usdPerAcceleratorHour.straightLine,
      book.named('out_own_usd_per_accelerator_hour_sl'),
    ],
    ['own servers', own.servers!.bought, book.named('out_own_servers_bought')],
    ['own utilisation', own.utilization, book.named('out_own_utilization')],
    ['own blended', own.usdPerMillion.blended, book.named('out_own_usd_m_blended')],
    ['own output only', own.usdPerMillion.outputOnly, book.named('out_own_usd_m_output_only')],
    ['own input', none(own.usdPerMillion.inputUncached), book.named('out_own_usd_m_input_uncached')],
    ['own cached', none(own.usdPerMillion.cacheRead), book.named('out_own_usd_m_cache_read')],
    ['own written', none(own.usdPerMillion.cacheWrite), book.named('out_own_usd_m_cache_write')],
    ['own output', none(own.usdPerMillion.outputVisible), book.named('out_own_usd_m_output_visible')],
    ['own reasoning', none(own.usdPerMillion.outputReasoning), book.named('out_own_usd_m_output_reasoning')],
    ['second own', option('own:other').usdPerYear.annuity, book.named('out_own2_usd_per_year')],
    ['rent', option('rent:cloud/h100').usdPerYear.annuity, book.named('out_rent_usd_per_year')],
    ['scaled', option('rent:cloud/h100, scaled by the hour').usdPerYear.annuity, book.named('out_scaled_usd_per_year')],
    [
      'scaled utilisation',
      option('rent:cloud/h100, scaled by the hour').utilization,
      book.named('out_scaled_utilization'),
    ],
    ['commit', option('commit:cloud/h100').usdPerYear.annuity, book.named('out_commit_usd_per_year')],
    ['spot', option('spot:cloud/h100').usdPerYear.annuity, book.named('out_spot_usd_per_year')],
    ['api', api.usdPerYear.annuity, book.named('out_api_usd_per_year')],
    ['api input', api.usdPerMillion.inputUncached, book.named('out_api_usd_m_input_uncached')],
    ['api output', api.usdPerMillion.outputVisible, book.named('out_api_usd_m_output_visible')],
    ['second api', option('api:vendor/small').usdPerYear.annuity, book.named('out_api2_usd_per_year')],
    ['first crossing', json.breakEven.firstRequestsPerMonth ?? 'never', book.named('out_be_first_requests')],
    ['lasting crossing', json.breakEven.sustainedRequestsPerMonth ?? 'never', book.named('out_be_sustained_requests')],
    ['utilisation at the first', json.breakEven.firstUtilization ?? 'never', book.named('out_be_required_utilization')],
    ['NPV', json.npv.usd, book.named('out_npv_usd')],
    ['payback', json.npv.paybackMonth ?? 'never', book.named('out_npv_payback_month')],
    ['discounted payback', json.npv.discountedPaybackMonth ?? 'never', book.named('out_npv_discounted_payback_month')],
  ];
  if (json.npv.irr !== null) list.push(['IRR', json.npv.irr, book.named('out_npv_irr'), iterated]);
  if (hybrid?.usdPerYear.annuity != null)
    list.push(
      ['hybrid', hybrid.usdPerYear.annuity, book.named('out_hybrid_usd_per_year')],
      ['hybrid servers', json.hybrid.serversOwned, book.named('out_hybrid_servers')],
      ['hybrid self share', json.hybrid.selfShare, book.named('out_hybrid_self_share')],
      ['critical busy share', json.hybrid.criticalBusyShare, book.named('out_hybrid_critical_busy_share')],
    );
  return list;
}

function compare(json: Decision, book: Recalculated): void {
  const wrong = pairs(json, book).filter(([, a, b, within = tolerance]) =>
    typeof a === 'number' && typeof b === 'number' ? !(apart(a, b) <= within) : a !== b,
  );
  expect(wrong).toEqual([]);
}

/** Several at once, each moving another part of the model. */
const changes: readonly (readonly [string, Changes])[] = [
  ['a dearer server', { 'owned.server.price_usd': 321_000.5 }],
  ['capital for nothing', { 'finance.wacc': 0 }],
  ['a longer life with tax', { 'owned.life_years': 6, 'finance.tax': 0.25, 'finance.wacc': 0.065 }],
  ['a life in odd months', { 'owned.life_years': 3.25 }],
  [
    'twice the demand that grows faster',
    { 'demand.requests_per_month': 62_345_678, 'demand.growth': 0.55, 'demand.peak_to_average': 2.2 },
  ],
  ['a shrinking demand', { 'demand.growth': -0.3, 'api.price_decline': 0 }],
  ['power inside the rent', { 'site.colo_includes_power': true, 'site.colo_usd_per_kw_month': 260 }],
  [
    'a replica over two servers',
    { 'capacity.accelerators_per_replica': 16, 'capacity.requests_per_s_per_replica': 31 },
  ],
  ['a replica of three', { 'capacity.accelerators_per_replica': 3, 'capacity.requests_per_s_per_replica': 6.6 }],
  ['no spares', { 'owned.spare_servers': 0 }],
  ['an API for little', { 'api.usd_per_request': 0.0004 }],
  [
    'an API for a lot, with a discount',
    { 'api.usd_per_request': 0.009, 'api.negotiated_discount': 0.2, 'api.retry_share': 0.02 },
  ],
  ['another mix', { 'demand.cached_share': 0, 'demand.output_tokens': 900, 'cost.output_input_ratio': 4 }],
  ['other people', { 'staff.fte': 1.5, 'staff.fte_per_server': 0.1, 'api.fte': 3 }],
];

describe('the workbook of a decision, recalculated by an independent evaluator (INV-17)', () => {
  it('gives the figures of the JSON when it is recalculated', async () => {
    const about = caseWith();
    compare(decisionOf(about), await open(about));
  });

  it('shows in every formula cell what it gives', async () => {
    const cells = (await open(caseWith())).formulas();
    expect(cells.length).toBeGreaterThan(2000);
    const wrong = cells.filter(({ cached, value }) =>
      typeof cached === 'number' && typeof value === 'number'
        ? !(apart(cached, value) <= iterated || Math.abs(cached - value) < 1e-6)
        : cached !== value,
    );
    expect(wrong).toEqual([]);
  });

  describe('follows when its cells change', () => {
    let book: Recalculated;
    let before: Readonly<Record<string, number | string>>;
    beforeAll(async () => {
      book = await open(caseWith());
    });
    afterEach(() => book.change(before));

    it.each(changes)('%s', (_, change) => {
      const cells = Object.fromEntries(Object.entries(change).map(([id, value]) => [cellName(id), value]));
      before = Object.fromEntries(Object.keys(cells).map((name) => [name, book.typed(name)]));
      book.change(cells);
      compare(decisionOf(caseWith(change)), book);
      for (const name of book.names.filter((each) => each.endsWith('_reconciliation')))
        expect(Math.abs(Number(book.named(name))), name).toBeLessThan(1e-12);
    });

    it('says so where a life is longer than its months have rows', () => {
      before = { owned_life_years: book.typed('owned_life_years') };
      book.change({ owned_life_years: 12 });
      expect(book.named('out_npv_usd')).toBe('beyond 120 months');
    });
  });
});
