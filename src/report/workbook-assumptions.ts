import { compare, constant, named, reference, type Term, times, when } from '../document/formula.ts';
import { createSheet, type Draft, type SheetDraft, styled } from '../document/sheet.ts';
import { cellName, type Limits, type NumberFormat, type Sheet } from '../document/workbook.ts';
import { type AssumptionId, definitionOf } from '../procurement/assumption.ts';
import type { Values } from '../procurement/decide-values.ts';
import type { AssumptionValue, Entry, Register } from '../procurement/entry.ts';

/** Assumptions as formulas refer to them: cells of the sheet, so that a change there changes everything. */
export interface Inputs {
  has(id: AssumptionId): boolean;
  /** @throws Error for an id without a value: ask `has` first */
  number(id: AssumptionId): Term;
  /** As `number`; a constant where there is no value. */
  numberOr(id: AssumptionId, fallback: number): Term;
  flag(id: AssumptionId): Term<boolean>;
  word(id: AssumptionId): Term<string>;
}

/** What one offer says over the common assumptions. */
export interface OfferValues {
  readonly name: string;
  readonly values: Values;
  /** Ids that it lacks although the others have them. */
  readonly without: readonly string[];
  readonly entries?: readonly Entry[];
}

export interface AssumptionSheet {
  readonly sheet: Sheet;
  readonly common: Inputs;
  /** The same with what an offer says instead. */
  ofOffer(index: number): Inputs;
}

const columns = [
  ['assumption', 44],
  ['value', 16],
  ['unit', 22],
  ['low', 12],
  ['high', 12],
  ['symbol', 16],
  ['source', 64],
  ['date', 12],
  ['confidence', 12],
  ['kind', 10],
  ['owner', 12],
  ['valid for days', 14],
  ['id', 42],
  ['note', 40],
] as const;

/**
 * The register as a sheet: one row an entry, the value in a named cell that may be changed, the most influential first.
 * Entries that follow from others by default are formulas until somebody types over them.
 *
 * @param influence ids in the order of their share in the tornado; the rest follows in the order of the register
 */
export function assumptionSheet(
  register: Register,
  offers: readonly OfferValues[],
  influence: readonly string[] = [],
): AssumptionSheet {
  const sheet = createSheet('Assumptions', {
    widths: columns.map(([, width]) => width),
    frozen: { rows: 3, columns: 1 },
    orientation: 'landscape',
    tone: 'input',
  });
  sheet.row(['Assumptions'], { role: 'title' });
  sheet.row(['Change a yellow cell and everything recalculates. The most influential come first.'], { role: 'soft' });
  sheet.row(
    columns.map(([name]) => name),
    { role: 'head' },
  );
  const common = new Map<string, AssumptionValue>(register.entries.map(({ id, value }) => [id, value]));
  for (const entry of sorted(register.entries, influence)) sheet.row(rowOf(entry, common));
  const overrides = offers.map((offer, index) => offerRows(sheet, offer, index, common));
  return {
    sheet: sheet.finish(),
    common: inputsOf(common, new Map()),
    ofOffer(index) {
      const without = new Set(offers[index]?.without ?? []);
      const known = new Map([...common].filter(([id]) => !without.has(id)));
      return inputsOf(known, overrides[index] ?? new Map());
    },
  };
}

/** Thousands apart, fractions with all their digits. */
const plainFormat = (value: number): NumberFormat =>
  Math.abs(value) >= 1000 && Number.isInteger(value) ? 'whole' : 'general';

function sorted(entries: readonly Entry[], influence: readonly string[]): Entry[] {
  const rank = (id: string) => {
    const at = influence.indexOf(id);
    return at < 0 ? influence.length : at;
  };
  return [...entries].sort((a, b) => rank(a.id) - rank(b.id));
}

function rowOf(entry: Entry, values: ReadonlyMap<string, AssumptionValue>): Draft[] {
  const { id, title, unit, symbol, note } = entry;
  return [
    title,
    valueDraft(entry, values),
    styled(unit, { role: 'soft' }),
    ...rangeCells(entry),
    styled(symbol, { role: 'soft' }),
    ...sourceCells(entry),
    styled(id, { role: 'soft' }),
    styled(note ?? '', { wrap: true }),
  ];
}

const rangeCells = ({ range }: Entry): Draft[] =>
  [0, 1].map((end) => styled(range?.[end] ?? null, { format: plainFormat(range?.[end] ?? 0) }));

/** Source, date, trust, kind, owner and days until it expires. */
const sourceCells = ({ sourceText, origin, date, confidence, kind, owner, expiresAfterDays }: Entry): Draft[] => [
  styled([sourceText, origin === 'default' ? null : origin].filter((part) => part).join(' · '), { wrap: true }),
  date,
  styled(confidence, { role: confidence === 'unverified' ? 'warn' : 'plain' }),
  kind,
  owner,
  expiresAfterDays,
];

function valueDraft(entry: Entry, values: ReadonlyMap<string, AssumptionValue>): Draft {
  const { id, value } = entry;
  if (Array.isArray(value)) return styled(`${value.length} values, see Demand`, { role: 'soft' });
  const looks = { role: 'input', name: cellName(id), limits: limitsOf(id) } as const;
  if (typeof value !== 'number') return styled(value as string | boolean, looks);
  return styled(derivedFormula(entry, values) ?? value, { ...looks, format: plainFormat(value) });
}

/** What the register derives while nobody states it (see its `settle`), as a formula over the cells that it follows from. */
function derivedFormula(entry: Entry, values: ReadonlyMap<string, AssumptionValue>): Term | null {
  if (entry.kind !== 'derived' || entry.source !== 'default') return null;
  const cell = (id: AssumptionId) => {
    const value = values.get(id);
    return typeof value === 'number' ? named(id, value) : null;
  };
  const from = {
    'owned.server.install_usd': 'owned.server.price_usd',
    'owned.server.power_provisioned_kw': 'owned.server.power_kw',
    'capacity.availability': 'owned.spare_servers',
  }[entry.id as string] as AssumptionId | undefined;
  const source = from === undefined ? null : cell(from);
  if (source === null) return null;
  switch (entry.id) {
    case 'owned.server.install_usd':
      return times(0.07, source);
    case 'owned.server.power_provisioned_kw':
      return times(1, source);
    default:
      return when(compare(source, '>', 0), 1, definitionOf('capacity.availability')!.default as number);
  }
}

function limitsOf(id: AssumptionId): Limits | null {
  const definition = definitionOf(id);
  if (definition === null) return null;
  const { type, words, least, most, whole, title, unit } = definition;
  if (type === 'flag') return { choices: ['TRUE', 'FALSE'], wording: `${title}: TRUE or FALSE.` };
  if (type === 'word') return words === null ? null : { choices: words, wording: `${title}: ${words.join(', ')}.` };
  const high = most === Number.MAX_VALUE ? null : most;
  const ends = high === null ? `from ${least} on` : `from ${least} to ${high}`;
  return { low: least, high, whole, wording: `${title}: a ${whole ? 'whole ' : ''}number ${ends}, ${unit}.` };
}

/** What an offer says differently, in cells of its own; gives the names by id. */
function offerRows(
  sheet: SheetDraft,
  { name, values, entries = [] }: OfferValues,
  index: number,
  common: ReadonlyMap<string, AssumptionValue>,
): Map<string, Term> {
  const own = Object.entries(values).filter(([id, value]) => numeric(common.get(id)) !== value);
  const cells = new Map<string, Term>();
  if (own.length === 0) return cells;
  sheet.gap();
  sheet.row([`Offer ${name}: instead of the above`], { role: 'section' });
  for (const [id, value] of own) {
    const definition = definitionOf(id);
    const entry = entries.find((one) => one.id === id) ?? null;
    const cell = `offer${index + 1}_${cellName(id)}`;
    const limits = limitsOf(id as AssumptionId);
    sheet.row([
      definition?.title ?? id,
      styled(value, { role: 'input', name: cell, limits, format: plainFormat(value) }),
      styled(definition?.unit ?? '', { role: 'soft' }),
      ...(entry === null ? [null, null] : rangeCells(entry)),
      styled(definition?.symbol ?? '', { role: 'soft' }),
      ...(entry === null
        ? [styled(`offer ${name}`, { wrap: true }), null, null, null, null, null]
        : sourceCells(entry)),
      styled(id, { role: 'soft' }),
      styled(entry?.note ?? '', { wrap: true }),
    ]);
    cells.set(id, reference(cell, value));
  }
  return cells;
}

const numeric = (value: AssumptionValue | undefined): number | undefined =>
  typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : undefined;

function inputsOf(common: ReadonlyMap<string, AssumptionValue>, own: ReadonlyMap<string, Term>): Inputs {
  const number = (id: AssumptionId): Term | null => {
    const stated = own.get(id);
    if (stated !== undefined) return stated;
    const value = common.get(id);
    return typeof value === 'number' ? named(id, value) : null;
  };
  return {
    has: (id) => number(id) !== null,
    number(id) {
      const term = number(id);
      if (term === null) throw new Error(`${id} has no value`);
      return term;
    },
    numberOr: (id, fallback) => number(id) ?? constant(fallback),
    flag(id) {
      const stated = own.get(id);
      return stated === undefined ? reference(cellName(id), common.get(id) === true) : compare(stated, '>', 0);
    },
    word: (id) => reference(cellName(id), String(common.get(id) ?? '')),
  };
}
