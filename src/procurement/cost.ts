import { lintUnlikeOffers } from '../economics/lint-price.ts';
import { UserError } from '../error/user-error.ts';
import { priceSnapshot } from './api-price.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { Context, CostInputs } from './cost-input.ts';
import { printed } from './cost-lint.ts';
import { costOf } from './cost-offer.ts';
import { notesOf, place, purchaseClass, together } from './cost-place.ts';
import type { Offer } from './offer.ts';
import type { CostReport, PrintedLint } from './offer-cost.ts';
import { numberOrNull, resolveRegister } from './register.ts';
import { fitOf } from './token-price.ts';

export { type CostInputs, type Declaration, declarations } from './cost-input.ts';

/** Every offer for every capacity, cheapest first (section 2.7), with the lints of section 8. */
export function costReport(inputs: CostInputs): CostReport {
  const { offers, date, declared } = inputs;
  const capacities = inputs.capacities.map((capacity) => anchored(capacity, offers));
  const traceOf: CostInputs['traceOf'] = (capacity, offer) =>
    inputs.traceOf(inputs.capacities[capacities.indexOf(capacity)] ?? capacity, offer);
  const fit = fitOf(capacities);
  const ranked = offers.length * Math.max(1, capacities.length) > 1;
  const register = resolveRegister(inputs.statements);
  const context: Context = { ...inputs, register, traceOf, fit: fit?.state === 'ok' ? fit.value : null, ranked };
  const rows = offers.flatMap((offer) =>
    capacities.length === 0
      ? [costOf(offer, null, context)]
      : capacities.map((capacity) => costOf(offer, capacity, context)),
  );
  const sorted = place(rows, declared);
  const unlike = printed(
    lintUnlikeOffers({
      offers: rows.map((row) => ({ name: row.offer, purchaseClass: purchaseClass(row.kind), precision: null })),
      declared: declared.includes('purchase'),
    }),
  );
  return {
    schema: 'tokbench.cost/1',
    simulated: capacities.some(({ simulated }) => simulated),
    date,
    priceSnapshot: offers.some(({ api }) => api !== null) ? priceSnapshot() : null,
    offers: sorted,
    lints: [...unlike, ...together(sorted)],
    notes: notesOf(inputs, rows, fit === null || fit.state === 'ok' ? null : fit.reasons.join(', ')),
    register,
  };
}

/**
 * A rate of one server is of so many accelerators whoever sells them: those of the only server or instance among the offers,
 * where the rate does not say.
 */
function anchored(capacity: MeasuredCapacity, offers: readonly Offer[]): MeasuredCapacity {
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

/** Lints at error, for a gate. */
export const errorsOf = (report: { readonly lints: readonly PrintedLint[] }): PrintedLint[] =>
  report.lints.filter(({ severity }) => severity === 'error');
