import { capitalCost, lifeRows, type ServerPurchase } from '../economics/ownership.ts';
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

/** A running cost that is billed as it arises. */
export interface RunningCost {
  readonly meter: string;
  readonly usdPerYear: number;
  /** What is metered a year, where it is; else the charge counts months. */
  readonly metered: { readonly quantity: number; readonly unit: string } | null;
}

/**
 * Owned servers over their life: the purchase and the projected resale are billed and not effective, the months of use are
 * effective and not billed, so that both columns add up to capex − residual value (INV-16); running costs are both.
 */
export function ownedCharges(inputs: {
  readonly purchase: ServerPurchase;
  readonly servers: number;
  readonly acceleratorsPerServer: number;
  readonly running: readonly RunningCost[];
  readonly decommissionUsd: number;
  /** Yearly rise of running costs. */
  readonly escalation: number;
}): Charge[] {
  const { purchase, servers, acceleratorsPerServer, running, escalation } = inputs;
  if (servers === 0) return [];
  const hours = servers * acceleratorsPerServer * hoursPerMonth;
  const { capitalCharge } = capitalCost(purchase);
  const life = lifeRows(purchase);
  const months = life.filter(({ kind }) => kind === 'amortization').length;
  return life.flatMap((row): Charge[] => {
    if (row.kind === 'purchase') return [bought('Purchase of servers', 0, servers, row.billed)];
    if (row.kind === 'resale') {
      const removal = gone(inputs.decommissionUsd, months);
      return row.billed === 0 ? removal : [bought('Projected resale', months, -servers, -row.billed), ...removal];
    }
    const month = row.month - 1;
    const amortised = usage({
      month,
      description: 'Straight-line amortisation of owned servers',
      meter: 'GPU Hours',
      quantity: hours,
      unit: 'GPU-Hours',
      listUnitPrice: (row.effective * servers) / hours,
      billed: 0,
      pricing: 'Other',
      consumed: { quantity: hours, unit: 'GPU-Hours' },
      capitalCharge: (capitalCharge * servers) / 12,
    });
    return [amortised, ...runningCharges(running, month, (1 + escalation) ** (month / 12))];
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

/** Charges of one month; `factor` is how much dearer the month is than today. */
export function runningCharges(running: readonly RunningCost[], month: number, factor = 1): Charge[] {
  return running
    .filter(({ usdPerYear }) => usdPerYear > 0)
    .map(({ meter, usdPerYear, metered }) => {
      const [quantity, unit] = metered === null ? [1, 'Months'] : [metered.quantity / 12, metered.unit];
      const consumed = metered === null ? null : { quantity, unit };
      const listUnitPrice = (usdPerYear * factor) / 12 / quantity;
      return usage({ month, description: meter, meter, quantity, unit, listUnitPrice, consumed, pricing: 'Other' });
    });
}

/** A month of rented accelerator-hours: what is paid for an hour, and the same hour on demand. */
export interface RentedMonth {
  readonly acceleratorHours: number;
  readonly listUsdPerHour: number;
  readonly contractedUsdPerHour: number;
}

/**
 * Rented accelerator-hours, one row a month. Spot prices vary, so they are dynamic, and have no list price but their own; work
 * that is lost is paid for, so its cost is in the price of the hour that survives.
 */
export function rentedCharges(
  kind: 'rent' | 'commit' | 'spot',
  months: readonly RentedMonth[],
  running: readonly RunningCost[],
  escalation = 0,
): Charge[] {
  const words = { rent: 'On-demand', commit: 'Committed', spot: 'Spot' }[kind];
  const pricing = ({ rent: 'Standard', commit: 'Committed', spot: 'Dynamic' } as const)[kind];
  return months.flatMap(({ acceleratorHours, listUsdPerHour, contractedUsdPerHour }, month) => [
    usage({
      month,
      description: `${words} accelerator hours`,
      meter: 'GPU Hours',
      quantity: acceleratorHours,
      unit: 'GPU-Hours',
      listUnitPrice: kind === 'spot' ? contractedUsdPerHour : listUsdPerHour,
      contractedUnitPrice: contractedUsdPerHour,
      pricing,
      consumed: { quantity: acceleratorHours, unit: 'GPU-Hours' },
      referenceListUnitPrice: listUsdPerHour,
    }),
    ...runningCharges(running, month, (1 + escalation) ** (month / 12)),
  ]);
}

/** What one meter counts in a month, with its prices in USD a pricing unit. */
export interface ApiMeter {
  readonly meter: 'Input Tokens' | 'Output Tokens' | 'Cache Read Tokens' | 'Cache Write Tokens' | 'Requests';
  /** Tokens or requests. */
  readonly count: number;
  /** Of 1,000,000 tokens, or of one request. */
  readonly listUsd: number;
  readonly contractedUsd: number;
}

/** An API's months: one row a meter that counted something, and what is paid whatever the volume. */
export function apiCharges(
  months: readonly (readonly ApiMeter[])[],
  running: readonly RunningCost[],
  escalation = 0,
): Charge[] {
  return months.flatMap((meters, month) => [
    ...meters
      .filter(({ count }) => count > 0)
      .map(({ meter, count, listUsd, contractedUsd }) => {
        const requests = meter === 'Requests';
        return usage({
          month,
          description: `${meter} of an API`,
          meter,
          quantity: requests ? count : count / 1e6,
          unit: requests ? 'Requests' : '1000000 Tokens',
          listUnitPrice: listUsd,
          contractedUnitPrice: contractedUsd,
          consumed: { quantity: count, unit: requests ? 'Requests' : 'Tokens' },
          referenceListUnitPrice: listUsd,
        });
      }),
    ...runningCharges(running, month, (1 + escalation) ** (month / 12)),
  ]);
}
