import { UserError } from '../error/user-error.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { Offer } from './offer.ts';
import { numberOrNull } from './register.ts';

/**
 * A rate of one server is of so many accelerators whoever sells them: those of the only server or instance among the offers,
 * where the rate does not say.
 *
 * @throws UserError `bad_throughput` where offers differ in it
 */
export function anchored(capacity: MeasuredCapacity, offers: readonly Pick<Offer, 'register'>[]): MeasuredCapacity {
  if (capacity.accelerators !== null || (capacity.scope !== 'server' && capacity.scope !== 'instance')) return capacity;
  const [id, other] =
    capacity.scope === 'server'
      ? (['owned.server.accelerators', 'rent.accelerators_per_instance'] as const)
      : (['rent.accelerators_per_instance', 'owned.server.accelerators'] as const);
  for (const key of [id, other]) {
    const counts = new Set(offers.flatMap(({ register }) => numberOrNull(register, key) ?? []));
    if (counts.size === 1) return { ...capacity, accelerators: [...counts][0]! };
    if (counts.size > 1)
      throw new UserError(
        'bad_throughput',
        `${capacity.name}: the offers have ${[...counts].join(' and ')} accelerators in a ${capacity.scope}; say which the rate is of, with accelerators=N.`,
      );
  }
  return capacity;
}
