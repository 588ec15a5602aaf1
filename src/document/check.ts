import { printCell } from './cell.ts';
import type { Check, Checks, Table, TextCell, Tone } from './document.ts';

export const outcomeTone: Record<Check['outcome'], Tone> = { met: 'ok', missed: 'bad', unknown: 'warn' };

/** Checks as a table: a row each at one place; with several places a row a place and a column a check. */
export function checksTable(checks: Checks): Table {
  const places = [...new Set(checks.items.map((item) => item.place))];
  return places.length > 1 ? byPlace(checks, places) : byCheck(checks);
}

function byCheck({ items }: Checks): Table {
  const reasoned = items.some((item) => item.reason !== null);
  const columns = [{ label: '' }, { label: '' }, { label: '' }, ...(reasoned ? [{ label: '' }] : [])];
  const rows = items.map((item) => {
    const cells = [item.text, { text: item.outcome, tone: outcomeTone[item.outcome] }, observed(item)];
    return reasoned ? [...cells, item.reason ?? ''] : cells;
  });
  return { kind: 'table', title: null, scale: 'column', columns, rows, footnotes: [] };
}

function byPlace({ items, placeLabel }: Checks, places: readonly (string | null)[]): Table {
  const texts = [...new Set(items.map((item) => item.text))];
  const rows = places.map((place) => [
    place ?? '',
    ...texts.map((text): TextCell | null => {
      const item = items.find((i) => i.place === place && i.text === text);
      return item === undefined
        ? null
        : { text: `${item.outcome} ${observed(item)}`.trim(), tone: outcomeTone[item.outcome] };
    }),
  ]);
  const reasons = [
    ...new Set(items.flatMap((item) => (item.outcome === 'unknown' && item.reason ? [item.reason] : []))),
  ];
  const columns = [{ label: placeLabel, unit: 'none' as const }, ...texts.map((label) => ({ label }))];
  return { kind: 'table', title: null, scale: 'column', columns, rows, footnotes: reasons.map((r) => `unknown: ${r}`) };
}

const observed = (item: Check): string =>
  item.observed === null || item.observed.value === null ? '' : printCell({ ...item.observed, reason: null });
