import {
  type Block,
  type Cell,
  type Document,
  note,
  number,
  type Rows,
  type Table,
  type Tone,
} from '../document/document.ts';
import { rawNumber } from '../document/number.ts';
import type { RunSummary, Verdict } from '../measurement/summary.ts';
import type { Difference } from '../measurement/target-difference.ts';
import type { Load } from '../record/run.ts';
import { loadHead, loadLabel, loadPhrase } from './load.ts';
import { ending, startedWords } from './run.ts';
import { serverWords } from './server.ts';
import { differenceTable } from './targets-difference.ts';
import { verdictTone } from './trust.ts';

interface Row {
  readonly label: string;
  readonly repeats: number;
  readonly ttftP50Ms: number | null;
  readonly ttftP99Ms: number | null;
  readonly tpotP50Ms: number | null;
  readonly e2eP50Ms: number | null;
  readonly outputTokensPerS: number | null;
  readonly outputCharsPerS: number | null;
  readonly requestsPerS: number | null;
  readonly meanInputTokens: number | null;
  readonly meanOutputTokens: number | null;
  readonly meanOutputChars: number | null;
  readonly charsPerToken: number | null;
  readonly usdPerMillion: number | null;
  readonly usdPerMillionOutput: number | null;
  readonly usdPerMillionOutputChars: number | null;
  readonly failedShare: number | null;
  readonly rateLimited: number;
  readonly verdict: Verdict;
}

/** Several targets side by side, as data. */
export interface TargetsFindings {
  readonly directory: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly simulated: boolean;
  readonly verdict: Verdict;
  readonly blocks: readonly { readonly load: Load; readonly repeat: number; readonly order: readonly string[] }[];
  readonly comparison: readonly {
    readonly load: Load;
    readonly rows: readonly Row[];
    readonly differences: readonly Difference[];
  }[];
  readonly caveats: readonly {
    readonly code: string;
    readonly severity: 'info' | 'suspect';
    readonly message: string;
  }[];
  readonly targets: readonly { readonly label: string; readonly price: string | null; readonly run: RunSummary }[];
}

const verdictTexts: Readonly<Record<Verdict, string>> = {
  VALID: 'nothing found that casts doubt on any of the runs',
  SUSPECT: 'read with care',
  INVALID: 'do not choose by these numbers: at least one run is invalid',
};

/** The document of a comparison: one table with what is compared, then lengths in two yardsticks, then what is behind it. */
export function targetsDocument(found: TargetsFindings, program = 'tokbench'): Document {
  const caveats = found.caveats.map(({ severity, message, code }) =>
    note(severity === 'suspect' ? 'warn' : 'info', message, code),
  );
  return {
    title: `tokbench run · ${found.suite} · ${found.targets.length} targets`,
    subtitle: startedWords(found.startedAt),
    banners: bannersOf(found),
    verdict: {
      tone: verdictTone[found.verdict],
      label: found.verdict,
      text: verdictTexts[found.verdict],
      notes: caveats,
    },
    blocks: [
      speedTable(found),
      ...differenceTable(found.comparison),
      lengthTable(found),
      ...moneyTable(found),
      orderFacts(found),
      whereFacts(found),
      ending(found, program),
    ],
    rows: flatRows(found),
  };
}

function bannersOf({ simulated, targets }: TargetsFindings): Document['banners'] {
  if (!simulated) return [];
  const labels = targets.filter(({ run }) => run.simulated).map(({ label }) => label);
  return [
    {
      tone: 'warn',
      label: 'SIMULATED',
      text: `${labels.join(', ')}: a simulated server, whose numbers say nothing about any real model, server or hardware`,
    },
  ];
}

type Measure = readonly [column: Table['columns'][number], cell: (row: Row) => Cell];

/** One row a load and target; measures that no row has are left out. */
function table(title: string | null, found: TargetsFindings, measures: readonly Measure[]): Table {
  const places = found.comparison.map(({ load }) => ({ load, repeat: 0 }));
  const rows = found.comparison.flatMap(({ load, rows: own }) => own.map((row) => ({ load, row })));
  const known = measures.filter(([, cell]) => rows.some(({ row }) => !isUnknown(cell(row))));
  const several = found.comparison.length > 1;
  return {
    kind: 'table',
    title,
    scale: 'column',
    columns: [
      // one column, so that a table too wide for the screen says everywhere whose row it is
      { label: several ? `${loadHead(places)} · target` : 'target' },
      ...known.map(([column]) => column),
    ],
    rows: rows.map(({ load, row }) => [
      several ? `${loadLabel({ load, repeat: 0 }, places)} · ${row.label}` : row.label,
      ...known.map(([, cell]) => cell(row)),
    ]),
    footnotes: [],
  };
}

const isUnknown = (cell: Cell): boolean =>
  cell === null || (typeof cell === 'object' && 'value' in cell && cell.value === null);
const few = 'too few independent requests, or not measured';

function speedTable(found: TargetsFindings): Table {
  const tone = (row: Row): Tone => ((row.failedShare ?? 0) > 0 ? 'bad' : 'plain');
  const only = found.comparison.length === 1 ? loadPhrase(found.comparison[0]!.load) : null;
  return table(only, found, [
    [{ label: 'p50', unit: 'ms', group: 'TTFT' }, (row) => number(row.ttftP50Ms, 'ms', { reason: few })],
    [{ label: 'p99', unit: 'ms', group: 'TTFT' }, (row) => number(row.ttftP99Ms, 'ms', { reason: few })],
    [{ label: 'p50', unit: 'ms/token', group: 'TPOT' }, (row) => number(row.tpotP50Ms, 'ms/token', { reason: few })],
    [{ label: 'output', unit: 'tokens/s' }, (row) => number(row.outputTokensPerS, 'tokens/s')],
    [{ label: 'output', unit: 'chars/s' }, (row) => number(row.outputCharsPerS, 'chars/s')],
    [
      { label: 'price', unit: 'usd/Mtok' },
      (row) => number(row.usdPerMillion, 'usd/Mtok', { reason: 'no price is known' }),
    ],
    [{ label: 'failed', unit: 'share' }, (row) => number(row.failedShare, 'share', { tone: tone(row) })],
    [{ label: 'verdict' }, ({ verdict }) => ({ text: verdict, tone: verdictTone[verdict] })],
  ]);
}

function lengthTable(found: TargetsFindings): Table {
  return table('Lengths in each side’s own tokens and in characters', found, [
    [{ label: 'mean', unit: 'tokens', group: 'input' }, (row) => number(row.meanInputTokens, 'tokens')],
    [{ label: 'mean', unit: 'tokens', group: 'output' }, (row) => number(row.meanOutputTokens, 'tokens')],
    [{ label: 'mean', unit: 'chars' }, (row) => number(row.meanOutputChars, 'chars')],
    [{ label: 'char/tok', unit: 'none' }, (row) => number(row.charsPerToken, 'none')],
    [{ label: 'completed', unit: 'requests/s' }, (row) => number(row.requestsPerS, 'requests/s')],
    [{ label: 'E2E p50', unit: 'ms' }, (row) => number(row.e2eP50Ms, 'ms', { reason: few })],
  ]);
}

function moneyTable(found: TargetsFindings): Block[] {
  if (found.targets.every(({ price }) => price === null)) return [];
  return [
    table('What a million costs', found, [
      [{ label: 'all tokens', unit: 'usd/Mtok' }, (row) => number(row.usdPerMillion, 'usd/Mtok')],
      [{ label: 'output tokens', unit: 'usd/Mtok' }, (row) => number(row.usdPerMillionOutput, 'usd/Mtok')],
      [{ label: 'output characters', unit: 'usd/Mchar' }, (row) => number(row.usdPerMillionOutputChars, 'usd/Mchar')],
    ]),
    {
      kind: 'facts',
      items: found.targets.map(({ label, price }) => ({ key: label, value: price ?? 'no price is known' })),
    },
  ];
}

function orderFacts({ blocks }: TargetsFindings): Block {
  return {
    kind: 'facts',
    items: blocks.slice(0, 20).map(({ load, repeat, order }, index) => ({
      key: index === 0 ? 'measured in turns' : '',
      value: `${loadPhrase(load)}${repeat > 0 ? `, repeat ${repeat + 1}` : ''}: ${order.join(', ')}`,
    })),
  };
}

function whereFacts({ targets }: TargetsFindings): Block {
  return {
    kind: 'facts',
    items: targets.map(({ label, run }) => ({
      key: label,
      value: `${run.target.url} · ${run.target.model} · ${run.target.protocol} · ${serverWords(run.target.server, run.target.preset)} · ${run.directory}`,
    })),
  };
}

const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

function flatRows(found: TargetsFindings): Rows {
  const lines = found.comparison.flatMap(({ load, rows }) =>
    rows.map((row) => {
      const target = found.targets.find(({ label }) => label === row.label)!;
      const { label, verdict, ...numbers } = row;
      return [
        ['suite', found.suite],
        ['started_at', found.startedAt],
        ['target', label],
        ['url', target.run.target.url],
        ['model', target.run.target.model],
        ['protocol', target.run.target.protocol],
        ['simulated', target.run.simulated],
        ['load_kind', load.kind],
        ['load_value', load.value],
        ['verdict', verdict],
        ...Object.entries(numbers).map(
          ([name, value]) => [snake(name), value === null ? null : rawNumber(value)] as const,
        ),
        ['price', target.price],
        ['directory', target.run.directory],
      ] as const;
    }),
  );
  return { columns: (lines[0] ?? []).map(([name]) => name), rows: lines.map((line) => line.map(([, value]) => value)) };
}
