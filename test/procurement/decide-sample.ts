import type { DecisionCase } from '../../src/procurement/decide-case.ts';
import type { Statement } from '../../src/procurement/entry.ts';
import { resolveRegister } from '../../src/procurement/register.ts';
import { offer, plainCase } from './plain-case.ts';

export { offer } from './plain-case.ts';

/** The reference server of section 6.1, a load that fills two of them, an API and a rental that cost more. */
const stated: Readonly<Record<string, number | boolean>> = {
  'owned.server.price_usd': 285_000,
  'owned.server.install_usd': 22_300,
  'owned.server.accelerators': 8,
  'owned.server.power_kw': 10.96,
  'site.colo_usd_per_kw_month': 150,
  'owned.spare_servers': 0,
  'capacity.availability': 1,
  'capacity.headroom': 0,
  'capacity.requests_per_s_per_replica': 10,
  'capacity.accelerators_per_replica': 1,
  'demand.requests_per_month': 200_000_000,
  'demand.input_tokens': 512,
  'demand.output_tokens': 256,
  'demand.peak_to_average': 2,
  'demand.growth': 0,
  'api.usd_per_request': 0.0004,
  'api.price_decline': 0,
  'rent.usd_per_accelerator_hour': 12,
  'rent.accelerators_per_instance': 8,
  'rent.price_decline': 0,
  'rent.scales': false,
};

export type Changes = Readonly<Record<string, number | boolean>>;
/** Ranges of assumptions as [low, high]. */
export type Ranges = Readonly<Record<string, readonly [number, number]>>;

/** A case with some assumptions changed; every default range is fixed at its value unless `ranges` gives one. */
export function caseWith(changes: Changes = {}, more: Partial<DecisionCase> = {}, ranges: Ranges = {}): DecisionCase {
  const plain = resolveRegister(statements(changes, {}));
  const fixed = Object.fromEntries(
    plain.entries.flatMap(({ id, value, range }) =>
      typeof value === 'number' && range !== null ? [[id, [value, value] as const]] : [],
    ),
  );
  const all = Object.fromEntries(plain.entries.map(({ id, value }) => [id, value as number | boolean]));
  const needed = Object.fromEntries(Object.entries(all).filter(([id]) => id in fixed || id in ranges));
  const register = resolveRegister(statements({ ...needed, ...changes }, { ...fixed, ...ranges }));
  return plainCase(register, [offer('own', 'own'), offer('rent', 'rent'), offer('api', 'api')], more);
}

function statements(changes: Changes, ranges: Ranges): Statement[] {
  return Object.entries({ ...stated, ...changes }).map(([id, value]): Statement => {
    const [low, high] = ranges[id] ?? [null, null];
    return { id, value, layer: 'study', origin: 'study.yaml:1', sourceText: 'a quote', date: '2026-11-01', low, high };
  });
}
