import { describe, expect, it } from 'vitest';
import { type OwnedDeployment, ownedCost } from '../../src/economics/ownership.ts';
import { usd } from '../../src/economics/quantity.ts';
import { type LoadedStudy, loadStudy, parseStudy } from '../../src/procurement/study.ts';
import { decideStudy } from '../../src/procurement/study-decide.ts';
import { type FocusOption, type FocusStatement, focusCsv, focusRows } from '../../src/report/focus.ts';
import { apiCharges, ownedCharges, rentedCharges } from '../../src/report/focus-charge.ts';
import { decisionStatement } from '../../src/report/focus-decision.ts';
import { caseWith, decisionOf } from './decision-sample.ts';
import { brokenRules, parseFocus } from './focus-rules.ts';

/** OWN-1 of the golden vectors. */
const own1: OwnedDeployment = {
  price: usd(285_000, 'server', 'once'),
  install: usd(22_300, 'server', 'once'),
  fabricShare: 0.1,
  residualShare: 0.2,
  lifeYears: 4,
  wacc: 0.08,
  acceleratorsPerServer: 8,
  kwIt: 10.96,
  kwProvisioned: 10.96,
  loadFactor: 0.7,
  pue: 1.3,
  usdPerKwh: 0.12,
  colocationUsdPerKwMonth: 150,
  colocationIncludesPower: false,
  maintenanceShare: 0.05,
  licences: usd(0, 'accelerator', 'year'),
  fteFixed: 0.25,
  ftePerServer: 0,
  fteUsdPerYear: 216_000,
  other: usd(0, 'deployment', 'year'),
  serversNeeded: 1,
  serversBought: 1,
  availability: 1,
};

const option = (
  kind: FocusOption['kind'],
  charges: FocusOption['charges'],
  more: Partial<FocusOption> = {},
): FocusOption => ({
  option: kind,
  kind,
  runId: null,
  state: 'ok',
  sloMet: true,
  utilization: 0.4,
  costBasis: 'allocation',
  attribution: { method: 'price-ratio', details: { ratio: 2.5 } },
  provider: kind === 'own' ? 'Example Ltd' : 'Vendor',
  service: 'Model serving',
  sku: { id: `sku-${kind}`, details: { GpuCount: 8, x_Model: 'demo, "quoted"' } },
  resource: kind === 'api' ? null : { name: '8 x H100', type: 'GPU server' },
  charges,
  ...more,
});

const owned = (more: Partial<OwnedDeployment> = {}, decommissionUsd = 0, escalation = 0) => {
  const purchase = { ...own1, ...more };
  const { energy, colocation, maintenance, staff } = ownedCost(purchase);
  const servers = purchase.serversBought;
  const kwh = { quantity: 10.96 * 0.7 * 1.3 * 8760 * servers, unit: 'Kilowatt-Hours' };
  const running = [
    { meter: 'Energy', usdPerYear: servers * energy, metered: kwh },
    { meter: 'Colocation', usdPerYear: servers * colocation, metered: null },
    { meter: 'Maintenance', usdPerYear: servers * maintenance, metered: null },
    { meter: 'Licences', usdPerYear: 0, metered: null },
    { meter: 'Staff', usdPerYear: staff, metered: null },
  ];
  return option(
    'own',
    ownedCharges({ purchase, servers, acceleratorsPerServer: 8, running, decommissionUsd, escalation }),
  );
};
const month = (contractedUsdPerHour: number) => ({
  acceleratorHours: 16 * 730,
  listUsdPerHour: 3.9,
  contractedUsdPerHour,
});
const rented = (kind: 'rent' | 'commit' | 'spot', paid: number) =>
  option(
    kind,
    rentedCharges(
      kind,
      Array.from({ length: 12 }, () => month(paid)),
      [{ meter: 'Staff', usdPerYear: 43_200, metered: null }],
    ),
  );
const api = option(
  'api',
  apiCharges(
    [1, 2].map((growth) => [
      { meter: 'Input Tokens', count: 1.5e9 * growth, listUsd: 0.25, contractedUsd: 0.2 },
      { meter: 'Cache Read Tokens', count: 0, listUsd: 0.025, contractedUsd: 0.02 },
      { meter: 'Output Tokens', count: 333_333_333 * growth, listUsd: 2, contractedUsd: 1.6 },
    ]),
    [{ meter: 'Fees', usdPerYear: 1188, metered: null }],
  ),
);
const statement = (...options: FocusOption[]): FocusStatement => ({
  organisation: 'Example Ltd',
  scenario: 'fy27-documents',
  start: '2026-12-01',
  priceSnapshot: 'genai-prices 0.1.8',
  tags: { study: 'fy27-documents' },
  options,
});
const everything = statement(owned(), rented('rent', 3.9), rented('commit', 2.34), rented('spot', 1.2 / 0.95), api);

describe('a FOCUS file', () => {
  it('keeps every rule', () => {
    const rows = parseFocus(focusCsv(everything));
    expect(rows.length).toBeGreaterThan(48 * 4);
    expect(brokenRules(rows)).toEqual([]);
  });
  it('is caught when a rule is broken', () => {
    const rows = parseFocus(focusCsv(everything));
    const broken = (change: Readonly<Record<string, string>>) => brokenRules([{ ...rows[0]!, ...change }]).length;
    expect(broken({ ListCost: '1' })).toBe(1);
    expect(broken({ BilledCost: '1,000' })).toBe(1);
    expect(broken({ ServiceName: '' })).toBe(1);
    expect(broken({ ChargePeriodEnd: '2026-12-31' })).toBeGreaterThan(0);
    expect(broken({ Tags: '{"a":{"b":1}}' })).toBe(1);
    expect(broken({ SkuPriceDetails: '{"Colour":"red"}' })).toBe(1);
    expect(broken({ EffectiveCost: '5' })).toBe(1);
    expect(broken({ x_Utilization: 'N/A' })).toBe(2);
  });
  it('has exclusive ends of calendar months in UTC, also over a year', () => {
    const rows = focusRows(statement(rented('rent', 3.9)));
    expect(rows[0]).toMatchObject({
      ChargePeriodStart: '2026-12-01T00:00:00Z',
      ChargePeriodEnd: '2027-01-01T00:00:00Z',
    });
    expect(rows.at(-1)).toMatchObject({
      ChargePeriodStart: '2027-11-01T00:00:00Z',
      ChargePeriodEnd: '2027-12-01T00:00:00Z',
    });
    expect(() => focusRows({ ...everything, start: 'soon' })).toThrow(/"soon" is no date/);
  });
});

describe('owned hardware', () => {
  const rows = focusRows(statement(owned()));
  const hardware = rows.filter(({ SkuMeter }) => SkuMeter === 'Server' || SkuMeter === 'GPU Hours');
  const sum = (list: typeof rows, column: 'BilledCost' | 'EffectiveCost' | 'x_CapitalCharge') =>
    list.reduce((total, row) => total + Number(row[column] ?? 0), 0);

  it('is the worked example: purchase, 48 months, resale', () => {
    expect(hardware).toHaveLength(50);
    expect(hardware[0]).toMatchObject({
      ChargeCategory: 'Purchase',
      ChargeFrequency: 'One-Time',
      EffectiveCost: 0,
      PricingQuantity: 1,
      PricingUnit: 'Units',
      SkuMeter: 'Server',
      PricingCategory: 'Standard',
    });
    expect(hardware[0]!.BilledCost).toBeCloseTo(335_800, 8);
    expect(hardware[1]).toMatchObject({
      ChargeCategory: 'Usage',
      BilledCost: 0,
      PricingUnit: 'GPU-Hours',
      PricingCategory: 'Other',
    });
    expect(hardware[1]!.EffectiveCost).toBeCloseTo(5808.333333, 6);
    expect(hardware[1]!.ListUnitPrice).toBeCloseTo(0.994578, 6);
    expect(hardware.at(-1)).toMatchObject({
      EffectiveCost: 0,
      PricingQuantity: -1,
      ChargePeriodEnd: '2030-12-01T00:00:00Z',
    });
    expect(hardware.at(-1)!.BilledCost).toBeCloseTo(-57_000, 8);
  });
  it('costs the same billed and effective over its life', () => {
    expect(sum(hardware, 'BilledCost')).toBeCloseTo(278_800, 6);
    expect(sum(hardware, 'EffectiveCost')).toBeCloseTo(278_800, 6);
    expect(sum(hardware, 'x_CapitalCharge')).toBeCloseTo(4 * 19_035.52, 1);
  });
  it('adds running costs, which rise, and agrees with the model', () => {
    const others = rows.filter((row) => !hardware.includes(row));
    expect(new Set(others.map(({ SkuMeter }) => SkuMeter))).toEqual(
      new Set(['Energy', 'Colocation', 'Maintenance', 'Staff']),
    );
    expect(sum(others, 'EffectiveCost')).toBeCloseTo(4 * ownedCost(own1).opex, 5);
    expect(sum(others, 'BilledCost')).toBeCloseTo(4 * ownedCost(own1).opex, 5);
    const rising = focusRows(statement(owned({}, 0, 0.1))).filter(({ SkuMeter }) => SkuMeter === 'Staff');
    expect(Number(rising[12]!.BilledCost) / Number(rising[0]!.BilledCost)).toBeCloseTo(1.1, 12);
  });
  it('counts all servers in one row, sells nothing that is worth nothing, and pays for removal at the end', () => {
    const list = focusRows(statement(owned({ serversBought: 3, serversNeeded: 2, residualShare: 0 }, 1234)));
    expect(list[0]).toMatchObject({ PricingQuantity: 3 });
    expect(list[0]!.BilledCost).toBeCloseTo(3 * 335_800, 6);
    expect(list.filter(({ SkuMeter }) => SkuMeter === 'Server')).toHaveLength(1);
    expect(list.at(-1)).toMatchObject({ SkuMeter: 'Decommissioning', BilledCost: 1234, EffectiveCost: 1234 });
    expect(brokenRules(parseFocus(focusCsv(statement(owned({ serversBought: 3, residualShare: 0 }, 1234)))))).toEqual(
      [],
    );
    expect(owned({ serversBought: 0, serversNeeded: 0 }).charges).toEqual([]);
  });
});

describe('rented hours and APIs', () => {
  it('tells list from contracted, and spot from the rest', () => {
    const [rent, commit, spot] = (['rent', 'commit', 'spot'] as const).map(
      (kind) => focusRows(statement(rented(kind, 2)))[0]!,
    );
    expect(rent).toMatchObject({ PricingCategory: 'Standard', ListCost: 3.9 * 11_680, ContractedCost: 2 * 11_680 });
    expect(commit).toMatchObject({ PricingCategory: 'Committed', BilledCost: 2 * 11_680, EffectiveCost: 2 * 11_680 });
    expect(spot).toMatchObject({ PricingCategory: 'Dynamic', ListUnitPrice: 2, x_ReferenceListUnitPrice: 3.9 });
  });
  it('prices tokens by the million and says how many there were', () => {
    const rows = focusRows(statement(api));
    expect(rows.map(({ SkuMeter }) => SkuMeter)).toEqual([
      'Input Tokens',
      'Output Tokens',
      'Fees',
      'Input Tokens',
      'Output Tokens',
      'Fees',
    ]);
    expect(rows[0]).toMatchObject({
      PricingUnit: '1000000 Tokens',
      PricingQuantity: 1500,
      ConsumedQuantity: 1.5e9,
      ConsumedUnit: 'Tokens',
      ListCost: 375,
      BilledCost: 300,
      ServiceCategory: 'AI and Machine Learning',
      ServiceSubcategory: 'Generative AI',
      ChargeClass: null,
    });
  });
});

describe('who pays', () => {
  it('is never nobody', () => {
    const statement = decisionStatement(caseWith(), decisionOf(caseWith()), { organisation: '  ', start: null });
    expect(() => focusRows(statement)).toThrow('give --organisation NAME');
  });
});

describe('a hybrid plan as FOCUS rows', () => {
  const sensitive = 'privacy: {sensitiveShare: 0.4, apiAllowed: false}';
  const studies: Readonly<Record<string, LoadedStudy>> = {
    'base and burst': loadStudy('demo', '/'),
    'a class split': parseStudy(
      [
        'schema: tokbench.study/1',
        'demand: internal-search',
        'offers: [own:h100-sxmx8, api:openai/gpt-5]',
        'strategy: {core: true, predictable: true}',
        sensitive,
        'quality: {equivalence: declared, floor: 0.8, self: 0.9, api: 0.9}',
        'classes: [{name: open, share: 0.6, quality: 0.5}, {name: closed, share: 0.4, sensitive: true, quality: 0.9}]',
        'assumptions: {demand.requests_per_month: 60e6, capacity.requests_per_s_per_replica: 3.2, capacity.accelerators_per_replica: 1, finance.opex_escalation: 0.05, api.fixed_usd_per_month: 100}',
      ].join('\n'),
      's.yaml',
    ),
  };
  const options = {
    assumed: [],
    offers: [],
    runs: [],
    overrides: [],
    date: '2026-11-25',
    seed: 1,
    draws: 20,
    command: '',
  };
  it.each(Object.keys(studies))(
    'of %s: its owned and its API part, which cost together what the plan costs',
    (name) => {
      const { decision, about } = decideStudy(studies[name]!, options);
      const plan = decision.options.find(({ kind }) => kind === 'hybrid')!;
      expect(plan.usdPerYear.annuity).not.toBeNull();
      const statement = decisionStatement(about, decision, { organisation: 'Example Ltd', start: null });
      expect(brokenRules(parseFocus(focusCsv(statement)))).toEqual([]);
      const rows = focusRows(statement).filter(({ x_Option }) => x_Option === 'hybrid');
      const sum = (list: typeof rows, column: 'BilledCost' | 'EffectiveCost') =>
        list.reduce((total, row) => total + Number(row[column]), 0);
      const first = rows.filter(({ ChargePeriodStart }) => ChargePeriodStart === '2026-12-01T00:00:00Z');
      expect(sum(first, 'EffectiveCost')).toBeCloseTo(plan.usdPerYear.straightLine! / 12, 6);
      const hardware = rows.filter(({ SkuMeter }) => SkuMeter === 'Server' || SkuMeter === 'GPU Hours');
      expect(sum(hardware, 'BilledCost')).toBeCloseTo(sum(hardware, 'EffectiveCost'), 4);
      expect([...new Set(rows.map(({ ProviderName }) => ProviderName))]).toEqual(['Example Ltd', 'openai']);
    },
  );
});

describe('a decision as FOCUS rows', () => {
  const about = caseWith();
  const decision = decisionOf(about);
  const rows = focusRows(decisionStatement(about, decision, { organisation: 'Example Ltd', start: null }));
  const of = (option: string) => rows.filter(({ x_Option }) => x_Option === option);
  const billed = (list: typeof rows) => list.reduce((total, row) => total + Number(row.BilledCost), 0);
  const firstMonth = (option: string) =>
    of(option).filter(({ ChargePeriodStart }) => ChargePeriodStart === '2026-12-01T00:00:00Z');

  it('keeps every rule', () => {
    const text = focusCsv(decisionStatement(about, decision, { organisation: 'Example Ltd', start: '2027-04-01' }));
    expect(brokenRules(parseFocus(text))).toEqual([]);
  });
  it('has rows of each option with figures, over the life of the servers', () => {
    const named = decision.options.filter(({ usdPerYear }) => usdPerYear.annuity !== null).map(({ name }) => name);
    expect([...new Set(rows.map(({ x_Option }) => x_Option))].sort()).toEqual([...named].sort());
    expect(of('api:vendor/large').at(-1)!.ChargePeriodEnd).toBe('2030-12-01T00:00:00Z');
  });
  it('costs in the first month what the options cost a month', () => {
    for (const { name, kind, usdPerYear } of decision.options) {
      if (kind === 'own' || kind === 'hybrid') continue;
      expect(billed(firstMonth(name)), name).toBeCloseTo(usdPerYear.annuity! / 12, 6);
    }
  });
  it('is billed for owned servers what they cost without interest', () => {
    const own = decision.options.find(({ name }) => name === 'own:h100-sxm')!;
    const month = firstMonth('own:h100-sxm').filter(({ ChargeCategory }) => ChargeCategory === 'Usage');
    expect(month.reduce((total, row) => total + Number(row.EffectiveCost), 0)).toBeCloseTo(
      own.usdPerYear.straightLine! / 12,
      6,
    );
    const hardware = of('own:h100-sxm').filter(({ SkuMeter }) => SkuMeter === 'Server' || SkuMeter === 'GPU Hours');
    const total = (column: 'BilledCost' | 'EffectiveCost') =>
      hardware.reduce((sum, row) => sum + Number(row[column]), 0);
    expect(total('BilledCost')).toBeCloseTo(total('EffectiveCost'), 4);
  });
  it('says that objectives are met where a run met them, and of an API nothing', () => {
    const measured = {
      ...decision,
      capacity: { ...decision.capacity, runs: ['results/a'] },
      options: decision.options.map((row) => (row.kind === 'own' ? { ...row, sloMet: true } : row)),
    };
    const said = (from: typeof decision, option: string) =>
      focusRows(decisionStatement(about, from, { organisation: 'Example Ltd', start: null }))
        .filter(({ x_Option }) => x_Option === option)
        .map(({ x_SloMet, x_RunId }) => [x_SloMet, x_RunId])[0];
    expect(said(measured, 'own:h100-sxm')).toEqual([true, 'results/a']);
    expect(said(measured, 'api:vendor/large')).toEqual([null, null]);
    expect(said(decision, 'own:h100-sxm')).toEqual([null, null]);
  });
  it('follows volume and prices month by month', () => {
    const months = of('api:vendor/small').filter(({ SkuMeter }) => SkuMeter === 'Requests');
    expect(Number(months[12]!.PricingQuantity) / Number(months[0]!.PricingQuantity)).toBeCloseTo(1.2, 10);
    expect(Number(months[12]!.ListUnitPrice) / Number(months[0]!.ListUnitPrice)).toBeCloseTo(0.9, 10);
    expect(months[0]).toMatchObject({ ConsumedUnit: 'Requests', ProviderName: 'vendor', ServiceName: 'small' });
  });
});
