import { ok, type Requests } from './ledger.ts';
import { keeps, type RequestClause } from './objective.ts';
import { type Places, placesWhere } from './selection.ts';

/**
 * 1 for each request that succeeded and meets every clause (A.4). A clause whose value is undefined because N ≤ 1 is
 * skipped; any other missing value fails.
 */
export function goodRequests(rows: Requests, clauses: readonly RequestClause[]): Uint8Array {
  const good = new Uint8Array(rows.n);
  for (let i = 0; i < rows.n; i++) {
    if (rows.state[i] !== ok) continue;
    const meets = clauses.every(({ latency, comparison, limit }) => {
      const value = rows[latency][i]!;
      return Number.isNaN(value) ? rows.outputTokens[i]! <= 1 : keeps(value, comparison, limit);
    });
    if (meets) good[i] = 1;
  }
  return good;
}

/** Good requests / all requests due in the window, failures included; null without clauses or requests. */
export function attainment(good: Uint8Array, members: Places, clauses: readonly RequestClause[]): number | null {
  if (clauses.length === 0 || members.length === 0) return null;
  return placesWhere(members, (i) => good[i] === 1).length / members.length;
}
