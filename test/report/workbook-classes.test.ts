import { describe, expect, it } from 'vitest';
import { cellName } from '../../src/document/workbook.ts';
import { renderXlsx } from '../../src/document/xlsx.ts';
import type { Decision } from '../../src/procurement/decide-result.ts';
import { decisionWorkbook } from '../../src/report/workbook.ts';
import { type Recalculated, recalculate } from '../document/recalculate.ts';
import { type Changes, caseWith, decisionOf } from './decision-sample.ts';

const like = { sensitive: false, qualityOwn: 0.9, apiFactor: 1, acceleratorFactor: 1 };
const classes = [
  { ...like, name: 'search', share: 0.3, apiFactor: 0.4, acceleratorFactor: 0.5 },
  { ...like, name: 'notes', share: 0.35, sensitive: true },
  { ...like, name: 'review', share: 0.2, qualityOwn: 0.5, apiFactor: 3, acceleratorFactor: 2 },
  { ...like, name: 'invoices', share: 0.15, qualityOwn: null, apiFactor: 1.4 },
];
const quality = { floor: 0.8, self: 0.9, api: 0.95, equivalence: 'declared', check: null } as const;
const closed = { sensitiveShare: 0.35, apiAllowed: false, rentAllowed: true, sensitivity: 'confidential' };
const caseOf = (changes: Changes = {}, servers: number | null = null) =>
  caseWith(changes, { classes, quality, privacy: closed, limits: { capitalUsd: null, servers, budgetUsd: null } });

function expectSame({ options, hybrid }: Decision, book: Recalculated): void {
  const plan = options.find(({ kind }) => kind === 'hybrid')!;
  expect(hybrid.method).toBe('class-split');
  const pairs: [string, number | null, string][] = [
    ['a year', plan.usdPerYear.annuity, 'out_hybrid_usd_per_year'],
    ['capex', plan.capexUsd, 'out_hybrid_capex'],
    ['servers', hybrid.serversOwned, 'out_hybrid_servers'],
    ['share', hybrid.selfShare, 'out_hybrid_self_share'],
  ];
  for (const [name, ours, cell] of pairs) {
    const theirs = book.named(cell) as number;
    expect(Math.abs(ours! - theirs) / Math.max(1, Math.abs(ours!)), `${name}: ${ours} and ${theirs}`).toBeLessThan(
      1e-9,
    );
  }
}

describe('a split by classes in the workbook', () => {
  it('gives the plan of the JSON, and that of other assumptions when its cells change', async () => {
    const book = await recalculate(await renderXlsx(decisionWorkbook(caseOf(), decisionOf(caseOf()))));
    expectSame(decisionOf(caseOf()), book);
    for (const changes of [
      { 'demand.requests_per_month': 55_000_000 },
      { 'owned.server.price_usd': 120_000 },
      { 'api.usd_per_request': 0.009 },
    ]) {
      const cells = Object.entries(changes).map(([id, value]) => [cellName(id), value]);
      book.change(Object.fromEntries(cells));
      expectSame(decisionOf(caseOf(changes)), book);
      book.change(Object.fromEntries(Object.keys(changes).map((id) => [cellName(id), caseOf().values[id]!])));
    }
  });

  it('buys no more servers than the study allows', async () => {
    const limited = caseOf({ 'api.usd_per_request': 0.02 }, 2);
    const book = await recalculate(await renderXlsx(decisionWorkbook(limited, decisionOf(limited))));
    expectSame(decisionOf(limited), book);
    expect(book.named('out_hybrid_servers')).toBeLessThanOrEqual(2);
  });

  it('shows in every formula cell what it gives', async () => {
    const book = await recalculate(await renderXlsx(decisionWorkbook(caseOf(), decisionOf(caseOf()))));
    const shown = book.formulas().filter(({ address }) => address.startsWith('Hybrid!'));
    expect(shown.length).toBeGreaterThan(100);
    for (const { address, cached, value } of shown)
      if (typeof cached !== 'number') expect(value, address).toBe(cached);
      else expect(Math.abs(cached - (value as number)) <= 1e-9 * Math.max(1, Math.abs(cached)), address).toBe(true);
  });
});
