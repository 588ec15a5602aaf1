import { type Block, type Cell, heading, type Table } from '../document/document.ts';
import type { Entry, Register } from '../procurement/entry.ts';
import type { OfferCost, OfferKind } from '../procurement/offer-cost.ts';
import { statedWords } from './decision-words.ts';

/** Assumptions that only a decision over years looks at. */
const later = /growth|decline|decommission|finance\.(tax|opex)|self\.|rent\.(least|cold|scales)/;

/** The assumptions behind a result: those that somebody stated with their places, then the defaults; only those that it looks at. */
export function assumptionBlocks(
  register: Register,
  kinds: ReadonlySet<OfferKind>,
  offers: readonly Pick<OfferCost, 'offer' | 'assumptions'>[] = [],
  concerns: (id: string) => boolean = () => true,
): Block[] {
  const looked = (entry: Entry) => looksAt(entry, kinds) && concerns(entry.id);
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

/** Where entries are stated: files are numbered and told beneath, lines stand in the rows. */
function placesOf(entries: readonly Entry[]) {
  const parts = (entry: Entry) => /^(.*?\.ya?ml)(?::(\d+))?/.exec(entry.origin);
  const fileOf = (entry: Entry) => {
    const file = parts(entry)?.[1]?.replace(/^tokbench\/profiles\//, '');
    return file === undefined ? null : [file, entry.date].filter((part) => part !== null).join(', ');
  };
  const files = [...new Set(entries.flatMap((entry) => fileOf(entry) ?? []))];
  return {
    of(entry: Entry): string {
      const file = fileOf(entry);
      if (file === null) return [entry.origin, entry.date].filter((part) => part !== null).join(', ');
      const line = parts(entry)?.[2];
      return `[${files.indexOf(file) + 1}]${line === undefined ? '' : ` line ${line}`}`;
    },
    footnotes: files.map((file, index) => `[${index + 1}] ${file}`),
  };
}

function statedTable(entries: readonly Entry[]): Table {
  const places = placesOf(entries);
  return {
    kind: 'table',
    title: 'Stated',
    columns: [{ label: 'id' }, { label: 'value' }, { label: 'from' }],
    rows: entries.map((entry): Cell[] => [entry.id, words(entry), places.of(entry)]),
    scale: 'column',
    footnotes: places.footnotes,
  };
}

function offerTable(facts: readonly { readonly offer: string; readonly entry: Entry }[]): Table {
  const places = placesOf(facts.map(({ entry }) => entry));
  return {
    kind: 'table',
    title: 'Facts of the offers',
    columns: [{ label: 'offer' }, { label: 'id' }, { label: 'value' }, { label: 'from' }],
    rows: facts.map(({ offer, entry }): Cell[] => [offer, entry.id, words(entry), places.of(entry)]),
    scale: 'column',
    footnotes: places.footnotes,
  };
}

const defaultTable = (entries: readonly Entry[], register: Register): Table => ({
  kind: 'table',
  title: 'Defaults, which nobody stated',
  columns: [{ label: 'id' }, { label: 'value' }],
  rows: entries.map((entry): Cell[] => [entry.id, words(entry)]),
  scale: 'column',
  footnotes: [`Register ${register.sha256.slice(0, 12)}. Change one with --assume ID=VALUE.`],
});

function words({ value, unit }: Entry): string {
  if (Array.isArray(value)) return `${value.length} hours`;
  return typeof value === 'number' ? statedWords(value, unit) : String(value);
}
