import { percent } from '../economics/finding.ts';
import type { CostInputs, Declaration } from './cost-input.ts';
import type { OfferCost, OfferKind, PrintedLint } from './offer-cost.ts';

/** Cheapest first: those that may be ranked, then the others; places are within a purchase class unless declared alike. */
export function place(rows: readonly OfferCost[], declared: readonly Declaration[]): OfferCost[] {
  const price = (row: OfferCost) => row.usdPerMillion.blended ?? Number.POSITIVE_INFINITY;
  const sorted = [...rows].sort(
    (a, b) => Number(b.rankable) - Number(a.rankable) || price(a) - price(b) || a.offer.localeCompare(b.offer),
  );
  const counts = new Map<string, number>();
  return sorted.map((row) => {
    if (!row.rankable) return row;
    const group = declared.includes('purchase') ? 'all' : purchaseClass(row.kind);
    const rank = (counts.get(group) ?? 0) + 1;
    counts.set(group, rank);
    return { ...row, rank };
  });
}

const classes = { own: 'own', rent: 'on-demand', commit: 'committed', spot: 'spot', api: 'api' } as const;
export const purchaseClass = (kind: OfferKind): (typeof classes)[OfferKind] => classes[kind];

/** Sentences about the comparison. */
export function notesOf(
  { offers, capacities }: CostInputs,
  rows: readonly OfferCost[],
  refused: string | null,
): string[] {
  const notes: string[] = [];
  if (refused !== null)
    notes.push(`The runs do not separate the cost of input and output (${refused}): classes are priced by a ratio.`);
  const devices = [...new Set(offers.flatMap(({ hardware }) => hardware ?? []))];
  const unnamed = rows.some(({ run }) => run !== null) && capacities.some(({ hardware }) => hardware === null);
  if (devices.length > 1 && unnamed)
    notes.push(`One throughput is applied to ${devices.join(', ')}: it holds for one of them at most.`);
  if (offers.some(({ kind }) => kind === 'rent' || kind === 'spot'))
    notes.push('Rented instances count as always on, sized for the peak; decide also scales them by the hour.');
  for (const { offer, caching } of rows)
    if (caching !== null)
      notes.push(
        `${offer}: cached input saves ${percent(caching.savingShare)} of what a request costs there without it.`,
      );
  const owned = rows.find(({ kind }) => kind === 'own');
  const staff = owned?.lines.find(({ name }) => name === 'staff')?.usdPerHour ?? 0;
  if (staff > 0 && offers.some(({ kind }) => kind !== 'own'))
    notes.push(
      `Owning includes staff of ${staff.toFixed(2)} USD/h (staff.fte); renting and APIs count the people stated in rent.fte and api.fte, by default none.`,
    );
  return notes;
}

/** The same finding of several offers is told once. */
export function together(rows: readonly OfferCost[]): PrintedLint[] {
  const found = new Map<string, { lint: PrintedLint; offers: string[] }>();
  for (const row of rows)
    for (const lint of row.lints) {
      const key = `${lint.id} ${lint.severity} ${lint.sentence}`;
      const known = found.get(key) ?? { lint, offers: [] };
      found.set(key, { lint, offers: [...known.offers.filter((name) => name !== row.offer), row.offer] });
    }
  const order = { error: 0, warn: 1, info: 2, 'cannot-check': 3 } as const;
  return [...found.values()]
    .map(({ lint, offers }) => ({ ...lint, evidence: { ...lint.evidence, offers } }))
    .sort((a, b) => order[a.severity] - order[b.severity] || Number(a.id.slice(1)) - Number(b.id.slice(1)));
}
