import type picocolors from 'picocolors';
import { formatNumber, formatQuantity } from '../document/number.ts';
import { align, printable, truncate, widthOf } from '../document/terminal.ts';
import type { Load } from '../record/run.ts';
import { loadPhrase } from './load.ts';

/** Where a run stands at one moment; every number is for the step that goes on. */
export interface ProgressSnapshot {
  /** Index of the step, from 0, and how many there will be; null while that is not known, as in a search. */
  readonly step: number;
  readonly steps: number | null;
  readonly load: Load;
  readonly phase: ProgressPhase;
  readonly elapsedMs: number;
  /** 0…1 of the step, by time or by requests, whichever ends it; null when its end is not known. */
  readonly fraction: number | null;
  /** Until the end of the step; null when it is not known. */
  readonly leftMs: number | null;
  /** Over the last second or so. */
  readonly tokensPerS: number | null;
  /** Of the latest requests. */
  readonly ttftP50Ms: number | null;
  readonly inFlight: number;
  readonly done: number;
  /** Failures by their names. */
  readonly failures: Readonly<Record<string, number>>;
}

export type ProgressPhase = 'preparing' | 'warm-up' | 'measuring' | 'draining' | 'done';

type Colors = ReturnType<typeof picocolors.createColors>;
export interface StatusOptions {
  readonly columns: number;
  readonly unicode: boolean;
  readonly colors: Colors;
}

const widestBar = 40;
const narrowestBar = 8;

/** For a terminal: where the step stands with its bar, and what it delivers. No line is wider than `columns`. */
export function statusBlock(now: ProgressSnapshot, options: StatusOptions): string[] {
  return [headLine(now, options), ...numberLines(now, options)];
}

function headLine(now: ProgressSnapshot, { columns, unicode, colors }: StatusOptions): string {
  const clean = (text: string) => printable(text, unicode);
  const head = clean(`${stepWords(now)} · ${loadPhrase(now.load)}`);
  const phase = align(now.phase, 'preparing'.length, 'left');
  const fraction = finite(now.fraction);
  const leftMs = finite(now.leftMs);
  const share = fraction === null ? '' : `${String(Math.floor(within01(fraction) * 100)).padStart(3)} %`;
  const left = leftMs === null ? `${clockTime(now.elapsedMs)} so far` : `${clockTime(leftMs)} left`;
  const room = Math.min(widestBar, columns - widthOf(`${head}  ${phase}    ${share}  ${left}`));
  if (fraction === null || room < narrowestBar)
    return truncate([head, now.phase, share.trim(), left].filter((p) => p).join('  '), columns, unicode);
  const bar = barOf(fraction, room, unicode);
  const paint = now.phase === 'measuring' ? colors.cyan : colors.yellow;
  return `${colors.bold(head)}  ${phase}  ${paint(bar.full)}${colors.dim(bar.rest)}  ${share}  ${left}`;
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
const within01 = (value: number): number => Math.min(1, Math.max(0, value));

/** Throughput, latency, counts; failures beside them, or beneath where there is no room: they must not fall off the end. */
function numberLines(now: ProgressSnapshot, { columns, unicode, colors }: StatusOptions): string[] {
  const separator = printable(' · ', unicode);
  const failed = printable(failureWords(now.failures), unicode);
  const parts = numbers(now).map((part) => printable(part, unicode));
  let line = parts[0] ?? '';
  for (const part of parts.slice(1)) if (widthOf(line + separator + part) <= columns) line += separator + part;
  if (failed === '') return [line];
  const beside = widthOf(line + separator + failed) <= columns;
  const shown = colors.red(truncate(failed, columns, unicode));
  return beside ? [line + separator + shown] : [line, shown];
}

/** One line for a log: the same words without bar and colour. */
export function statusLine(now: ProgressSnapshot): string {
  const left = finite(now.leftMs) === null ? [] : [`${clockTime(now.leftMs ?? 0)} left`];
  const failed = failureWords(now.failures);
  return [
    `${stepWords(now)}: ${now.phase}, ${clockTime(now.elapsedMs)}`,
    ...left,
    ...numbers(now),
    ...(failed ? [failed] : []),
  ].join(' · ');
}

export const startLine = (now: ProgressSnapshot): string => `${stepWords(now)}: ${loadPhrase(now.load)} started`;

export function endLine(now: ProgressSnapshot): string {
  const failed = failureWords(now.failures);
  return `${stepWords(now)}: ${loadPhrase(now.load)} done after ${clockTime(now.elapsedMs)} · ${formatNumber(now.done, true)} requests${failed ? ` · ${failed}` : ''}`;
}

const stepWords = ({ step, steps }: ProgressSnapshot): string => `step ${step + 1}${steps === null ? '' : `/${steps}`}`;

const numbers = (now: ProgressSnapshot): string[] => [
  formatQuantity(now.tokensPerS, 'tokens/s'),
  `TTFT p50 ${formatQuantity(now.ttftP50Ms, 'ms')}`,
  `${formatNumber(now.inFlight, true)} in flight`,
  `${formatNumber(now.done, true)} done`,
];

/** `failed 22 (rate_limited 19, conn_reset 3)`; empty when nothing failed. */
function failureWords(failures: ProgressSnapshot['failures']): string {
  const met = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  if (met.length === 0) return '';
  const total = met.reduce((sum, [, count]) => sum + count, 0);
  return `failed ${formatNumber(total, true)} (${met.map(([code, count]) => `${code} ${formatNumber(count, true)}`).join(', ')})`;
}

/** `0:23`, `12:05`, `1:02:03`; rounded up, so that it says 0:00 only when nothing is left. */
export function clockTime(ms: number): string {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.ceil(ms / 1000)) : 0;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

function barOf(fraction: number, width: number, unicode: boolean): { full: string; rest: string } {
  const filled = Math.round(within01(fraction) * width);
  return unicode
    ? { full: '━'.repeat(filled), rest: '─'.repeat(width - filled) }
    : { full: '='.repeat(filled), rest: '-'.repeat(width - filled) };
}
