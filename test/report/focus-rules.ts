import { parseCsv } from 'hucre/csv';
import { expect } from 'vitest';
import { focusColumns, mandatoryColumns } from '../../src/report/focus.ts';

export type ParsedRow = Readonly<Record<string, string>>;

/** Reads a FOCUS file as anybody would: text in, cells out. */
export function parseFocus(text: string): ParsedRow[] {
  const [head = [], ...rows] = parseCsv(text) as string[][];
  expect(head).toEqual(focusColumns);
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])));
}

const neverNull = [
  ...mandatoryColumns.filter((name) => name !== 'ChargeClass'),
  'PricingCategory',
  'SkuId',
  'SkuPriceId',
  'ListUnitPrice',
  'ContractedUnitPrice',
  'ChargeFrequency',
];
const numbers = [
  ...[
    'BilledCost',
    'ContractedCost',
    'EffectiveCost',
    'ListCost',
    'PricingQuantity',
    'ConsumedQuantity',
    'ListUnitPrice',
  ],
  ...['ContractedUnitPrice', 'x_Utilization', 'x_CapitalCharge', 'x_ReferenceListUnitPrice'],
];
const dates = ['BillingPeriodStart', 'BillingPeriodEnd', 'ChargePeriodStart', 'ChargePeriodEnd'];
const words: Readonly<Record<string, readonly string[]>> = {
  ChargeCategory: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
  ChargeClass: ['', 'Correction'],
  ChargeFrequency: ['One-Time', 'Recurring', 'Usage-Based'],
  PricingCategory: ['Standard', 'Dynamic', 'Committed', 'Other'],
  ServiceCategory: ['AI and Machine Learning', 'Compute'],
  ServiceSubcategory: ['Generative AI', 'Virtual Machines'],
  PricingUnit: ['1000000 Tokens', 'GPU-Hours', 'Kilowatt-Hours', 'Units', 'Months', 'Requests'],
  ConsumedUnit: ['', 'Tokens', 'Requests', 'GPU-Hours', 'Kilowatt-Hours'],
  x_Estimate: ['true'],
};
const focusSkuKeys = ['GpuCount', 'CoreCount', 'MemorySize', 'InstanceType', 'InstanceSeries'];

/** Every rule of section 10.2 on every row of a file; gives the broken ones, none for a good file. */
export function brokenRules(rows: readonly ParsedRow[]): string[] {
  return rows.flatMap((row, index) => {
    const broken: string[] = [];
    const claim = (holds: boolean, rule: string) => void (holds || broken.push(`row ${index + 1}: ${rule}`));
    const value = (name: string) => Number(row[name]);
    for (const name of neverNull) claim(row[name] !== '', `${name} is null`);
    for (const name of numbers)
      claim(/^$|^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(row[name]!), `${name} is no plain number: ${row[name]}`);
    for (const name of dates)
      claim(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(row[name]!), `${name} is no UTC date: ${row[name]}`);
    for (const [name, allowed] of Object.entries(words))
      claim(allowed.includes(row[name]!), `${name} may not be ${row[name]}`);
    for (const name of Object.keys(row))
      claim(!/^(n\/a|null|nan|undefined|infinity)$/i.test(row[name]!), `${name} is a placeholder`);
    claim(row['ChargePeriodStart']! < row['ChargePeriodEnd']!, 'the charge period is empty');
    claim(
      row['BillingPeriodStart']! <= row['ChargePeriodStart']! && row['ChargePeriodEnd']! <= row['BillingPeriodEnd']!,
      'the charge lies outside its bill',
    );
    if (['Usage', 'Purchase'].includes(row['ChargeCategory']!)) {
      for (const [price, cost] of [
        ['ListUnitPrice', 'ListCost'],
        ['ContractedUnitPrice', 'ContractedCost'],
      ] as const) {
        const product = value(price) * value('PricingQuantity');
        claim(
          Math.abs(product - value(cost)) <= 1e-9 * Math.max(1e-12, Math.abs(product)),
          `${price} x PricingQuantity is not ${cost}`,
        );
        claim(value(price) >= 0, `${price} is negative`);
      }
    }
    if (row['ChargeCategory'] === 'Purchase') {
      claim(value('EffectiveCost') === 0, 'a purchase of later usage is effective');
      claim(row['ChargeFrequency'] !== 'Usage-Based', 'a purchase is usage-based');
      claim(row['ConsumedQuantity'] === '', 'a purchase consumes');
    }
    claim((row['ConsumedQuantity'] === '') === (row['ConsumedUnit'] === ''), 'a consumed quantity without its unit');
    for (const name of ['SkuPriceDetails', 'Tags', 'x_AttributionDetails']) {
      const text = row[name]!;
      if (text === '') continue;
      const facts = JSON.parse(text) as Record<string, unknown>;
      claim(
        !Array.isArray(facts) && Object.values(facts).every((v) => typeof v !== 'object' || v === null),
        `${name} is nested`,
      );
      if (name === 'SkuPriceDetails')
        claim(
          Object.keys(facts).every((key) => focusSkuKeys.includes(key) || key.startsWith('x_')),
          `${name} has a key of its own`,
        );
    }
    return broken;
  });
}
