import { UserError } from '../error/user-error.ts';
import type { AssumptionDefinition } from './definition.ts';

/** What a statement about an assumption must say to be believed. */
export interface Stated {
  readonly value: unknown;
  readonly origin: string;
  readonly unit?: string | null;
  readonly scope?: string | null;
  readonly low?: number | null;
  readonly high?: number | null;
}

type Checked = number | boolean | string | readonly number[];

/** @throws UserError `bad_assumption` */
export function refuse(id: string, origin: string, what: string): never {
  throw new UserError('bad_assumption', `${origin}: ${id} ${what}.`);
}

/** The value of a statement, in the type, unit and limits of its definition. @throws UserError `bad_assumption` */
export function checkValue(definition: AssumptionDefinition, stated: Stated): Checked {
  const { id, unit, scope } = definition;
  if (stated.unit !== undefined && stated.unit !== null && bare(stated.unit) !== bare(unit))
    refuse(id, stated.origin, `is in ${unit}, not in ${stated.unit}; convert the value`);
  if (stated.scope !== undefined && stated.scope !== null && stated.scope !== scope)
    refuse(id, stated.origin, `is of one ${scope}, not of one ${stated.scope}`);
  if (definition.type === 'flag') return checkFlag(id, stated);
  if (definition.type === 'word') return checkWord(definition, stated);
  if (definition.type === 'hours') return checkHours(id, stated);
  return checkNumber(definition, stated.value, stated.origin);
}

/** Low and high around a value: those stated, else those of the default as long as they hold the value. */
export function checkRange(
  definition: AssumptionDefinition,
  stated: Stated | null,
  value: Checked,
): readonly [number, number] | null {
  if (typeof value !== 'number') return null;
  const [low, high] = [stated?.low ?? null, stated?.high ?? null];
  if (low === null && high === null) {
    const { range } = definition;
    return range !== null && value >= range[0] && value <= range[1] ? range : null;
  }
  const { id } = definition;
  const ends = [low ?? value, high ?? value] as const;
  for (const end of ends) checkNumber(definition, end, stated!.origin, true);
  if (!(ends[0] <= value && value <= ends[1]))
    refuse(id, stated!.origin, `is ${value}, outside its own range of ${ends[0]} to ${ends[1]}`);
  return ends;
}

function checkNumber(definition: AssumptionDefinition, value: unknown, origin: string, end = false): number {
  const { id, unit, least, most, above, whole } = definition;
  if (typeof value !== 'number' || !Number.isFinite(value))
    refuse(id, origin, `needs a number in ${unit}, not ${JSON.stringify(value) ?? 'nothing'}`);
  if (value < 0 && least >= 0) refuse(id, origin, `is ${value}; it cannot be negative (${unit})`);
  if (value < least || (above && value === least && !end))
    refuse(id, origin, `is ${value}; it must be ${above ? 'above' : 'at least'} ${least} (${unit})`);
  if (value > most)
    refuse(id, origin, `is ${value}, which is absurd: at most ${most} (${unit})${percentHint(unit, value, most)}`);
  if (whole && !Number.isInteger(value)) refuse(id, origin, `is ${value}; it is counted in whole units (${unit})`);
  return value;
}

/** Whoever writes 8 for a share means 8 %. */
const percentHint = (unit: string, value: number, most: number): string =>
  /^(share|1\/year)/.test(unit) && value >= 2 && value / 100 <= most
    ? `; ${value} % is written ${value / 100} or ${value}%`
    : '';

function checkFlag(id: string, { value, origin }: Stated): boolean {
  if (value === true || value === false) return value;
  return refuse(id, origin, `is true or false, not ${JSON.stringify(value)}`);
}

function checkWord({ id, words }: AssumptionDefinition, { value, origin }: Stated): string {
  if (typeof value === 'string' && words!.includes(value)) return value;
  return refuse(id, origin, `is one of ${words!.join(', ')}, not ${JSON.stringify(value)}`);
}

/** Any whole number of days: 24 or 168 as a rule, more when a real month is known. */
function checkHours(id: string, { value, origin }: Stated): readonly number[] {
  if (!Array.isArray(value)) return refuse(id, origin, 'needs a list of 24 or 168 hourly values');
  if (value.length === 0 || value.length % 24 !== 0)
    refuse(id, origin, `has ${value.length} ${value.length === 1 ? 'value' : 'values'}; a day has 24, a week 168`);
  value.forEach((hour, index) => {
    if (typeof hour !== 'number' || !Number.isFinite(hour) || hour < 0)
      refuse(id, origin, `has ${JSON.stringify(hour)} in hour ${index}; each is requests an hour, zero or more`);
  });
  return value as number[];
}

/** `USD/server` and `usd / server` are one unit; so are P, as formulas call it, and the price of a server. */
const bare = (unit: string) => unit.replace(/\bP\b/, 'server price').toLowerCase().replace(/\s+/g, '');
