import { UserError } from '../error/user-error.ts';
import { anchored } from './anchor.ts';
import type { Override } from './api-override.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { Statement } from './entry.ts';
import { inputLengths } from './length-price.ts';
import { type Offer, offersOf } from './offer.ts';
import type { DemandProfileFile } from './profile.ts';
import { withEntries } from './register.ts';
import type { LoadedStudy } from './study.ts';
import { capacityStatements } from './study-capacity.ts';
import { priceEntries, rangedEntries } from './study-price.ts';

/** Capacity of a run or one typed by hand, and when it was measured. */
export interface StudyRun {
  readonly capacity: MeasuredCapacity;
  readonly startedAt: string | null;
}

/** What the command line adds to a study. */
export interface StudyFlags {
  readonly assumed: readonly Statement[];
  /** More offers, `KIND[:NAME|FILE]`. */
  readonly offers: readonly string[];
  readonly runs: readonly StudyRun[];
  readonly overrides: readonly Override[];
  /** The day that prices are asked for and ages are counted to. */
  readonly date: string;
}

/** An offer of a study with the capacity that it rests on; null where the assumptions say it. */
export interface StudyOffer extends Offer {
  readonly measured: StudyRun | null;
}

/**
 * Offers of a study and of the flags, each with its facts, its own assumptions and the capacity of the run on its hardware.
 *
 * @throws UserError those of offers, prices and the register; `bad_throughput` where a rate does not fit an offer
 */
export function readOffers(
  loaded: LoadedStudy,
  flags: StudyFlags,
  statements: readonly Statement[],
  demand: DemandProfileFile | null,
): StudyOffer[] {
  const stated = loaded.study.offers.map((offer, index) => ({
    text: typeof offer === 'string' ? offer : offer.offer,
    name: typeof offer === 'string' ? null : (offer.name ?? null),
    own: loaded.offerStatements[index] ?? [],
    place: loaded.offerPlaces[index] ?? null,
  }));
  const asked = [
    ...stated,
    ...flags.offers.map((text) => ({ text, name: null, own: [] as readonly Statement[], place: null })),
  ];
  const context = { overrides: flags.overrides, date: flags.date, lengths: inputLengths(demand) };
  const plain = asked.flatMap(({ text, name, own, place }) => {
    const ids = new Set(own.map(({ id }) => id));
    const said = [...statements.filter(({ id, layer }) => layer !== 'study' || !ids.has(id)), ...own];
    const itself = ids.has('capacity.requests_per_s_per_replica');
    const found = placed(place, () => offersOf([text], { ...context, statements: said }));
    return found.map((offer) => ({ offer, name, said, itself, place }));
  });
  refuseTwins(plain.map(({ offer, name, place }) => ({ name: name ?? offer.name, place })));
  const boxes = plain.flatMap(({ offer }) => (offer.kind === 'api' ? [] : [offer]));
  const runs = flags.runs.map((run) => ({ ...run, capacity: anchored(run.capacity, boxes) }));
  return plain.map(({ offer, name, said, itself }) => {
    const measured = runFor(offer, runs, itself);
    const capacity = measured === null ? [] : capacityStatements(measured.capacity, offer.register, measured.startedAt);
    const [found] =
      capacity.length === 0 ? [offer] : offersOf([offer.name], { ...context, statements: [...said, ...capacity] });
    const priced = withEntries(found!.register, priceEntries(found!, flags.date));
    const register = withEntries(priced, rangedEntries(priced));
    return { ...found!, register, name: name ?? offer.name, measured };
  });
}

/** An offer that cannot be had is told with the line of the study that asks for it, unless another line is to blame. */
function placed<T>(place: string | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (place === null || !(error instanceof UserError) || /^(\S+\.ya?ml:\d+|--assume )/.test(error.message))
      throw error;
    throw new UserError(error.code, `${place}: ${error.message}`, error.exit);
  }
}

function refuseTwins(offers: readonly { readonly name: string; readonly place: string | null }[]): void {
  const twin = offers.find(({ name }, index) => offers.findIndex((other) => other.name === name) !== index);
  if (twin === undefined) return;
  const place = twin.place === null ? '' : `${twin.place}: `;
  throw new UserError(
    'bad_offer',
    `${place}the offer ${twin.name} is there twice; give one of them a name of its own.`,
  );
}

/** The run on the hardware of an offer, else the first; none of other hardware for an offer that states its own capacity. */
function runFor(offer: Offer, runs: readonly StudyRun[], itself: boolean): StudyRun | null {
  if (offer.kind === 'api') return null;
  const own = runs.find(({ capacity }) => capacity.hardware !== null && capacity.hardware === offer.hardware);
  return own ?? (itself ? null : (runs[0] ?? null));
}
