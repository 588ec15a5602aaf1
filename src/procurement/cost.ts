import { lintUnlikeOffers } from '../economics/lint-price.ts';
import { anchored } from './anchor.ts';
import { priceSnapshot } from './api-price.ts';
import { judgeGates } from './cost-gate.ts';
import type { Context, CostInputs } from './cost-input.ts';
import { printed } from './cost-lint.ts';
import { costOf } from './cost-offer.ts';
import { notesOf, place, purchaseClass, together } from './cost-place.ts';
import type { CostReport } from './offer-cost.ts';
import { resolveRegister } from './register.ts';
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
  const lints = [...unlike, ...together(sorted)];
  return {
    schema: 'tokbench.cost/1',
    simulated: capacities.some(({ simulated }) => simulated),
    date,
    priceSnapshot: offers.some(({ api }) => api !== null) ? priceSnapshot() : null,
    offers: sorted,
    lints,
    notes: notesOf(inputs, rows, fit === null || fit.state === 'ok' ? null : fit.reasons.join(', ')),
    gates: inputs.limits === undefined ? [] : judgeGates({ offers: sorted, lints }, inputs.capacities, inputs.limits),
    register,
  };
}
