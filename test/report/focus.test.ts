import { describe, expect, it } from 'vitest';
import { type OwnedDeployment, ownedCost } from '../../src/economics/ownership.ts';
import { usd } from '../../src/economics/quantity.ts';
import { type FocusOption, type FocusStatement, focusCsv, focusRows } from '../../src/report/focus.ts';
import { apiCharges, ownedCharges, rentedCharges } from '../../src/report/focus-charge.ts';
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
  const cost = ownedCost(purchase);
  return option(
    'own',
    ownedCharges({
      purchase,
      cost,
      servers: purchase.serversBought,
      acceleratorsPerServer: 8,
      otherUsdPerYear: purchase.other,
      decommissionUsd,
      escalation,
      kwhPerYear: 10.96 * 0.7 * 1.3 * 8760 * purchase.serversBought,
    }),
  );
};
const rented = (kind: 'rent' | 'commit' | 'spot', paid: number) =>
  option(
    kind,
    rentedCharges({
      kind,
      months: 12,
      acceleratorHoursPerMonth: 16 * 730,
      listUsdPerAcceleratorHour: 3.9,
      contractedUsdPerAcceleratorHour: paid,
      staffUsdPerYear: 43_200,
    }),
  );
const api = option(
  'api',
  apiCharges({
    months: [1, 2].map((growth) => [
      { meter: 'Input Tokens', tokens: 1.5e9 * growth, listUsdPerMillion: 0.25, contractedUsdPerMillion: 0.2 },
      { meter: 'Cache Read Tokens', tokens: 0, listUsdPerMillion: 0.025, contractedUsdPerMillion: 0.02 },
      { meter: 'Output Tokens', tokens: 333_333_333 * growth, listUsdPerMillion: 2, contractedUsdPerMillion: 1.6 },
    ]),
    fixedUsdPerMonth: 99,
    staffUsdPerYear: 0,
  }),
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
    expect(
      ownedCharges({
        purchase: own1,
        cost: ownedCost(own1),
        servers: 0,
        acceleratorsPerServer: 8,
        otherUsdPerYear: 0,
        decommissionUsd: 0,
        escalation: 0,
        kwhPerYear: null,
      }),
    ).toEqual([]);
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
      'Fixed Fees',
      'Input Tokens',
      'Output Tokens',
      'Fixed Fees',
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
