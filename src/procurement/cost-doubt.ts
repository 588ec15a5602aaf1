import { doubtsOf, type NotVerifiedReason } from '../economics/state.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { Context } from './cost-input.ts';
import { type Deployment, shapeNotes } from './deployment.ts';
import type { Offer } from './offer.ts';
import type { PriceFactRow } from './offer-cost.ts';

/** Why the price of an offer is not verified (section 5). */
export function doubtsAbout(
  offer: Offer,
  { capacity, deployment, prices }: Grounds,
  context: Context,
): NotVerifiedReason[] {
  const compared = context.offers.some(({ kind }) => kind !== 'api');
  const undeclared = offer.kind === 'api' && compared && !context.declared.includes('quality');
  return [
    ...new Set([
      ...prices.flatMap(({ ageDays, limitDays, source, confidence }) =>
        doubtsOf({
          capacityPoint: 'measured',
          priceAgeDays: ageDays,
          priceAgeLimitDays: limitDays,
          priceHasSource: source !== null && confidence !== 'unverified',
          qualityEquivalence: null,
          tokenizerRatio: null,
        }),
      ),
      ...(otherHardware(offer, capacity) || torn(deployment) ? (['capacity-extrapolated'] as const) : []),
      ...(undeclared ? (['quality-equivalence-undeclared'] as const) : []),
    ]),
  ];
}

interface Grounds {
  readonly capacity: MeasuredCapacity | null;
  readonly deployment: Deployment | null;
  readonly prices: readonly PriceFactRow[];
}

/** A capacity is that of the hardware it was measured on. */
const otherHardware = (offer: Offer, capacity: MeasuredCapacity | null): boolean =>
  offer.hardware !== null && capacity !== null && capacity.hardware !== null && offer.hardware !== capacity.hardware;
/** A replica over several boxes pays for their network, which a measurement inside of one did not. */
const torn = (deployment: Deployment | null): boolean =>
  deployment !== null && deployment.box.accelerators < deployment.replica.accelerators;

/** What a reader must know of the capacity behind an offer. */
export function groundNotes(offer: Offer, capacity: MeasuredCapacity | null, deployment: Deployment | null): string[] {
  const notes: string[] = deployment === null ? [] : shapeNotes(capacity, deployment);
  if (otherHardware(offer, capacity))
    notes.push(
      `The capacity is that of ${capacity!.hardware}; ${offer.name} is ${offer.hardware}, which may deliver more or less.`,
    );
  if (torn(deployment))
    notes.push(
      `${offer.name} spreads a replica of ${deployment!.replica.accelerators} accelerators over boxes of ${deployment!.box.accelerators}, which nobody measured.`,
    );
  return notes;
}
