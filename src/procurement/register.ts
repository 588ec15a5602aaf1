import { createHash } from 'node:crypto';
import { closest } from 'fastest-levenshtein';
import type { Uncertain } from '../economics/distribution.ts';
import { UserError } from '../error/user-error.ts';
import {
  type AssumptionDefinition,
  type AssumptionId,
  assumptionIds,
  assumptions,
  definitionOf,
} from './assumption.ts';
import { checkRange, checkValue } from './assumption-check.ts';
import { type AssumptionValue, type Entry, layers, type Register, type Statement, shown } from './entry.ts';
import { settle } from './settle.ts';

export type { AssumptionKind, AssumptionValue, Confidence, Entry, Layer, Register, Statement } from './entry.ts';

/**
 * Resolves statements over the defaults: defaults, runs, profiles, study, flags; the later layer wins.
 *
 * @throws UserError `unknown_assumption` with the nearest id, `bad_assumption` for a value that is negative, absurd or of the wrong
 * type or unit, `contradictory_assumptions` where one layer says two things or two ids exclude each other; each with its origin
 */
export function resolveRegister(statements: readonly Statement[]): Register {
  const chosen = new Map<AssumptionId, Statement>();
  for (const statement of statements) {
    const { id } = knownAssumption(statement.id, statement.origin);
    const earlier = chosen.get(id);
    if (earlier !== undefined && earlier.layer === statement.layer && !same(earlier.value, statement.value)) {
      throw new UserError(
        'contradictory_assumptions',
        `${id} is ${shown(earlier.value)} in ${earlier.origin} and ${shown(statement.value)} in ${statement.origin}; keep one.`,
      );
    }
    if (earlier === undefined || layers.indexOf(statement.layer) >= layers.indexOf(earlier.layer))
      chosen.set(id, statement);
  }
  const entries = new Map<AssumptionId, Entry>();
  for (const definition of assumptions as readonly AssumptionDefinition<AssumptionId>[]) {
    const entry = entryOf(definition, chosen.get(definition.id) ?? null);
    if (entry !== null) entries.set(entry.id, entry);
  }
  settle(entries);
  return registerOf([...entries.values()]);
}

/** A register with some values replaced, for sensitivity; nothing is checked but that the ids exist. */
export function withValues(
  register: Register,
  values: Readonly<Partial<Record<AssumptionId, AssumptionValue>>>,
): Register {
  return registerOf(
    register.entries.map((entry) =>
      entry.id in values ? { ...entry, value: values[entry.id] as AssumptionValue } : entry,
    ),
  );
}

/** A register with entries put in or replaced, such as a price that follows from other entries. */
export function withEntries(register: Register, entries: readonly Entry[]): Register {
  const ids = new Set(entries.map(({ id }) => id));
  return registerOf([...register.entries.filter(({ id }) => !ids.has(id)), ...entries]);
}

/** The definition of an id that a person typed. @throws UserError `unknown_assumption` */
export function knownAssumption(id: string, origin: string): AssumptionDefinition<AssumptionId> {
  const definition = definitionOf(id);
  if (definition !== null) return definition;
  const near = closest(id, [...assumptionIds]);
  throw new UserError('unknown_assumption', `${origin}: there is no assumption "${id}"; did you mean "${near}"?`);
}

export function entryIn(register: Register, id: AssumptionId): Entry | null {
  return register.entries.find((entry) => entry.id === id) ?? null;
}

/** A number that may be missing. */
export function numberOrNull(register: Register, id: AssumptionId): number | null {
  const value = entryIn(register, id)?.value;
  return typeof value === 'number' ? value : null;
}

/** A number that a formula needs. @throws UserError `missing_assumption` */
export function numberOf(register: Register, id: AssumptionId): number {
  return numberOrNull(register, id) ?? missing([id]);
}

export function flagOf(register: Register, id: AssumptionId): boolean {
  return entryIn(register, id)?.value === true;
}
export function wordOf(register: Register, id: AssumptionId): string {
  const value = entryIn(register, id)?.value;
  return typeof value === 'string' ? value : missing([id]);
}
export function hoursOf(register: Register, id: AssumptionId): readonly number[] | null {
  const value = entryIn(register, id)?.value;
  return Array.isArray(value) ? (value as readonly number[]) : null;
}

/** Asks for everything that is missing at once, not for one thing after the other. @throws UserError `missing_assumption` */
export function requireAssumptions(register: Register, ids: readonly AssumptionId[], purpose = 'This'): void {
  const absent = ids.filter((id) => entryIn(register, id) === null);
  if (absent.length > 0) missing(absent, purpose);
}

/** @throws UserError `missing_assumption`, which names what to give */
export function missing(ids: readonly AssumptionId[], purpose = 'This'): never {
  const named = ids.map((id) => `${id} (${definitionOf(id)!.title.toLowerCase()}, ${definitionOf(id)!.unit})`);
  throw new UserError(
    'missing_assumption',
    `${purpose} needs ${named.join(', ')}: give ${ids.length === 1 ? 'it' : 'them'} with ${ids.map((id) => `--assume ${id}=…`).join(' ')}, in a study, or by a profile that has it${ids.some((id) => id.startsWith('owned.server.')) ? ', such as --offer own:dgx-h100' : ''}.`,
  );
}

/** Entries with a range, as tornado and Monte Carlo take them. */
export function uncertainEntries(register: Register): Uncertain[] {
  return register.entries.flatMap(({ id, value, range, spread }) =>
    typeof value === 'number' && range !== null && spread !== 'none'
      ? [{ id, value, low: range[0], high: range[1], spread }]
      : [],
  );
}

function entryOf(definition: AssumptionDefinition<AssumptionId>, statement: Statement | null): Entry | null {
  const { id, symbol, title, unit, scope } = definition;
  const value = statement === null ? definition.default : checkValue(definition, statement);
  if (value === null) return null;
  const stated = statement ?? {
    layer: 'default' as const,
    origin: 'default',
    sourceText: definition.basis,
    kind: 'assumed' as const,
  };
  const layer = stated.layer;
  const range = checkRange(definition, statement, value);
  const spread = ('spread' in stated ? stated.spread : null) ?? definition.spread;
  const sourceText = stated.sourceText ?? (layer === 'flag' ? 'stated on the command line' : null);
  const date = ('date' in stated ? stated.date : null) ?? null;
  const given = ('confidence' in stated ? stated.confidence : null) ?? null;
  return {
    id,
    symbol,
    title,
    value,
    unit,
    scope,
    source: layer,
    origin: stated.origin,
    sourceText,
    date,
    confidence:
      given ??
      (layer === 'flag' || layer === 'default'
        ? 'low'
        : layer === 'run'
          ? 'high'
          : sourceText === null || date === null
            ? 'unverified'
            : 'medium'),
    kind: stated.kind ?? (layer === 'run' ? 'measured' : 'assumed'),
    range,
    spread: range === null ? 'none' : spread === 'none' ? 'triangular' : spread,
    owner: statement?.owner ?? null,
    note: statement?.note ?? null,
    expiresAfterDays: statement?.expiresAfterDays ?? definition.expiresAfterDays,
  };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function registerOf(entries: readonly Entry[]): Register {
  const sorted = [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
  const hashed = sorted.map((e) => [e.id, e.value, e.unit, e.range, e.spread, e.source, e.sourceText, e.date]);
  return { sha256: createHash('sha256').update(JSON.stringify(hashed)).digest('hex'), entries: sorted };
}
