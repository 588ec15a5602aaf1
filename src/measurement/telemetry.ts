import type { RunRecord, StepRecord } from '../record/run.ts';
import { bottleneckOf } from './bottleneck.ts';
import { devicesOf } from './device.ts';
import { orderedDoubts, verdictOf } from './doubt.ts';
import { efficiencyOf } from './efficiency.ts';
import { energyOf } from './energy.ts';
import { hardwareOf } from './hardware.ts';
import { mostAtOnce, serverLoadOf } from './server-load.ts';
import type { StepSummary } from './summary.ts';
import { telemetryDoubts } from './telemetry-doubt.ts';
import { around, groupedBy, inside, type Reading, type SecondSpan } from './watched.ts';

export interface TelemetryFacts {
  readonly run: Pick<RunRecord, 'telemetry' | 'hardware' | 'modelCard' | 'environment' | 'simulated'>;
  readonly step: StepRecord;
  /** All samples of the run in the order of samples.jsonl. */
  readonly readings: readonly Reading[];
}

/**
 * A step's summary with what machines and servers did meanwhile. Takes records only, so that a run on disk gives the same
 * bytes as it gave live; without telemetry the summary stays as it is.
 */
export function withTelemetry(summary: StepSummary, facts: TelemetryFacts): StepSummary {
  const { telemetry, hardware: hardwareFact = null, modelCard = null, simulated, environment } = facts.run;
  const { step } = facts;
  if (telemetry === undefined || step.telemetry === undefined)
    return withoutSamples(
      summary,
      efficiencyOf({ hardware: hardwareFact, model: modelCard, energy: null, step: summary }),
    );
  const window = windowOf(summary, step);
  const idle = telemetry.idle === null ? null : spanOf(telemetry.idle.startMs, telemetry.idle.endMs);
  const readings = readingsOf(facts, step.telemetry, idle);
  const devices = devicesOf(readings);
  const load = serverLoadOf(readings, window);
  const seen = { ...summary, server: { identity: identityOf(summary, readings, step), load } };
  const energy = energyOf({
    devices,
    window,
    idle,
    devicesExpected: hardwareFact?.accelerators ?? null,
    devicesAllotted: telemetry.devicesAllotted,
    step: seen,
  });
  const hardware = hardwareOf({
    readings,
    sources: step.telemetry.sources.filter(isTold),
    devices,
    window,
    energy,
    hostname: environment.hostname,
    slices: slicesOf(summary, step),
  });
  const efficiency = efficiencyOf({ hardware: hardwareFact, model: modelCard, energy, step: summary });
  const doubts = orderedDoubts([...summary.doubts, ...telemetryDoubts({ step: seen, hardware, energy, telemetry })]);
  const local = telemetry.local && !simulated;
  const judged = { ...seen, doubts, verdict: verdictOf(doubts), hardware, energy, efficiency };
  return { ...judged, bottleneck: bottleneckOf({ step: judged, hardware, server: load, efficiency, local }) };
}

const withoutSamples = (summary: StepSummary, efficiency: StepSummary['efficiency']): StepSummary =>
  efficiency === null ? summary : { ...summary, efficiency };

/** What `auto` looked for and what is simply not there is no news. */
const absences = ['tool_absent', 'endpoint_absent', 'endpoint_unreachable', 'endpoint_not_metrics', 'unavailable'];
const isTold = ({ ok, named, code }: { ok: boolean; named: boolean; code: string | null }): boolean =>
  ok || named || code === null || !absences.includes(code);

const spanOf = (startMs: number, endMs: number): SecondSpan => ({ startS: startMs / 1000, endS: endMs / 1000 });

function windowOf({ window }: StepSummary, { startMs, stopMs, endMs }: StepRecord): SecondSpan {
  return spanOf(window.startMs ?? startMs, window.endMs ?? endMs ?? stopMs ?? startMs);
}

/** A source of a slow period told of the moment before the step so long ago, at most. */
const leadS = 60;

/**
 * Those of the step, of the time before it, which its window may begin in, and those at rest before the load. In the
 * order of time: sources deliver each at its own pace.
 */
function readingsOf(
  { readings, step }: TelemetryFacts,
  { to }: NonNullable<StepRecord['telemetry']>,
  idle: SecondSpan | null,
): Reading[] {
  const fromS = step.startMs / 1000 - leadS;
  return readings
    .slice(0, to)
    .filter((reading) => reading.t_mono_s >= fromS || (idle !== null && inside(idle, reading)))
    .sort((a, b) => a.t_mono_s - b.t_mono_s);
}

function slicesOf({ series: { atMs } }: StepSummary, { startMs }: StepRecord) {
  const count = atMs.length < 2 ? 0 : atMs.length;
  return { startS: startMs / 1000, lengthS: count === 0 ? 1 : (atMs[1]! - atMs[0]!) / 1000, count };
}

/** A server whose process began anew: what its counters rose by is not what it did, even where they rose. */
function restarted(readings: readonly Reading[], span: SecondSpan): boolean {
  const own = readings.filter(({ server }) => server?.started_unix_s !== undefined);
  return [...groupedBy(around(own, span), ({ server }) => server!.url).values()].some((of) => {
    const starts = of.map(({ server }) => server!.started_unix_s!);
    return Math.max(...starts) - Math.min(...starts) > 1;
  });
}

/** More requests in the server than this client ever had under way are somebody else's, whatever counters say. */
function identityOf(
  { server: { identity }, concurrency, counts }: StepSummary,
  readings: readonly Reading[],
  { startMs, stopMs, endMs }: StepRecord,
): StepSummary['server']['identity'] {
  if (identity === null || identity.verdict === 'counter_reset') return identity;
  const span = spanOf(startMs, endMs ?? stopMs ?? startMs);
  if (restarted(readings, span)) return { ...identity, verdict: 'counter_reset' };
  if (!['unexplained', 'unavailable'].includes(identity.verdict)) return identity;
  if (counts.failed + counts.censored > 0 || concurrency.max === null) return identity;
  const most = mostAtOnce(readings, spanOf(startMs, stopMs ?? endMs ?? startMs));
  const mine = concurrency.max + Math.max(1, 0.05 * concurrency.max);
  return most !== null && most > mine ? { ...identity, verdict: 'not_exclusive' } : identity;
}
