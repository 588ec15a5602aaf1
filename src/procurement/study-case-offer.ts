import { doubtsOf } from '../economics/state.ts';
import type { AssumptionId } from './assumption.ts';
import type { CaseOffer } from './decide-case.ts';
import { type Values, valuesOf } from './decide-values.ts';
import type { Offer } from './offer.ts';
import { pricesBehind, quoteOf } from './price-fact.ts';
import { entryIn } from './register.ts';
import type { StudyOffer } from './study-offer.ts';
import { listPrices } from './study-price.ts';

/** Ids that matter to an offer of a kind. */
const concerns = (kind: Offer['kind'], id: string): boolean =>
  kind === 'api'
    ? !/^(owned|rent|site|capacity)\./.test(id)
    : kind === 'own'
      ? !/^(rent|api)\./.test(id)
      : !/^(owned|api|site)\./.test(id);

/** An offer as a case takes it: where it differs from the base, and why its figures may not be ranked. */
export function caseOffer(offer: StudyOffer, base: Values, date: string): CaseOffer {
  const capacity = offer.measured?.capacity ?? null;
  const values = valuesOf(offer.register);
  const differing = Object.entries(values).filter(([id, value]) => concerns(offer.kind, id) && base[id] !== value);
  const without = Object.keys(base).filter((id) => concerns(offer.kind, id) && !(id in values));
  return {
    name: offer.name,
    kind: offer.kind,
    values: Object.fromEntries(differing),
    without,
    entries: differing.flatMap(([id]) => entryIn(offer.register, id as AssumptionId) ?? []),
    doubts: [...new Set([...capacityDoubts(offer), ...priceDoubts(offer, date)])],
    ...(capacity?.state === 'infeasible' ? { blocked: capacity.reasons } : {}),
    quote: quoteOf(pricesBehind(offer, date)),
    listUsdPerMillion: listPrices(offer, date),
  };
}

function priceDoubts(offer: Offer, date: string): string[] {
  return pricesBehind(offer, date).flatMap(({ ageDays, limitDays, source, confidence }) =>
    doubtsOf({
      capacityPoint: 'measured',
      priceAgeDays: ageDays,
      priceAgeLimitDays: limitDays,
      priceHasSource: source !== null && confidence !== 'unverified',
      qualityEquivalence: null,
      tokenizerRatio: null,
    }),
  );
}

/** A capacity holds for the hardware that it was measured on, and for nothing that nobody measured. */
function capacityDoubts({ kind, register, hardware, measured }: StudyOffer): string[] {
  if (kind === 'api') return [];
  if (measured === null) {
    const stated = entryIn(register, 'capacity.requests_per_s_per_replica');
    return stated?.kind === 'measured' ? [] : ['capacity-not-measured'];
  }
  const { capacity } = measured;
  if (capacity.origin !== 'run') return ['capacity-not-measured'];
  const elsewhere = hardware !== null && capacity.hardware !== null && hardware !== capacity.hardware;
  return [
    ...(capacity.simulated ? ['simulated-capacity'] : []),
    ...(capacity.state === 'not-verified' ? capacity.reasons : []),
    ...(capacity.hardware === null ? ['hardware-unknown'] : []),
    ...(elsewhere ? ['capacity-of-other-hardware'] : []),
  ];
}
