import { UserError } from '../error/user-error.ts';
import type { Statement } from './entry.ts';
import { alike } from './likeness.ts';
import { splitCount } from './name-count.ts';
import { factStatement, type PriceRow, type Profile, profileNames, readProfile, readProfiles } from './profile.ts';
import { readAssumptions } from './statement.ts';
import { readText } from './yaml-file.ts';

/** Facts of named hardware and prices as statements about the cost model. */

export interface PricedOffer {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly hardware: string | null;
  readonly notes: readonly string[];
}

type Prices = Profile<'prices'>;
interface Row {
  readonly file: Prices;
  readonly index: number;
  readonly row: PriceRow;
}

/**
 * `own:h100-sxm`, `own:h100-sxmx8`, `own:dgx-h100`, `own:FILE`: price and installation of a whole server, and its power. Of
 * several prices of one configuration the most trusted counts, then the newest.
 *
 * @throws UserError `unknown_profile`, `bad_offer`
 */
export function ownedFacts(text: string): PricedOffer {
  const file = isFile(text) ? kindOfFile(text) : null;
  if (file === 'assumptions') return stated(text);
  if (file === 'prices') return ownedFrom([readProfile('prices', text)], null, null, text);
  const { name, count } = counted(text);
  const profile = readProfile('hardware', name);
  const { data } = profile;
  if (data.kind === 'instance')
    bad(text, `${data.name} is an instance, which is rented; buy a server of its ${data.accelerator}`);
  const accelerator = data.kind === 'accelerator' ? profile : readProfile('hardware', data.accelerator!);
  return ownedFrom(readProfiles('prices'), accelerator, count ?? data.accelerators ?? null, text);
}

function ownedFrom(
  files: readonly Prices[],
  accelerator: Profile<'hardware'> | null,
  count: number | null,
  text: string,
): PricedOffer {
  const rows = rowsOf(
    files,
    ({ kind, hardware }) => kind === 'buy' && (accelerator === null || hardware === accelerator.data.name),
  );
  const counts = [...new Set(rows.map(({ row }) => row.accelerators))].sort((a, b) => a - b);
  const wanted = count ?? (counts.includes(8) ? 8 : (counts.at(-1) ?? domainOf(accelerator)));
  const [best] = rows.filter(({ row }) => row.accelerators === wanted).sort(byTrust);
  const device = accelerator ?? (best === undefined ? null : hardwareOrNull(best.row.hardware));
  const notes: string[] = [];
  if (best === undefined && accelerator !== null)
    notes.push(
      counts.length === 0
        ? `No price of a server with ${accelerator.data.name} is known: give owned.server.price_usd from a quote.`
        : `Servers with ${accelerator.data.name} are priced with ${counts.join(', ')} accelerators.`,
    );
  const statements: Statement[] = [];
  if (best !== undefined) {
    statements.push(
      ...factStatement('owned.server.price_usd', best.file, ['prices', best.index, 'price'], best.row.price),
    );
    statements.push(
      ...factStatement('owned.server.install_usd', best.file, ['prices', best.index, 'install'], best.row.install),
    );
  }
  if (wanted !== null) {
    const origin = best === undefined ? `--offer own:${text}` : best.file.placeOf(['prices', best.index]);
    statements.push({ id: 'owned.server.accelerators', value: wanted, layer: 'profile', origin, kind: 'list' });
    if (device !== null) statements.push(...powerFacts(device, wanted));
  }
  return { name: text, statements, hardware: device?.data.name ?? null, notes };
}

/** Accelerators that one box joins; a rack of them is no server. */
function domainOf(accelerator: Profile<'hardware'> | null): number | null {
  const domain = accelerator?.data.facts['scale_up_domain']?.value;
  return typeof domain === 'number' && domain <= 16 ? domain : null;
}

/** All-in power first, thermal design power last (section 2.4). */
function powerFacts(device: Profile<'hardware'>, count: number): Statement[] {
  for (const [fact, basis] of [
    ['all_in_kw_it', 'all-in-it'],
    ['all_in_kw_utility', 'all-in-utility'],
    ['tdp', 'tdp'],
  ] as const) {
    const found = device.data.facts[fact];
    const power = factStatement(
      'owned.server.power_kw',
      device,
      ['facts', fact],
      found,
      fact === 'tdp' ? count / 1000 : count,
    );
    if (power.length > 0) return [...power, { ...power[0]!, id: 'owned.power_basis', value: basis }];
  }
  return [];
}

/**
 * `rent:h100-sxm` (an offer a provider), `rent:lambda/h100-sxm`, `rent:p5.48xlarge`, `rent:lambda`, `rent:FILE`; likewise
 * commit and spot. Of several prices of one thing the newest counts.
 *
 * @throws UserError `bad_offer` where nobody offers it, `unknown_profile`
 */
export function rentedFacts(kind: 'rent' | 'commit' | 'spot', text: string, date: string): PricedOffer[] {
  const file = isFile(text) ? kindOfFile(text) : null;
  if (file === 'assumptions') return [stated(text)];
  if (file === 'hardware') bad(text, 'a hardware profile has no rental price; give a file of prices');
  const files = file === 'prices' ? [readProfile('prices', text)] : readProfiles('prices');
  const wanted = file === 'prices' ? () => true : matching(text);
  const rows = rowsOf(files, (row, profile) => offers(row, kind) && wanted(row, profile)).filter(({ row }) =>
    onDate(row, date),
  );
  const groups = new Map<string, Row>();
  for (const each of [...rows].sort(byDate)) if (!groups.has(nameOf(each))) groups.set(nameOf(each), each);
  if (groups.size === 0) bad(text, noneOf(kind, text, files, date), kind);
  return [...groups].map(([name, row]) => rentedOffer(kind, file === null ? name : text, row));
}

const nameOf = ({ file, row }: Row): string => {
  const name = `${file.data.name}/${row.instance ?? row.hardware}`;
  return row.accelerators > 1 && row.instance === undefined ? `${name}x${row.accelerators}` : name;
};

/** What there is of the kind instead: of the same accelerator or provider first. */
function noneOf(kind: 'rent' | 'commit' | 'spot', text: string, files: readonly Prices[], date: string): string {
  const there = rowsOf(files, (row) => offers(row, kind)).filter(({ row }) => onDate(row, date));
  const wanted = text.slice(text.indexOf('/') + 1);
  const near = [...alike(text, there.map(nameOf)), ...there.filter(({ row }) => row.hardware === wanted).map(nameOf)];
  const some = [...new Set(near.length > 0 ? near : there.map(nameOf))].slice(0, 3);
  const instead = some.length === 0 ? '' : ` (there is ${some.join(', ')})`;
  return `no price profile has it for ${kind}${instead}; see tokbench profiles list prices, or give a file`;
}

/** A commitment is a discount on a list price, or the committed price itself. */
const offers = (row: PriceRow, kind: 'rent' | 'commit' | 'spot'): boolean =>
  kind === 'commit' ? row.kind === 'commit' || row.kind === 'block' : row.kind === kind;
const onDate = (row: PriceRow, date: string): boolean => typeof row.price?.value === 'number' && row.price.date <= date;

function rentedOffer(kind: 'rent' | 'commit' | 'spot', name: string, { file, index, row }: Row): PricedOffer {
  const at = ['prices', index, 'price'];
  const boxed = row.price!.unit.startsWith('USD/instance');
  const statements: Statement[] = [
    ...factStatement('rent.usd_per_accelerator_hour', file, at, row.price, boxed ? 1 / row.accelerators : 1),
  ];
  const origin = file.placeOf(['prices', index]);
  if (boxed || row.accelerators > 1)
    statements.push({
      id: 'rent.accelerators_per_instance',
      value: row.accelerators,
      layer: 'profile',
      origin,
      kind: 'list',
    });
  if (kind === 'commit') {
    const discount = factStatement('rent.commit_discount', file, ['prices', index, 'discount'], row.discount);
    const none: Statement = {
      ...{ id: 'rent.commit_discount', value: 0, layer: 'profile', origin, kind: 'derived' },
      sourceText: 'the price is the committed one',
    };
    statements.push(...(discount.length > 0 ? discount : [none]));
  }
  return {
    name,
    statements,
    hardware: row.hardware,
    notes: row.price!.note === undefined ? [] : [`${kind}:${name}: ${row.price!.note}.`],
  };
}

/** Whether a row is meant by `provider`, `provider/thing`, an accelerator, its alias, or an instance. */
function matching(text: string): (row: PriceRow, profile: Prices) => boolean {
  const at = text.indexOf('/');
  const [provider, rest] = at < 0 ? [null, text] : [text.slice(0, at), text.slice(at + 1)];
  const prices = readProfiles('prices');
  if (provider === null && prices.some(({ data }) => data.name === rest.toLowerCase()))
    return (_, profile) => profile.data.name === rest.toLowerCase();
  if (provider !== null && !prices.some(({ data }) => data.name === provider.toLowerCase()))
    readProfile('prices', provider);
  const { name, count } = counted(rest);
  const instance = prices.some(({ data }) => data.prices.some((row) => row.instance === name));
  const hardware = instance ? null : readProfile('hardware', name).data;
  const accelerator = hardware === null ? null : (hardware.accelerator ?? hardware.name);
  return (row, profile) =>
    (provider === null || profile.data.name === provider.toLowerCase()) &&
    (instance ? row.instance === name : row.hardware === accelerator) &&
    (count === null || row.accelerators === count);
}

function rowsOf(files: readonly Prices[], wanted: (row: PriceRow, file: Prices) => boolean): Row[] {
  return files.flatMap((file) =>
    file.data.prices.flatMap((row, index) => (wanted(row, file) ? [{ file, index, row }] : [])),
  );
}

const trust = { high: 0, medium: 1, low: 2, unverified: 3 } as const;
const byTrust = (a: Row, b: Row): number =>
  trust[a.row.price?.confidence ?? 'unverified'] - trust[b.row.price?.confidence ?? 'unverified'] || byDate(a, b);
const byDate = (a: Row, b: Row): number => (b.row.price?.date ?? '').localeCompare(a.row.price?.date ?? '');

function hardwareOrNull(name: string): Profile<'hardware'> | null {
  return profileNames('hardware').includes(name) ? readProfile('hardware', name) : null;
}

/** `h100-sxm x 8`, `h100-sxmx8`; the name of a profile that exists stays whole. */
function counted(text: string): { readonly name: string; readonly count: number | null } {
  const split = profileNames('hardware').includes(text) ? null : splitCount(text, 4);
  return split ?? { name: text.trim(), count: null };
}

const isFile = (text: string): boolean => /\.ya?ml$/i.test(text);

function kindOfFile(path: string): 'prices' | 'hardware' | 'assumptions' {
  const [, kind] = /^schema:\s*["']?tokbench\.(prices|hardware)\/1/m.exec(readText(path, 'offer')) ?? [];
  return (kind as 'prices' | 'hardware' | undefined) ?? 'assumptions';
}

const stated = (path: string): PricedOffer => ({
  name: path,
  statements: readAssumptions(path).map((statement) => ({ ...statement, layer: 'profile' })),
  hardware: null,
  notes: [],
});

function bad(text: string, why: string, kind = '…'): never {
  throw new UserError('bad_offer', `--offer ${kind}:${text}: ${why}.`);
}
