import type { RunEvent } from '../../experiment/run.ts';
import type { StepWatcher } from '../../experiment/step.ts';
import { createProgress, type Progress, type ProgressSnapshot } from '../../report/progress.ts';
import { minimumSample } from '../../statistics/quantile.ts';

const lookMs = 200;
/** Token rates are shown over about this long, so that they do not flicker. */
const rateMs = 1_500;

interface Step {
  readonly index: number;
  readonly steps: number | null;
  readonly watcher: StepWatcher;
  readonly nowMs: () => number;
}

/** Listens to a run's events and draws its progress on stderr. */
export interface Live {
  emit(event: RunEvent): void;
  end(): void;
}

export function createLive(options: { quiet: boolean; color: boolean; plannedRequests: number | null }): Live {
  const { stderr, env } = process;
  const progress: Progress = createProgress({
    stream: stderr,
    isTty: stderr.isTTY === true && !env['CI'] && env['TERM'] !== 'dumb',
    columns: () => stderr.columns ?? 80,
    color: options.color,
    quiet: options.quiet,
    now: () => performance.now(),
  });
  let step: Step | null = null;
  let history: { readonly ms: number; readonly tokens: number }[] = [];
  const look = (done = false) => {
    if (step === null) return;
    const nowMs = step.nowMs();
    history.push({ ms: nowMs, tokens: step.watcher.live.tokens });
    while (history.length > 2 && history[1]!.ms < nowMs - rateMs) history.shift();
    progress.update(snapshotOf(step, nowMs, rateOf(history), options.plannedRequests, done));
  };
  const timer = setInterval(() => look(), lookMs);
  timer.unref();
  return {
    emit(event) {
      if (event.kind === 'note') {
        if (!options.quiet) progress.line(event.text);
      } else if (event.kind === 'step') {
        [step, history] = [event, []];
        look();
      } else if (event.kind === 'stepDone') {
        look(true);
        step = null;
      }
    },
    end() {
      clearInterval(timer);
      progress.end();
    },
  };
}

function rateOf(history: readonly { readonly ms: number; readonly tokens: number }[]): number | null {
  const [first, last] = [history[0], history.at(-1)];
  if (!first || !last || last.ms - first.ms < lookMs) return null;
  return ((last.tokens - first.tokens) / (last.ms - first.ms)) * 1000;
}

function snapshotOf(
  { index, steps, watcher }: Step,
  nowMs: number,
  tokensPerS: number | null,
  planned: number | null,
  done: boolean,
): ProgressSnapshot {
  const { record, drive } = watcher;
  const elapsedMs = Math.max(0, nowMs - record.startMs);
  const fraction = done ? 1 : fractionOf(watcher, nowMs, planned);
  const measuring = record.warmupEndMs !== null && record.stopMs === null;
  const spentMs = record.warmupEndMs === null ? 0 : nowMs - record.warmupEndMs;
  const leftMs =
    watcher.endMs !== null
      ? Math.max(0, watcher.endMs - nowMs)
      : fraction
        ? (spentMs / fraction) * (1 - fraction)
        : null;
  const sorted = watcher.recentTtftMs.toSorted((a, b) => a - b);
  return {
    step: index,
    steps,
    load: record.load,
    phase: done ? 'done' : record.stopMs !== null ? 'draining' : record.warmupEndMs === null ? 'warm-up' : 'measuring',
    elapsedMs,
    fraction,
    leftMs: measuring ? leftMs : null,
    tokensPerS,
    ttftP50Ms: sorted[Math.floor(sorted.length / 2)] ?? null,
    inFlight: drive.inFlight,
    done: drive.ended,
    failures: watcher.failures,
  };
}

/** By time, by requests, or by the sample that p99 wants, whichever is furthest. */
function fractionOf({ record, endMs, measured }: StepWatcher, nowMs: number, planned: number | null): number | null {
  if (record.warmupEndMs === null) return null;
  const byTime = endMs === null ? 0 : (nowMs - record.warmupEndMs) / Math.max(1, endMs - record.warmupEndMs);
  const wanted = planned ?? (endMs === null ? minimumSample(0.99) : null);
  const byCount = wanted === null ? 0 : measured / wanted;
  return Math.min(1, Math.max(byTime, byCount));
}
