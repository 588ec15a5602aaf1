import { type Block, type Cell, heading, type Table, type Tone, text } from '../document/document.ts';
import type { Decision } from '../procurement/decide-result.ts';
import type { Entry } from '../procurement/entry.ts';
import { daysBetween } from '../procurement/price-fact.ts';
import { plainFigure, statedWords, valueWords } from './decision-words.ts';

const most = 14;

/** The register by influence (section 13, row 13): expired ones first, then by their share of the swing; what moves nothing last. */
export function registerBlocks({ register, tornado, date, options, offerAssumptions }: Decision): Block[] {
  const swing = new Map(tornado.map(({ id, swingUsd }) => [id as string, swingUsd]));
  const expired = (entry: Entry) =>
    entry.expiresAfterDays !== null && entry.date !== null && daysBetween(entry.date, date) > entry.expiresAfterDays;
  const kinds = new Set(options.map(({ kind }) => kind));
  const relevant = register.entries.filter(({ id }) => concerns(id, kinds));
  const sorted = [...relevant].sort(
    (a, b) =>
      Number(expired(b)) - Number(expired(a)) ||
      (swing.get(b.id) ?? 0) - (swing.get(a.id) ?? 0) ||
      (a.id < b.id ? -1 : 1),
  );
  const leading = sorted.filter((entry) => expired(entry) || swing.has(entry.id)).slice(0, most);
  const shown = new Set(leading);
  const stated = sorted.filter((entry) => !shown.has(entry) && entry.source !== 'default');
  const defaults = sorted.filter((entry) => !shown.has(entry) && entry.source === 'default');
  return [
    heading('Assumptions'),
    ...(leading.length === 0 ? [] : [table('By influence on the purchase; expired ones first', leading, expired)]),
    ...(stated.length === 0 ? [] : [table('Others that somebody stated', stated, expired)]),
    ...(offerAssumptions.length === 0 ? [] : [offerTable(offerAssumptions, expired)]),
    ...(defaults.length === 0 ? [] : [defaultTable(defaults, register.sha256)]),
  ];
}

function concerns(id: string, kinds: ReadonlySet<string>): boolean {
  if (id.startsWith('api.')) return kinds.has('api');
  if (id.startsWith('rent.')) return kinds.has('rent') || kinds.has('commit') || kinds.has('spot');
  return /^(owned|site)\./.test(id) ? kinds.has('own') : true;
}

const confidenceTone: Readonly<Record<Entry['confidence'], Tone>> = {
  high: 'ok',
  medium: 'plain',
  low: 'plain',
  unverified: 'warn',
};

/** Sources are numbered and told beneath with their date and trust, so that a long title does not stretch every row. */
function sourcesOf(entries: readonly Entry[], expired: (entry: Entry) => boolean) {
  const sources = [...new Set(entries.map(sourceWords))];
  const place = (entry: Entry) => `[${sources.indexOf(sourceWords(entry)) + 1}]`;
  return {
    cell: (entry: Entry): Cell =>
      expired(entry) ? text(`${place(entry)} old`, 'warn') : text(place(entry), confidenceTone[entry.confidence]),
    footnotes: sources.map((source, index) => `[${index + 1}] ${source}`),
  };
}

const rangeWords = ({ range, unit }: Entry): string =>
  range === null ? '' : `${bare(range[0], unit)} to ${bare(range[1], unit)}`;

function table(title: string, entries: readonly Entry[], expired: (entry: Entry) => boolean): Table {
  const sources = sourcesOf(entries, expired);
  return {
    kind: 'table',
    title,
    columns: [{ label: 'assumption' }, { label: 'value' }, { label: 'low to high' }, { label: 'source' }],
    rows: entries.map((entry): Cell[] => [entry.id, words(entry), rangeWords(entry), sources.cell(entry)]),
    scale: 'column',
    footnotes: sources.footnotes,
  };
}

/** Offers differ in their prices, and in capacities of their own. */
function offerTable(offers: Decision['offerAssumptions'], expired: (entry: Entry) => boolean): Table {
  const sources = sourcesOf(
    offers.flatMap(({ entries }) => entries),
    expired,
  );
  return {
    kind: 'table',
    title: 'Of single offers, instead of the above',
    columns: [{ label: 'offer' }, { label: 'assumption' }, { label: 'value' }, { label: 'source' }],
    rows: offers.flatMap(({ offer, entries }) =>
      entries.map((entry): Cell[] => [offer, entry.id, words(entry), sources.cell(entry)]),
    ),
    scale: 'column',
    footnotes: sources.footnotes,
  };
}

function sourceWords({ sourceText, origin, source, date, confidence, owner }: Entry): string {
  const said = sourceText ?? origin;
  const dated = date ?? (source === 'default' ? null : 'no date');
  return [source === 'default' ? `default: ${said}` : said, dated, `trust ${confidence}`, owner]
    .filter((part) => part !== null)
    .join(', ');
}

const defaultTable = (entries: readonly Entry[], sha256: string): Table => ({
  kind: 'table',
  title: 'Defaults, which nobody stated',
  columns: [{ label: 'assumption' }, { label: 'value' }, { label: 'why' }],
  rows: entries.map((entry): Cell[] => [entry.id, words(entry), entry.sourceText ?? '']),
  scale: 'column',
  footnotes: [`Register ${sha256.slice(0, 12)}. Change one in the study or with --assume ID=VALUE.`],
});

function words({ value, unit }: Entry): string {
  if (Array.isArray(value)) return `${value.length} hours`;
  return typeof value === 'number' ? statedWords(value, unit) : String(value);
}

const bare = (value: number, unit: string): string =>
  /^(share|1\/year)/.test(unit)
    ? valueWords(value, unit).replace(/ %.*$/, ' %')
    : Math.abs(value) >= 1e6
      ? `${plainFigure(value / 1e6)} M`
      : plainFigure(value);
