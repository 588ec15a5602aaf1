import { lifeRows, type OwnedCost, type ServerPurchase } from '../economics/ownership.ts';
import { hoursPerMonth } from '../economics/quantity.ts';
import type { Charge } from './focus.ts';

/** The charges of each kind of option, month by month (economics reference, section 10.3). */

type Sketch = Pick<Charge, 'month' | 'description' | 'meter' | 'quantity' | 'unit' | 'listUnitPrice'> & Partial<Charge>;

/** A charge for what was used in the month, at list price, billed and effective as contracted, unless it says otherwise. */
const usage = (sketch: Sketch): Charge => ({
  category: 'Usage',
  frequency: 'Usage-Based',
  contractedUnitPrice: sketch.listUnitPrice,
  billed: null,
  effective: null,
  pricing: 'Standard',
  consumed: null,
  capitalCharge: null,
  referenceListUnitPrice: null,
  ...sketch,
});

/** Names of the owned meters whose yearly cost is billed as it arises. */
const running = [
  ['Energy', 'energy'],
  ['Colocation', 'colocation'],
  ['Maintenance', 'maintenance'],
  ['Licences', 'licencesPerServer'],
] as const;

/**
 * Owned servers over their life: the purchase and the projected resale are billed and not effective, the months of use are
 * effective and not billed, so that both columns add up to capex − residual value (INV-16); running costs are both.
 */
export function ownedCharges(inputs: {
  readonly purchase: ServerPurchase;
  readonly cost: OwnedCost;
  readonly servers: number;
  readonly acceleratorsPerServer: number;
  /** USD per year of the deployment beside staff. */
  readonly otherUsdPerYear: number;
  readonly decommissionUsd: number;
  /** Yearly rise of running costs. */
  readonly escalation: number;
  readonly kwhPerYear: number | null;
}): Charge[] {
  const { purchase, cost, servers, acceleratorsPerServer } = inputs;
  if (servers === 0) return [];
  const hours = servers * acceleratorsPerServer * hoursPerMonth;
  const life = lifeRows(purchase);
  const months = life.filter(({ kind }) => kind === 'amortization').length;
  return life.flatMap((row): Charge[] => {
    if (row.kind === 'purchase') return [bought('Purchase of servers', 0, servers, row.billed)];
    if (row.kind === 'resale')
      return row.billed === 0
        ? gone(inputs.decommissionUsd, months)
        : [bought('Projected resale', months, -servers, -row.billed), ...gone(inputs.decommissionUsd, months)];
    const month = row.month - 1;
    const price = (row.effective * servers) / hours;
    const amortised = usage({
      month,
      description: 'Straight-line amortisation of owned servers',
      meter: 'GPU Hours',
      quantity: hours,
      unit: 'GPU-Hours',
      listUnitPrice: price,
      billed: 0,
      pricing: 'Other',
      consumed: { quantity: hours, unit: 'GPU-Hours' },
      capitalCharge: (cost.capitalCharge * servers) / 12,
    });
    return [amortised, ...runningCharges(inputs, month)];
  });
}

/** `price` of one, not negative: a resale has a negative quantity. */
function bought(description: string, month: number, quantity: number, price: number): Charge {
  // A resale on the last day of the life belongs to its last month, not to the one after.
  const at = quantity < 0 ? month - 1 : month;
  return {
    ...usage({ month: at, description, meter: 'Server', quantity, unit: 'Units', listUnitPrice: price }),
    category: 'Purchase',
    frequency: 'One-Time',
    effective: 0,
  };
}

function gone(usd: number, months: number): Charge[] {
  if (!(usd > 0)) return [];
  const what = { description: 'Removal of owned servers', meter: 'Decommissioning', quantity: 1, unit: 'Units' };
  return [{ ...usage({ month: months - 1, ...what, listUnitPrice: usd }), frequency: 'One-Time', pricing: 'Other' }];
}

function runningCharges(inputs: Parameters<typeof ownedCharges>[0], month: number): Charge[] {
  const { cost, servers, escalation, kwhPerYear } = inputs;
  const factor = (1 + escalation) ** (month / 12) / 12;
  const monthly = (meter: string, usdPerYear: number): Charge[] => {
    if (!(usdPerYear > 0)) return [];
    const amount = usdPerYear * factor;
    const kwh = meter === 'Energy' && kwhPerYear !== null && kwhPerYear > 0 ? kwhPerYear / 12 : null;
    const [quantity, unit] = kwh === null ? [1, 'Months'] : [kwh, 'Kilowatt-Hours'];
    const consumed = kwh === null ? null : { quantity: kwh, unit: 'Kilowatt-Hours' };
    const description = `${meter} of owned servers`;
    return [
      usage({
        month,
        description,
        meter,
        quantity,
        unit,
        listUnitPrice: amount / quantity,
        consumed,
        pricing: 'Other',
      }),
    ];
  };
  return [
    ...running.flatMap(([meter, name]) => monthly(meter, cost[name] * servers)),
    ...monthly('Staff', cost.staff),
    ...monthly('Other', inputs.otherUsdPerYear),
  ];
}

/**
 * Rented accelerator-hours, one row a month. `contracted` in USD per accelerator-hour is what is paid; `list` the same hour on
 * demand. Spot prices vary, so they are dynamic; lost work is paid for, so its hours are in the quantity.
 */
export function rentedCharges(inputs: {
  readonly kind: 'rent' | 'commit' | 'spot';
  readonly months: number;
  readonly acceleratorHoursPerMonth: number;
  readonly listUsdPerAcceleratorHour: number;
  readonly contractedUsdPerAcceleratorHour: number;
  readonly staffUsdPerYear: number;
}): Charge[] {
  const { kind, acceleratorHoursPerMonth: hours } = inputs;
  const words = { rent: 'On-demand', commit: 'Committed', spot: 'Spot' }[kind];
  const spot = kind === 'spot';
  return Array.from({ length: inputs.months }, (_, month): Charge[] => [
    usage({
      month,
      description: `${words} accelerator hours`,
      meter: 'GPU Hours',
      quantity: hours,
      unit: 'GPU-Hours',
      // The price of spot capacity is its list price of the hour; there is no discount on it.
      listUnitPrice: spot ? inputs.contractedUsdPerAcceleratorHour : inputs.listUsdPerAcceleratorHour,
      contractedUnitPrice: inputs.contractedUsdPerAcceleratorHour,
      pricing: ({ rent: 'Standard', commit: 'Committed', spot: 'Dynamic' } as const)[kind],
      consumed: { quantity: hours, unit: 'GPU-Hours' },
      referenceListUnitPrice: inputs.listUsdPerAcceleratorHour,
    }),
    ...staff(month, inputs.staffUsdPerYear),
  ]).flat();
}

function staff(month: number, usdPerYear: number): Charge[] {
  if (!(usdPerYear > 0)) return [];
  const what = { description: 'Staff', meter: 'Staff', quantity: 1, unit: 'Months' };
  return [usage({ month, ...what, listUnitPrice: usdPerYear / 12, pricing: 'Other' })];
}

/** Tokens of one meter in a month with its prices in USD per 1,000,000 tokens. */
export interface TokenMeter {
  readonly meter: 'Input Tokens' | 'Output Tokens' | 'Cache Read Tokens' | 'Cache Write Tokens';
  readonly tokens: number;
  readonly listUsdPerMillion: number;
  readonly contractedUsdPerMillion: number;
}

/** An API's months: one row a meter that has tokens, and its fixed fees. */
export function apiCharges(inputs: {
  readonly months: readonly (readonly TokenMeter[])[];
  readonly fixedUsdPerMonth: number;
  readonly staffUsdPerYear: number;
}): Charge[] {
  return inputs.months.flatMap((meters, month) => [
    ...meters
      .filter(({ tokens }) => tokens > 0)
      .map(({ meter, tokens, listUsdPerMillion, contractedUsdPerMillion }) =>
        usage({
          month,
          description: `${meter} of an API`,
          meter,
          quantity: tokens / 1e6,
          unit: '1000000 Tokens',
          listUnitPrice: listUsdPerMillion,
          contractedUnitPrice: contractedUsdPerMillion,
          consumed: { quantity: tokens, unit: 'Tokens' },
          referenceListUnitPrice: listUsdPerMillion,
        }),
      ),
    ...(inputs.fixedUsdPerMonth > 0
      ? [
          usage({
            month,
            description: 'Fixed fees of an API',
            meter: 'Fixed Fees',
            quantity: 1,
            unit: 'Months',
            listUnitPrice: inputs.fixedUsdPerMonth,
            frequency: 'Recurring',
          }),
        ]
      : []),
    ...staff(month, inputs.staffUsdPerYear),
  ]);
}
