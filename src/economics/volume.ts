import type { Usd } from './quantity.ts';

/** Growing volume against capacity (section 2.10, NPV-5). */

/** Volume is capped by capacity: every month V·pta ≤ cap·N. */
export interface CapacityLimit {
  /** cap·N: what the deployment can serve, requests per month. */
  readonly requestsPerMonth: number;
  readonly peakToAverage: number;
  /** A one-time gain of capacity by software: from `month` on, ×(1 + share); null for none. */
  readonly softwareGain: { readonly month: number; readonly share: number } | null;
  /** One more server as the model may buy it when a month runs over; null where it may not. */
  readonly expansion: ServerExpansion | null;
}

export interface ServerExpansion {
  readonly requestsPerMonth: number;
  readonly capex: Usd<'server', 'once'>;
  readonly residual: Usd<'server', 'once'>;
  readonly opex: Usd<'server', 'year'>;
}

/** Volume of month m: V0·(1+g)^((m−1)/12); month 1 has today's. */
export function volumeOfMonth(requestsPerMonth: number, growth: number, month: number): number {
  return requestsPerMonth * (1 + growth) ** ((month - 1) / 12);
}

/** First month in which V·pta exceeds the capacity (NPV-5); null within `months`. */
export function firstMonthOverCapacity(
  demand: { readonly requestsPerMonth: number; readonly growth: number },
  limit: Pick<CapacityLimit, 'requestsPerMonth' | 'peakToAverage' | 'softwareGain'>,
  months: number,
): number | null {
  for (let month = 1; month <= months; month++)
    if (
      volumeOfMonth(demand.requestsPerMonth, demand.growth, month) * limit.peakToAverage >
      capacityOf(limit, month, 0)
    )
      return month;
  return null;
}

type Gainful = Pick<CapacityLimit, 'requestsPerMonth' | 'softwareGain'>;
function capacityOf(limit: Gainful, month: number, addedRequestsPerMonth: number): number {
  const gain = limit.softwareGain !== null && month >= limit.softwareGain.month ? 1 + limit.softwareGain.share : 1;
  return (limit.requestsPerMonth + addedRequestsPerMonth) * gain;
}

/** Servers short in a month: 1 for any shortfall where the model may not buy. */
export function shortfall(limit: CapacityLimit | null, requests: number, month: number, added: number): number {
  if (limit === null) return 0;
  const each = limit.expansion?.requestsPerMonth ?? 0;
  const missing = requests * limit.peakToAverage - capacityOf(limit, month, added * each);
  if (missing <= 0) return 0;
  return each > 0 ? Math.ceil(missing / capacityOf({ ...limit, requestsPerMonth: 0 }, month, each)) : 1;
}
