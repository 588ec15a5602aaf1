import { type Block, type Cell, heading, type Table } from '../document/document.ts';
import type { Entry, Register } from '../procurement/entry.ts';
import type { OfferCost, OfferKind } from '../procurement/offer-cost.ts';

/** Assumptions that only a decision over years looks at. */
const later = /growth|decline|decommission|finance\.(tax|opex)|self\.|rent\.(least|cold|scales)/;

/** The assumptions behind a result: those that somebody stated with their places, then the defaults; only those looked at. */
export function assumptionBlocks(
  register: Register,
  kinds: ReadonlySet<OfferKind>,
  offers: readonly Pick<OfferCost, 'offer' | 'assumptions'>[] = [],
): Block[] {
  const looked = (entry: Entry) => looksAt(entry, kinds);
  const entries = register.entries.filter(looked);
  const stated = entries.filter(({ source }) => source !== 'default');
  const own = offers.flatMap(({ offer, assumptions }) =>
    assumptions.filter((entry) => entry.source !== 'default' && looked(entry)).map((entry) => ({ offer, entry })),
  );
  const defaults = entries.filter(
    ({ source, id }) => source === 'default' && !own.some(({ entry }) => entry.id === id),
  );
  return [
    heading('Assumptions', 2),
    ...(stated.length === 0 ? [] : [statedTable(stated)]),
    ...(own.length === 0 ? [] : [offerTable(own)]),
    ...(defaults.length === 0 ? [] : [defaultTable(defaults, register)]),
  ];
}

function looksAt({ id }: Entry, kinds: ReadonlySet<OfferKind>): boolean {
  if (later.test(id)) return false;
  if (/^(owned|site|staff|finance)\./.test(id)) return kinds.has('own');
  if (id.startsWith('rent.')) return kinds.has('rent') || kinds.has('commit') || kinds.has('spot');
  return id.startsWith('api.') ? kinds.has('api') : true;
}

const statedTable = (entries: readonly Entry[]): Table => ({
  kind: 'table',
  title: 'Stated',
  columns: [{ label: 'id' }, { label: 'value' }, { label: 'from' }],
  rows: entries.map((entry): Cell[] => [entry.id, `${valueWords(entry)} ${entry.unit}`, placeWords(entry)]),
  scale: 'row',
  footnotes: [],
});

const offerTable = (facts: readonly { readonly offer: string; readonly entry: Entry }[]): Table => ({
  kind: 'table',
  title: 'Facts of the offers',
  columns: [{ label: 'offer' }, { label: 'symbol' }, { label: 'value' }, { label: 'from' }],
  rows: facts.map(({ offer, entry }): Cell[] => [
    offer,
    entry.symbol,
    `${valueWords(entry)} ${entry.unit}`,
    placeWords(entry),
  ]),
  scale: 'row',
  footnotes: [],
});

/** Where it is stated; profiles that ship by their place among the profiles. */
const placeWords = ({ origin, date }: Entry): string =>
  [origin.replace(/^tokbench\/profiles\//, ''), date].filter((part) => part !== null).join(', ');

const defaultTable = (entries: readonly Entry[], register: Register): Table => ({
  kind: 'table',
  title: 'Defaults, which nobody stated',
  columns: [{ label: 'id' }, { label: 'value' }, { label: 'unit' }],
  rows: entries.map((entry): Cell[] => [entry.id, valueWords(entry), entry.unit]),
  scale: 'row',
  footnotes: [
    `Register ${register.sha256.slice(0, 12)}. Change one with --assume ID=VALUE; --explain says where each comes from.`,
  ],
});

function valueWords({ value }: Entry): string {
  if (Array.isArray(value)) return `${value.length} hours`;
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}
