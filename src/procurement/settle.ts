import { profileDemand } from '../economics/demand.ts';
import { UserError } from '../error/user-error.ts';
import { type AssumptionDefinition, type AssumptionId, definitionOf } from './assumption.ts';
import { refuse } from './assumption-check.ts';
import { type AssumptionValue, type Entry, shown } from './entry.ts';

type Entries = Map<AssumptionId, Entry>;

/** Defaults that follow from other entries, and entries that contradict each other. */
export function settle(entries: Entries): void {
  const value = (id: AssumptionId) => entries.get(id)?.value;
  const derive = (id: AssumptionId, to: AssumptionValue, sourceText: string) =>
    void entries.set(id, derived(definitionOf(id)!, to, sourceText));
  const price = value('owned.server.price_usd');
  if (typeof price === 'number' && !entries.has('owned.server.install_usd'))
    derive('owned.server.install_usd', 0.07 * price, '7 % of the server price, from 5.1 to 9.2 % by product line');
  const power = value('owned.server.power_kw');
  if (typeof power === 'number' && !entries.has('owned.server.power_provisioned_kw'))
    derive('owned.server.power_provisioned_kw', power, 'as the IT power at full load');
  const spares = value('owned.spare_servers');
  if (entries.get('capacity.availability')?.source === 'default' && typeof spares === 'number' && spares > 0)
    derive('capacity.availability', 1, 'spare servers cover failures; counting both would count them twice');
  const hourly = value('demand.hourly');
  if (Array.isArray(hourly)) settleHourly(entries, hourly as readonly number[], derive);
  exclude(entries);
}

function settleHourly(
  entries: Entries,
  hourly: readonly number[],
  derive: (id: AssumptionId, to: number, sourceText: string) => void,
): void {
  const origin = entries.get('demand.hourly')!.origin;
  const profile = profileDemand(hourly);
  if (profile.peakToAverage === null) refuse('demand.hourly', origin, 'asks for nothing in any hour');
  const perMonth = profile.averagePerHour * 730;
  const from = `from demand.hourly (${origin})`;
  for (const [id, computed] of [
    ['demand.peak_to_average', profile.peakToAverage],
    ['demand.requests_per_month', perMonth],
  ] as const) {
    const stated = entries.get(id);
    if (stated === undefined) derive(id, computed, from);
    else if (Math.abs((stated.value as number) - computed) > 0.01 * computed)
      contradict(entries, id, 'demand.hourly', `the hours amount to ${shown(computed)}`);
  }
}

/** Pairs that cannot both be true. */
function exclude(entries: Entries): void {
  const number = (id: AssumptionId) => {
    const value = entries.get(id)?.value;
    return typeof value === 'number' ? value : null;
  };
  if (entries.has('demand.utilization') && entries.has('demand.requests_per_month'))
    contradict(entries, 'demand.utilization', 'demand.requests_per_month', 'a demand decides on the utilisation');
  const above = (id: AssumptionId, limit: AssumptionId, why: string) => {
    const [value, most] = [number(id), number(limit)];
    if (value !== null && most !== null && value > most) contradict(entries, id, limit, why);
  };
  above('owned.server.power_kw', 'owned.server.power_provisioned_kw', 'a server cannot draw more than is provisioned');
  above('demand.reasoning_tokens', 'demand.output_tokens', 'reasoning is a part of the output');
  const [read, written] = [number('demand.cached_share') ?? 0, number('demand.cache_write_share') ?? 0];
  if (read + written > 1 + 1e-12)
    contradict(entries, 'demand.cached_share', 'demand.cache_write_share', 'together they exceed the input');
  const [input, output] = [number('demand.input_tokens'), number('demand.output_tokens')];
  if (input === 0 && output === 0)
    contradict(entries, 'demand.input_tokens', 'demand.output_tokens', 'a request has tokens');
}

function contradict(entries: Entries, id: AssumptionId, other: AssumptionId, why: string): never {
  const said = (which: AssumptionId) => {
    const { value, origin } = entries.get(which)!;
    return `${which} = ${shown(value)} (${origin})`;
  };
  throw new UserError('contradictory_assumptions', `${said(id)} contradicts ${said(other)}: ${why}.`);
}

/** A default range that no longer holds the value says nothing about it. */
function rangeAround(definition: AssumptionDefinition, value: AssumptionValue): readonly [number, number] | null {
  const { range } = definition;
  return range !== null && typeof value === 'number' && value >= range[0] && value <= range[1] ? range : null;
}

function derived(definition: AssumptionDefinition<AssumptionId>, value: AssumptionValue, sourceText: string): Entry {
  const { id, symbol, title, unit, scope, expiresAfterDays } = definition;
  const range = rangeAround(definition, value);
  return {
    ...{ id, symbol, title, value, unit, scope, source: 'default', origin: 'default', sourceText, date: null },
    ...{ confidence: 'low', kind: 'derived', range, spread: range === null ? 'none' : definition.spread },
    ...{ owner: null, note: null, expiresAfterDays },
  };
}
