import type { Block, Cell, Column } from '../document/document.ts';
import { formatNumber } from '../document/number.ts';
import type { ComparedMeasure, Difference } from '../measurement/target-difference.ts';
import type { Load } from '../record/run.ts';
import { loadHead, loadLabel } from './load.ts';

const columns: readonly (readonly [measure: ComparedMeasure, column: Column])[] = [
  ['ttftP50Ms', { label: 'TTFT p50' }],
  ['tpotP50Ms', { label: 'TPOT p50' }],
  ['outputTokensPerS', { label: 'output tok/s' }],
  ['outputCharsPerS', { label: 'output char/s' }],
];

const dash = '–';

/** Which differences are more than what repeats vary by; nothing where there are too few repeats to tell. */
export function differenceTable(
  comparison: readonly { readonly load: Load; readonly differences: readonly Difference[] }[],
): Block[] {
  const all = comparison.flatMap(({ differences }) => differences);
  const told = all.filter(({ state }) => state !== 'unknown');
  if (told.length === 0) return [];
  const known = columns.filter(([measure]) => told.some((one) => one.measure === measure));
  const places = comparison.map(({ load }) => ({ load, repeat: 0 }));
  const several = comparison.length > 1;
  const rows = comparison.flatMap(({ load, differences }) =>
    differences
      .filter(({ measure }) => measure === known[0]![0])
      .map(({ base, other }): Cell[] => {
        const pair = `${other} against ${base}`;
        return [
          several ? `${loadLabel({ load, repeat: 0 }, places)} · ${pair}` : pair,
          ...known.map(([measure]) =>
            cellOf(differences.find((one) => one.measure === measure && one.base === base && one.other === other)),
          ),
        ];
      }),
  );
  const repeats = Math.max(...told.map((one) => one.repeats));
  return [
    {
      kind: 'table',
      title: `Differences over ${repeats} repeats`,
      scale: 'column',
      columns: [{ label: several ? `${loadHead(places)} · targets` : 'targets' }, ...known.map(([, column]) => column)],
      rows,
      footnotes: [
        'noise: no difference is claimed, since its 95 % interval over the repeats holds 0 or it is below 1 %. Repeats of one run say nothing of restarts, placement or another day.',
        ...(rows.flat().includes(dash) ? [`${dash}: fewer than three repeats know it on both sides.`] : []),
      ],
    },
  ];
}

/** `+248 %`, `noise`. */
function cellOf(difference: Difference | undefined): Cell {
  if (difference === undefined || difference.state === 'unknown' || difference.share === null) return dash;
  if (difference.state === 'within_noise') return 'noise';
  return signedPercent(difference.share);
}

/** A share as people write a change. */
function signedPercent(share: number): string {
  return `${share < 0 ? '−' : '+'}${formatNumber(Math.abs(share) * 100)} %`;
}
