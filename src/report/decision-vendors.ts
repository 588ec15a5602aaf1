import { type Block, type Cell, heading, number, type Table, text } from '../document/document.ts';
import type { Decision, OptionRow } from '../procurement/decide-result.ts';

/** Quote slots (section 13, row 12): what each vendor asks, of which day, until when, and what it may ask to tie. */
export function vendorBlocks({ indifference, options, date }: Decision): Block[] {
  const rows = options.filter(
    ({ name, quote, kind }) =>
      quote !== null || (kind !== 'hybrid' && indifference.some(({ offer }) => offer === name)),
  );
  if (rows.length === 0) return [];
  const ties = new Map(indifference.map((row) => [row.offer, row]));
  const against = indifference[0]?.against ?? null;
  const hour = 'an hour';
  const server = 'a server';
  const table: Table = {
    kind: 'table',
    title: against === null ? 'What each asks' : `What each asks, and may ask to tie ${against}`,
    columns: [
      { label: 'offer' },
      { label: 'asks', group: hour, unit: 'usd/accelerator-h' },
      { label: 'ties at', group: hour, unit: 'usd/accelerator-h' },
      { label: 'asks', group: server, unit: 'usd' },
      { label: 'ties at', group: server, unit: 'usd' },
      { label: 'price' },
      { label: 'good until' },
    ],
    rows: rows.map((option): Cell[] => {
      const tie = ties.get(option.name);
      return [
        option.name,
        cell(option.usdPerAcceleratorHour.annuity, 'usd/accelerator-h'),
        cell(tie?.usdPerAcceleratorHour ?? null, 'usd/accelerator-h'),
        cell(option.kind === 'own' ? (option.quote?.usd ?? null) : null, 'usd'),
        cell(tie?.serverPriceUsd ?? null, 'usd'),
        priceWords(option),
        untilCell(option.quote?.validUntil ?? null, date),
      ];
    }),
    scale: 'column',
    footnotes: [
      ...(against === null
        ? []
        : [
            'Ties at the same objectives: the hour of the cheapest owned accelerator times the ratio of the capacities, and the price of a server that comes to it. The hour of an own server is computed, that of a rented one is its price.',
          ]),
      'List: asked of everybody; quoted: asked of you, as the study or a contract states it; assumed: asked by nobody yet.',
    ],
  };
  return [heading('Vendors'), table];
}

/** A price of an instance over its accelerators is as much a list price as the other. */
const priceWords = ({ quote }: OptionRow): string =>
  quote === null ? 'no date' : `${quote.kind === 'derived' ? 'list' : quote.kind}, ${quote.date}`;

const untilCell = (until: string | null, today: string): Cell =>
  until === null ? '' : until < today ? text(`${until} !`, 'warn') : until;

const cell = (value: number | null, unit: Parameters<typeof number>[1]): Cell =>
  value === null ? null : number(value, unit);
