import { describe, expect, it } from 'vitest';
import { cellName } from '../../src/document/workbook.ts';
import { renderXlsx } from '../../src/document/xlsx.ts';
import { costReport } from '../../src/procurement/cost.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import type { CostReport } from '../../src/procurement/offer-cost.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';
import { costWorkbook } from '../../src/report/cost-workbook.ts';
import { focusCsv, focusRows } from '../../src/report/focus.ts';
import { costStatement } from '../../src/report/focus-cost.ts';
import { type Recalculated, recalculate } from '../document/recalculate.ts';
import { brokenRules, parseFocus } from './focus-rules.ts';

const date = '2026-11-25';
const assumed = [
  ...['demand.requests_per_month=60000000', 'demand.peak_to_average=2.4', 'demand.growth=0.3'],
  ...['demand.input_tokens=512', 'demand.output_tokens=256', 'demand.cached_share=0.2', 'self.usd_per_request=0.001'],
  ...[
    'owned.server.power_kw=10.96',
    'rent.commit_discount=0.35',
    'rent.usd_per_accelerator_hour=3.1',
    'rent.accelerators_per_instance=8',
    'rent.spot_lost_share=0.04',
    'finance.opex_escalation=0.05',
  ],
];
const perServer = 29.671875 * 8;
const throughput = `input=${perServer * 512},output=${perServer * 256},requests=${perServer},scope=server`;
const names = ['own:h100-sxm', 'rent:lambda/h100-sxm', 'commit', 'spot', 'api:openai/gpt-5-mini'];

function report(more: readonly string[] = [], offers: readonly string[] = names): CostReport {
  const statements = [
    ...assumed.filter((one) => !more.some((other) => one.startsWith(other.split('=')[0]!))),
    ...more,
  ].map(assumedByFlag);
  return costReport({
    capacities: [typedCapacity(throughput)],
    offers: offersOf([...offers], { statements, overrides: [], date }),
    traceOf: () => null,
    ...{ statements, declared: ['purchase'], date },
  });
}

const apart = (a: number, b: number) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

/** Figures of the JSON that are not those of their cells. */
function wrong(json: CostReport, book: Recalculated): unknown[] {
  const prefixes = {
    own: 'out_own',
    rent: 'out_rent',
    commit: 'out_commit',
    spot: 'out_spot',
    api: 'out_api',
  } as const;
  return json.offers.flatMap((row) => {
    const cell = (name: string) => book.named(`${prefixes[row.kind]}_${name}`);
    const { usdPerMillion: price } = row;
    const pairs: [string, number | null, number | string][] = [
      ['hour', row.usdPerHour, (cell('usd_per_year') as number) / 8760],
      ['blended', price.blended, cell('usd_m_blended')],
      ['output only', price.outputOnly, cell('usd_m_output_only')],
      ['input', price.inputUncached, cell('usd_m_input_uncached')],
      ['cached', price.cacheRead, cell('usd_m_cache_read')],
      ['output', price.outputVisible, cell('usd_m_output_visible')],
    ];
    if (row.utilization !== null) pairs.push(['utilisation', row.utilization, cell('utilization')]);
    if (row.kind === 'own')
      pairs.push(
        ['capex', row.capexUsd, cell('capex')],
        ['hour of an accelerator', row.usdPerAcceleratorHour!.annuity, cell('usd_per_accelerator_hour')],
      );
    return pairs
      .filter(([, a, b]) => a === null || typeof b !== 'number' || !(apart(a, b) <= 1e-9))
      .map((pair) => [row.offer, ...pair]);
  });
}

describe('the workbook of a cost report', () => {
  it('gives the figures of the JSON, and those of other assumptions when its cells change', async () => {
    const book = await recalculate(await renderXlsx(costWorkbook(report())));
    expect(wrong(report(), book)).toEqual([]);
    book.change({
      [cellName('finance.wacc')]: 0.11,
      [cellName('site.usd_per_kwh')]: 0.2,
      [cellName('demand.requests_per_month')]: 91_000_000,
      [cellName('staff.fte')]: 0.5,
    });
    const changed = [
      'finance.wacc=0.11',
      'site.usd_per_kwh=0.2',
      'demand.requests_per_month=91000000',
      'staff.fte=0.5',
    ];
    expect(wrong(report(changed), book)).toEqual([]);
  });
  it('shows in every formula cell what it gives', async () => {
    const book = await recalculate(await renderXlsx(costWorkbook(report())));
    for (const { address, cached, value } of book.formulas())
      if (typeof cached === 'number' && typeof value === 'number')
        expect(apart(cached, value) <= 1e-9 || Math.abs(cached - value) < 1e-9, address).toBe(true);
      else expect(value, address).toBe(cached);
  });
  it('asks for a volume where only a utilisation is stated', () => {
    const statements = ['demand.utilization=0.4', 'owned.server.power_kw=10.96'].map(assumedByFlag);
    const offers = offersOf(['own:h100-sxm'], { statements, overrides: [], date });
    const json = costReport({
      capacities: [typedCapacity(throughput)],
      offers,
      traceOf: () => null,
      statements,
      declared: [],
      date,
    });
    expect(() => costWorkbook(json)).toThrow(/need a volume/);
  });
});

describe('a cost report as FOCUS rows', () => {
  it('keeps every rule, and costs a month what the report says', () => {
    const json = report();
    const statement = costStatement(json, { organisation: 'Example Ltd', start: null });
    expect(brokenRules(parseFocus(focusCsv(statement)))).toEqual([]);
    // Nobody ran anything: the throughput was typed.
    expect([...new Set(focusRows(statement).map(({ x_RunId, x_SloMet }) => `${x_RunId} ${x_SloMet}`))]).toEqual([
      'null null',
    ]);
    const first = focusRows(statement).filter(({ ChargePeriodStart }) => ChargePeriodStart === '2026-12-01T00:00:00Z');
    for (const { offer, kind, usdPerHour } of json.offers) {
      if (kind === 'own') continue;
      const billed = first
        .filter(({ x_Option }) => x_Option === offer)
        .reduce((total, row) => total + Number(row.BilledCost), 0);
      expect(apart(billed, usdPerHour! * 730), offer).toBeLessThan(1e-9);
    }
  });
});
