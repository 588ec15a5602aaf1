import {
  type Block,
  type Column,
  type Document,
  heading,
  type NumberCell,
  note,
  number,
} from '../document/document.ts';
import { formatNumber, formatQuantity } from '../document/number.ts';
import type { Calibration, CalibrationPoint, CeilingBound } from '../record/calibration.ts';

/** A calibration and what was measured beside it. */
export interface CalibrationFindings extends Calibration {
  readonly seconds: number;
  readonly reference: { readonly autocannonRequestsPerS: number; readonly tokbenchRequestsPerS: number };
}

/** Not even the smallest load was timed well: it shows the machine's other work, not the client. */
export const isNoisy = ({ ceiling }: Pick<Calibration, 'ceiling'>): boolean => ceiling.streams === null;

/** The document of `tokbench calibrate`; `keptIn` = the file that later runs read, null where it was not kept. */
export function calibrationDocument(found: CalibrationFindings, keptIn: string | null): Document {
  const { machine, ceiling, bounds, limitMs } = found;
  const most = (value: number | null, unit: NumberCell['unit'], bound: CeilingBound) => ({
    value: number(value, unit, { reason: 'even the lowest load tried was beyond it' }),
    note: value === null ? null : boundWords[bound],
  });
  return {
    title: 'tokbench calibrate',
    subtitle: `${machine.cpu}, ${machine.cores} cores · Node ${machine.node} · tokbench ${machine.tokbench}`,
    banners: [],
    verdict: null,
    blocks: [
      heading(`What this client times within ${formatQuantity(limitMs, 'ms')} (p99)`, 2),
      {
        kind: 'figures',
        items: [
          { label: 'streams at 50 tok/s', ...most(ceiling.streams, 'count', bounds.streams) },
          { label: 'tokens', ...most(ceiling.tokensPerS, 'tokens/s', bounds.tokensPerS) },
          { label: 'requests', ...most(ceiling.requestsPerS, 'requests/s', bounds.requestsPerS) },
        ],
      },
      curveTable(found.curve),
      {
        kind: 'facts',
        items: [
          {
            key: 'cost of a token',
            value: number(found.costPerTokenUs, 'us/token', { reason: 'too few loads were measured' }),
          },
          { key: 'plain requests', value: plainWords(found) },
          { key: 'took', value: number(found.seconds, 's') },
          { key: 'kept in', value: keptIn ?? 'nothing: what was kept before, if anything, still holds' },
        ],
      },
      ...notes(found),
    ],
    rows: {
      columns: curveColumns.map(([key]) => key),
      rows: found.curve.map((point) => curveColumns.map(([key]) => point[key])),
    },
  };
}

const boundWords: Readonly<Record<CeilingBound, string>> = {
  client: 'more is beyond the client',
  server: 'at least: the server could not keep up with more',
  range: 'at least: more was not tried',
  time: 'at least: the time was up',
};

const curveColumns: readonly (readonly [keyof CalibrationPoint, Column])[] = [
  ['axis', { label: 'load' }],
  ['streams', { label: 'streams', unit: 'none' }],
  ['tokensPerS', { label: 'tokens', unit: 'tokens/s' }],
  ['requestsPerS', { label: 'requests', unit: 'requests/s' }],
  ['timingErrorP50Ms', { label: 'p50', group: 'timing error', unit: 'ms' }],
  ['timingErrorP99Ms', { label: 'p99', group: 'timing error', unit: 'ms' }],
  ['scheduleLagP99Ms', { label: 'lag p99', unit: 'ms' }],
  ['cpuUsPerToken', { label: 'CPU', unit: 'us/token' }],
  ['cpuShare', { label: 'core', unit: 'share' }],
  ['serverKept', { label: 'server' }],
];

const loadWords: Readonly<Record<CalibrationPoint['axis'], string>> = {
  streams: 'many streams',
  tokens: 'fast streams',
  requests: 'short requests',
};

function curveTable(curve: readonly CalibrationPoint[]): Block {
  const cell = (point: CalibrationPoint, key: keyof CalibrationPoint, unit: NumberCell['unit'] | undefined) => {
    if (key === 'axis') return loadWords[point.axis];
    if (key === 'serverKept')
      return point.serverKept ? 'kept its pace' : { text: 'fell behind', tone: 'warn' as const };
    const value = point[key];
    return value === null ? null : number(value as number, unit!);
  };
  return {
    kind: 'table',
    title: null,
    columns: curveColumns.map(([, column]) => column),
    rows: curve.map((point) => curveColumns.map(([key, { unit }]) => cell(point, key, unit))),
    scale: 'column',
    footnotes: [
      'timing error: when the client read an event − when the server wrote it; lag: when a request left − when it was due',
    ],
  };
}

function plainWords({ reference: { autocannonRequestsPerS, tokbenchRequestsPerS } }: CalibrationFindings): string {
  const ratio = formatNumber(tokbenchRequestsPerS / autocannonRequestsPerS);
  return `${formatQuantity(tokbenchRequestsPerS, 'requests/s')}, ${ratio} times autocannon's ${formatQuantity(autocannonRequestsPerS, 'requests/s')}, over ten connections`;
}

function notes(found: CalibrationFindings): Block[] {
  const { machine, limitMs } = found;
  const shared = `The server ran on this machine too and took its share of the ${machine.cores} cores: against a server elsewhere the client can do more, never less.`;
  const noisy = `Not even a small load was timed within ${formatQuantity(limitMs, 'ms')}: something else is busy on this machine. Calibrate again when it is quiet.`;
  return [note('info', shared), ...(isNoisy(found) ? [note('warn', noisy)] : [])];
}

/** One load that was tried, as a line of progress. */
export function pointWords(point: CalibrationPoint, passed: boolean): string {
  const { axis, streams, tokensPerS, requestsPerS, timingErrorP99Ms, serverKept } = point;
  const load =
    axis === 'requests'
      ? formatQuantity(requestsPerS, 'requests/s')
      : `${formatNumber(streams)} streams, ${formatQuantity(tokensPerS, 'tokens/s')}`;
  const found = serverKept ? (passed ? 'inside' : 'beyond') : 'the server fell behind';
  return `${load}: timing error p99 ${formatQuantity(timingErrorP99Ms, 'ms')}, ${found}`;
}
