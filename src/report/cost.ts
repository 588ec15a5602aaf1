import {
  type Block,
  type Cell,
  type Column,
  type Document,
  heading,
  note,
  number,
  type Table,
  text,
} from '../document/document.ts';
import type { CostReport, OfferCost } from '../procurement/offer-cost.ts';
import { assumptionBlocks } from './assumption.ts';
import { costRows } from './cost-rows.ts';
import { inSentence } from './decision-words.ts';
import { type Explained, explanationDocument } from './explanation.ts';
import { lintBlocks, simulatedBanner } from './lint.ts';
import { tokenPrices } from './token-price.ts';

export { lintBlocks } from './lint.ts';

/** The report of `cost`: the cheapest offer that may be named, all offers in one table, what stands behind and against them. */
export function costDocument(report: CostReport, explanations: readonly Explained[] = []): Document {
  if (explanations.length > 0) return explanationDocument(report, explanations);
  return {
    title: 'tokbench cost',
    subtitle: `prices of ${report.date}${snapshotWords(report)}`,
    banners: simulatedBanner(report.simulated),
    verdict: null,
    blocks: [
      headline(report),
      ...gateBlocks(report),
      offerTable(report),
      ...billBlocks(report),
      ...capacityBlocks(report),
      ...lintBlocks(report.lints),
      ...noteBlocks(report),
      ...assumptionBlocks(report.register, kindsOf(report), report.offers),
    ],
    rows: costRows(report),
  };
}

const kindsOf = (report: CostReport) => new Set(report.offers.map(({ kind }) => kind));
const snapshotWords = ({ priceSnapshot: list }: CostReport): string =>
  list === null ? '' : ` · API prices: ${list.package} ${list.version}, snapshot of ${list.date ?? 'an unknown day'}`;

/** The first sentence: what is cheapest among those that may be ranked, or that nothing may. */
function headline(report: CostReport): Block {
  const ranked = report.offers.filter(({ rankable }) => rankable);
  const [first] = ranked;
  if (first === undefined)
    return note('warn', 'No offer may be ranked: each has a reason below. The order is by price only.');
  const cheaper = report.offers.filter(
    ({ rankable, usdPerMillion }) =>
      !rankable && (usdPerMillion.blended ?? Number.POSITIVE_INFINITY) < first.usdPerMillion.blended!,
  );
  const but =
    cheaper.length === 0
      ? ''
      : ` ${cheaper.map(({ offer }) => offer).join(', ')} would cost less, but ${cheaper.length === 1 ? 'does' : 'do'} not hold.`;
  const price = `${Number(first.usdPerMillion.blended!.toPrecision(4))} USD per million tokens, input and output together${unmeasured(first)}`;
  if (report.offers.length === 1) return note('info', `${first.offer}: ${price}.`);
  const unlike = report.lints.some(({ id, severity }) => id === 'E10' && severity === 'error');
  if (unlike)
    return note(
      'info',
      `${first.offer} has the lowest price of those that hold: ${price}. The offers are bought in different ways; places count within each.${but}`,
    );
  return note('ok', `${first.offer} is the cheapest of ${ranked.length} that may be ranked: ${price}.${but}`);
}

/** A capacity that was typed or assumed ranks on the word of whoever said it. */
const unmeasured = ({ kind, capacityOrigin }: OfferCost): string =>
  kind === 'api' || capacityOrigin === null || capacityOrigin === 'run'
    ? ''
    : `, if the capacity is what was ${capacityOrigin}: nothing here measured it`;

/** Limits of a CI job, each with what was found. */
function gateBlocks({ gates }: CostReport): Block[] {
  if (gates.length === 0) return [];
  const items = gates.map(({ limit, offer, outcome, observed, reason }) => ({
    ...{ place: null, text: offer === null ? limit : `${limit}: ${offer}`, outcome, observed: null },
    reason: [observed, reason].filter((part) => part !== null).join('; ') || null,
  }));
  return [{ kind: 'checks', title: 'Gates', placeLabel: '', items }];
}

/** Offers by price; a class that no row has is left out. */
function offerTable(report: CostReport): Table {
  const { offers } = report;
  const runs = new Set(offers.map(({ run }) => run).filter((run) => run !== null)).size > 1;
  const prices = tokenPrices(offers.map(({ usdPerMillion }) => usdPerMillion));
  const columns: Column[] = [
    { label: 'offer' },
    { label: '#' },
    ...(runs ? [{ label: 'capacity' }] : []),
    ...prices.columns,
    { label: 'hour', unit: 'usd/h' },
    { label: 'used', unit: 'share' },
    { label: 'holds' },
  ];
  const rows = offers.map((row): Cell[] => [
    row.offer,
    row.rank === null ? text('–', 'info') : String(row.rank),
    ...(runs ? [row.run] : []),
    ...prices.cells(row.usdPerMillion, row.intervals.blended),
    number(row.usdPerHour, 'usd/h'),
    number(row.utilization, 'share'),
    holds(row),
  ]);
  return {
    kind: 'table',
    title: 'Offers, cheapest first',
    columns,
    rows,
    scale: 'column',
    footnotes: footnotes(offers),
  };
}

/** Reasons of a state in a column; `footnotes` says what the words mean. */
const short: Readonly<Record<string, string>> = {
  'quality-equivalence-undeclared': 'quality',
  'price-stale': 'old price',
  'price-source-missing': 'no source',
  'capacity-lower-bound': 'lower bound',
  'capacity-extrapolated': 'other hardware',
  'sweep-non-monotone': 'uneven sweep',
  'slo-never-met': 'objectives',
};
const meanings: Readonly<Record<string, string>> = {
  quality: 'nobody declared the models equal in quality (--declare quality)',
  'lower bound': 'no measured load broke the objectives; the capacity may be higher and the price lower',
  'other hardware': 'the capacity was measured on other hardware, or inside one box',
  'uneven sweep': 'a lower load failed where a higher one passed: measure again',
  objectives: 'no measured load meets the objectives',
};

const reasonWords = (row: OfferCost): string[] => row.reasons.map((reason) => short[reason] ?? reason);

/** Whether a row is ranked, on whose word where nobody measured, and else why not: by the ids of its lints and the reasons of its state. */
function holds(row: OfferCost): Cell {
  const origin = row.kind === 'api' ? 'run' : (row.capacityOrigin ?? 'run');
  if (row.rankable) return origin === 'run' ? text('yes', 'ok') : text(`yes, as ${origin}`, 'warn');
  const errors = row.lints.filter(({ severity }) => severity === 'error').map(({ id }) => id);
  const reasons = reasonWords(row).filter((word) => !(errors.includes('E9') && /price|source/.test(word)));
  return text(['no:', [...errors, ...reasons].join(', ')].join(' '), 'warn');
}

function footnotes(offers: readonly OfferCost[]): string[] {
  const methods = [...new Set(offers.map(({ attribution }) => attribution))].filter((method) => method !== 'none');
  const words = methods.map((method) => {
    const row = offers.find(({ attribution }) => attribution === method)!;
    const coefficients = Object.entries(row.coefficients).map(
      ([name, value]) => `${name} ${Number(value.toPrecision(4))}`,
    );
    return method === 'list'
      ? 'list (APIs: listed rates, contract factors and fees)'
      : `${method} (${coefficients.join(', ')})`;
  });
  const exact = offers.every(({ reconciliation }) => reconciliation?.holds !== false);
  const met = [...new Set(offers.filter(({ rankable }) => !rankable).flatMap(reasonWords))];
  return [
    ...lintWords(offers),
    ...met.flatMap((word) => (meanings[word] === undefined ? [] : [`${word}: ${meanings[word]}`])),
    `USD/Mtok: dollars per million tokens. Allocation basis: the whole bill, idle hours included, over the tokens of successful requests. Classes by ${words.join('; ')}.`,
    exact ? 'Class prices times tokens equal each bill.' : 'Class prices times tokens do NOT equal a bill: see E4.',
    ...(offers.some(({ kind }) => kind === 'own')
      ? ['Owned hours are annuities at the cost of capital; straight line stands beside them below.']
      : []),
  ];
}

/** Names of the lints that stand in the last column; their sentences come further below. */
function lintWords(offers: readonly OfferCost[]): string[] {
  const errors = offers.flatMap(({ lints, rankable }) =>
    rankable ? [] : lints.filter(({ severity }) => severity === 'error'),
  );
  const named = [...new Map(errors.map(({ id, name }) => [id, `${id}: ${inSentence(name)}`])).values()];
  return named.length === 0 ? [] : [`${named.join('; ')}; see Lints`];
}

/** What an hour of each deployment is made of. */
function billBlocks(report: CostReport): Block[] {
  const rows = report.offers.filter(({ lines, units }) => lines.length > 0 && units !== null);
  if (rows.length === 0) return [];
  const unique = rows.filter(
    (row, index) =>
      rows.findIndex(({ offer, usdPerHour }) => offer === row.offer && usdPerHour === row.usdPerHour) === index,
  );
  const table: Table = {
    kind: 'table',
    title: 'What stands behind an hour',
    columns: [
      { label: 'offer' },
      { label: 'boxes × size' },
      { label: 'annuity', group: 'USD per accelerator-hour', unit: 'usd/accelerator-h' },
      { label: 'straight line', group: 'USD per accelerator-hour', unit: 'usd/accelerator-h' },
      { label: 'capex', unit: 'usd' },
      { label: 'energy', unit: 'usd/Mtok' },
    ],
    rows: unique.map((row): Cell[] => [
      row.offer,
      boxWords(row),
      number(row.usdPerAcceleratorHour?.annuity ?? null, 'usd/accelerator-h'),
      number(row.usdPerAcceleratorHour?.straightLine ?? null, 'usd/accelerator-h'),
      row.capexUsd === null ? null : number(row.capexUsd, 'usd'),
      row.energy?.usdPerMillion == null ? null : number(row.energy.usdPerMillion, 'usd/Mtok'),
    ]),
    scale: 'column',
    footnotes: [
      ...new Set(unique.flatMap((row) => (row.energy === null ? [] : [`Energy basis: ${energyWords(row)}.`]))),
    ],
  };
  const names = [
    ...new Set(unique.flatMap(({ lines }) => lines.filter(({ usdPerHour }) => usdPerHour > 0).map(({ name }) => name))),
  ];
  return [
    table,
    {
      kind: 'chart',
      shape: 'stacks',
      title: 'USD per hour of the deployment',
      unit: 'usd/h',
      names: unique.map(({ offer }) => offer),
      parts: names.map((name) => ({
        name,
        values: unique.map(({ lines }) => lines.find((line) => line.name === name)?.usdPerHour ?? null),
      })),
    },
  ];
}

const boxWords = ({ units }: OfferCost): string =>
  units === null
    ? ''
    : `${units.bought} × ${units.acceleratorsPerUnit}${units.spare > 0 ? `, ${units.spare} spare` : ''}`;
const energyWords = ({ energy }: OfferCost): string =>
  energy === null
    ? ''
    : `${energy.basis}${energy.joulesPerOutputToken === null ? '' : `, ${Number(energy.joulesPerOutputToken.toPrecision(3))} J per output token delivered`}`;

function capacityBlocks(report: CostReport): Block[] {
  const runs = [...new Set(report.offers.flatMap(({ run }) => (run === null ? [] : [run])))];
  const items = runs.map((run) => ({ key: 'capacity from', value: run }));
  return items.length === 0 ? [] : [{ kind: 'facts', items }];
}

function noteBlocks(report: CostReport): Block[] {
  const notes = [...new Set([...report.notes, ...report.offers.flatMap((row) => row.notes)])];
  return notes.length === 0 ? [] : [heading('Notes', 2), ...notes.map((sentence) => note('info', sentence))];
}
