import {
  type Block,
  type CurveChart,
  type Document,
  type Facts,
  type Figures,
  heading,
  number,
  type Rows,
  type Tone,
  type Verdict,
} from '../document/document.ts';
import { formatQuantity } from '../document/number.ts';
import type { SweepPoint, SweepSummary } from '../measurement/sweep-summary.ts';
import { ladderBlocks } from './ladder.ts';
import { loadHead, loadLabel, loadPhrase } from './load.ts';
import { stepRows } from './rows.ts';
import { ending, noteBlocks, startedWords, targetFacts } from './run.ts';
import { pointTable } from './sweep-points.ts';
import { banners, verdictOf, verdictTone } from './trust.ts';

/** The report of a sweep: what was found, the bracket around it, the saturation curve, then every step. */
export function sweepDocument(summary: SweepSummary, program = 'tokbench'): Document {
  const { run, points, state } = summary;
  const blocks: (Block | null)[] = [
    targetFacts(run),
    searchFacts(summary),
    figures(summary),
    points.length === 0 ? null : pointTable(summary),
    saturation(summary),
    frontier(summary),
    ...noteBlocks(run),
    ...(run.steps.length === 0 ? [] : [heading('Every step', 2), ...ladderBlocks(run.steps), doubtFacts(summary)]),
    ending(run, program, state === 'UNFINISHED' ? 'sweep --resume' : null),
  ];
  return {
    title: `tokbench sweep · ${run.suite}`,
    subtitle: startedWords(run.startedAt),
    banners: banners(run),
    verdict: verdict(summary),
    blocks: blocks.filter((block) => block !== null),
    rows: sweepRows(summary),
  };
}

/** Which steps are doubted, by code: the whole sentences of those that are not claimed stand in the JSON. */
function doubtFacts({ run: { steps } }: SweepSummary): Facts | null {
  const places = new Map<string, string[]>();
  for (const step of steps)
    for (const { code, severity } of step.doubts)
      if (severity !== 'info') places.set(code, [...(places.get(code) ?? []), loadLabel(step, steps)]);
  if (places.size === 0) return null;
  const words = [...places].map(([code, labels]) => `${code}: ${loadHead(steps)} ${labels.join(', ')}`);
  return { kind: 'facts', items: [{ key: 'doubts', value: words.join(' · ') }] };
}

/** The doubts of the load that is claimed; those of loads that were too much are no news. */
function verdict(summary: SweepSummary): Verdict {
  const { run, state, points, highestPassing, atHighest } = summary;
  const claimed = points.filter(({ load, outcome }) => load.value === highestPassing && outcome === 'pass');
  const steps = claimed.map(({ step }) => run.steps[step]!);
  const { notes } = verdictOf({ ...run, steps });
  const tone = tones[state];
  const worse = atHighest !== null && tone === 'ok' ? verdictTone[atHighest.verdict] : tone;
  return {
    tone: worse,
    label: state.replaceAll('_', ' '),
    text: sentence(summary),
    notes: steps.length === 0 ? [] : notes,
  };
}

const tones: Readonly<Record<SweepSummary['state'], Tone>> = {
  FOUND: 'ok',
  MAX_REACHED: 'warn',
  NONE: 'bad',
  CLIENT_LIMITED: 'bad',
  RATE_LIMITED: 'bad',
  UNDECIDED: 'warn',
  UNFINISHED: 'warn',
};

/** What was found, as one sentence that can be quoted. */
function sentence(summary: SweepSummary): string {
  const { state, highestPassing, lowestFailing, confirmed, search, limitedBy } = summary;
  const at = (value: number) => loadWords(search.kind, value);
  const held = highestPassing === null ? null : `${at(highestPassing)} ${confirmed ? 'passed twice' : 'passed once'}`;
  switch (state) {
    case 'FOUND':
      return `${at(highestPassing!)} is inside the objectives${confirmed ? ', also with fresh prompts' : ''}; ${at(lowestFailing!)} ${failWords[limitedBy!]}`;
    case 'MAX_REACHED':
      return `still inside the objectives at ${at(highestPassing!)}, and ${at(search.most)} is the highest load allowed: raise --max`;
    case 'NONE':
      return lowestFailing === null
        ? `no load up to ${at(search.most)} reaches the objectives`
        : `not even the lowest load is inside: ${at(lowestFailing)} ${failWords[limitedBy!]}`;
    case 'CLIENT_LIMITED':
      return `the client gave out before the server${held === null ? '' : `; ${held}, and the server may bear more`}: give it more cores or another machine`;
    case 'RATE_LIMITED':
      return `the account's rate limit was met before the server's${held === null ? '' : `; ${held}`}: raise the quota`;
    case 'UNDECIDED':
      return `samples were too small to decide${held === null ? '' : `; ${held}`}${lowestFailing === null ? '' : `; ${at(lowestFailing)} fails`}: measure longer, or choose a lower percentile`;
    case 'UNFINISHED':
      return `the search was stopped${held === null ? '' : `; so far ${held}`}: it goes on with --resume`;
  }
}

const failWords: Readonly<Record<NonNullable<SweepSummary['limitedBy']>, string>> = {
  objectives: 'is not',
  sustained: 'is not sustained',
  failures: 'makes requests fail',
  client: 'is more than the client can do',
  rate_limit: 'is more than the account may do',
  undecided: 'is not decided',
  max: 'is the highest load allowed',
};

function loadWords(kind: SweepSummary['search']['kind'], value: number): string {
  return kind === 'rate' ? `${value} req/s` : `${value} in flight`;
}

function searchFacts({ search, run, points, accelerators }: SweepSummary): Facts {
  const { kind, arrivals, start, least, most, resolution } = search;
  const place = (value: number) => loadWords(kind, value);
  const objectives = run.steps[0]?.objectives.map(({ text }) => text).join(' · ');
  return {
    kind: 'facts',
    items: [
      ...(objectives ? [{ key: 'objectives', value: objectives }] : []),
      {
        key: 'search',
        value: `from ${place(start)}${arrivals === null ? '' : ` (${arrivals})`}, between ${least} and ${most}, to ${formatQuantity(resolution, 'share')} · ${points.length} steps`,
      },
      ...(accelerators === null ? [] : [{ key: 'accelerators', value: `${accelerators}` }]),
    ],
  };
}

function figures({ atHighest, highestPassing, search }: SweepSummary): Figures | null {
  if (atHighest === null || highestPassing === null) return null;
  const {
    intervals,
    outputTokensPerS,
    requestsPerS,
    outputTokensPerSPerAccelerator: perAccelerator,
    ungenerated,
  } = atHighest;
  const unit = search.kind === 'rate' ? 'requests/s' : 'count';
  return {
    kind: 'figures',
    items: [
      { label: search.kind === 'rate' ? 'highest rate' : 'in flight', value: number(highestPassing, unit), note: null },
      ungenerated === undefined
        ? {
            label: 'output',
            value: number(outputTokensPerS, 'tokens/s', {
              interval: intervals.outputTokensPerS,
              reason: 'not measured',
            }),
            note: null,
          }
        : { label: 'input', value: number(ungenerated.inputTokensPerS, 'tokens/s'), note: null },
      ...(perAccelerator === null
        ? []
        : [{ label: 'an accelerator', value: number(perAccelerator, 'tokens/s'), note: null }]),
      {
        label: 'completed',
        value: number(requestsPerS, 'requests/s', { interval: intervals.requestsPerS, reason: 'not measured' }),
        note: null,
      },
      ...(ungenerated === undefined
        ? [{ label: 'per stream', value: number(atHighest.interactivityTokensPerS, 'tokens/s'), note: null }]
        : []),
    ],
  };
}

/** Throughput against latency: where it bends, the server is full. */
function saturation({ points, highestPassing, lowestFailing }: SweepSummary): CurveChart | null {
  const sound = points.filter(({ outcome }) => outcome !== 'unfinished');
  const q = sound.every(({ ttftMs }) => ttftMs.p99 !== null) ? 'p99' : 'p50';
  return curve({
    title: `Saturation: TTFT ${q} against output`,
    x: { label: 'output', unit: 'tokens/s' },
    y: { label: `TTFT ${q}`, unit: 'ms' },
    places: sound.map((point) => ({ point, x: point.outputTokensPerS, y: point.ttftMs[q] })),
    marked: ({ load }) => load.value === highestPassing || load.value === lowestFailing,
  });
}

/** What each user gets against what an accelerator (or the whole server) gives. */
function frontier({ points, accelerators }: SweepSummary): CurveChart | null {
  const perAccelerator = accelerators !== null;
  return curve({
    title: `Speed for each user against output ${perAccelerator ? 'of an accelerator' : 'of the server'}`,
    x: { label: 'per user', unit: 'tokens/s' },
    y: { label: perAccelerator ? 'output an accelerator' : 'output', unit: 'tokens/s' },
    places: points
      .filter(({ outcome }) => outcome !== 'unfinished')
      .map((point) => ({
        point,
        x: point.interactivityTokensPerS,
        y: perAccelerator ? point.outputTokensPerSPerAccelerator : point.outputTokensPerS,
      })),
    marked: ({ pareto }) => pareto,
  });
}

interface Places extends Pick<CurveChart, 'title' | 'x' | 'y'> {
  readonly places: readonly { readonly point: SweepPoint; readonly x: number | null; readonly y: number | null }[];
  /** A few of them, the highest load first. */
  readonly marked: (point: SweepPoint) => boolean;
}

const mostMarks = 9;

function curve({ title, x, y, places, marked }: Places): CurveChart | null {
  const known = places.flatMap(({ point, x, y }) => (x === null || y === null ? [] : [{ point, x, y }]));
  if (known.length < 2) return null;
  const marks = known
    .filter(({ point }) => marked(point))
    .sort((a, b) => b.point.load.value - a.point.load.value)
    .slice(0, mostMarks)
    .map(({ point, x, y }) => ({ label: loadPhrase(point.load), x, y }));
  const points = known.toSorted((a, b) => a.x - b.x).map(({ x, y }) => [x, y] as const);
  return { kind: 'chart', shape: 'curves', title, x, y, curves: [{ name: 'loads', form: 'line', points }], marks };
}

/** The rows of the run, and what each step says to the search. */
function sweepRows({ run, points }: SweepSummary): Rows {
  const { columns, rows } = stepRows(run);
  return {
    columns: [...columns, 'sweep_outcome', 'sweep_pareto'],
    rows: Array.from(rows, (row, i) => [...row, points[i]!.outcome, points[i]!.pareto]),
  };
}
