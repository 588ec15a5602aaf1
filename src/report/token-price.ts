import { type Cell, type Column, number } from '../document/document.ts';
import type { UsdPerMillion } from '../procurement/offer-cost.ts';

const classes = [
  ['blended', 'all'],
  ['inputUncached', 'input'],
  ['cacheRead', 'cached'],
  ['cacheWrite', 'cache write'],
  ['outputVisible', 'output'],
  ['outputReasoning', 'reasoning'],
] as const;

/** Columns of token prices, USD per million, and a row's cells in them; a class that no row has is left out. */
export function tokenPrices(prices: readonly UsdPerMillion[]): {
  readonly columns: readonly Column[];
  cells(price: UsdPerMillion, interval?: readonly [number, number] | null): Cell[];
} {
  const present = classes.filter(([key]) => key === 'blended' || prices.some((price) => price[key] !== null));
  return {
    columns: present.map(([, label]): Column => ({ label, group: 'tokens', unit: 'usd/Mtok' })),
    cells: (price, interval = null) =>
      present.map(([key]) => number(price[key], 'usd/Mtok', key === 'blended' ? { interval } : {})),
  };
}
