import { judgedLatency } from './judgement.ts';
import { parseObjective, rateWords } from './objective.ts';
import type { Doubt, StepSummary } from './summary.ts';

/**
 * What a measured load says to a search for the highest one inside the objectives.
 *
 * `pass`: inside, and decided. `likely`: nothing missed them, but the sample is too small to decide. `short`: only a rate
 * is below its lower bound, so the load may be too small. `miss`: outside. `unsustained`: requests pile up, however the
 * percentiles look so far. `failures`, `rate_limit`: the server or the account refused. `client`: the client may be to
 * blame. `undecided`: the sample cannot tell. `unfinished`: cut short, says nothing.
 */
export const sweepOutcomes = [
  'pass',
  'likely',
  'short',
  'miss',
  'unsustained',
  'failures',
  'rate_limit',
  'client',
  'undecided',
  'unfinished',
] as const;
export type SweepOutcome = (typeof sweepOutcomes)[number];

export interface Judged {
  readonly outcome: SweepOutcome;
  /** Why, a clause each; empty for a pass. */
  readonly reasons: readonly string[];
}

/** Judges one step of a sweep. The gravest reason that no load could be claimed on comes first. */
export function outcomeOf(step: StepSummary): Judged {
  const has = (...codes: string[]) => step.doubts.filter(({ code }) => codes.includes(code));
  const because = (outcome: SweepOutcome, doubts: readonly Doubt[]): Judged => ({
    outcome,
    reasons: doubts.map(({ code }) => code),
  });
  const cut = has('interrupted', 'unfinished', 'thread_lost', 'disk_full', 'disk_failed');
  if (cut.length > 0) return because('unfinished', cut);
  const refused = has('rate_limited');
  if (refused.length > 0) return because('rate_limit', refused);
  const broken = has('all_failed', 'stopped_by_failures', 'high_failures').filter(
    ({ code, severity }) => code === 'stopped_by_failures' || severity === 'invalid',
  );
  if (broken.length > 0) return because('failures', broken);
  const empty = has('no_requests');
  if (empty.length > 0) return because('undecided', empty);
  return byObjectives(step, clientDoubts(step));
}

/** Behind a cap on requests in flight it is the server's slowness that holds requests back, not the client's. */
function clientDoubts({ doubts }: StepSummary): Doubt[] {
  return doubts.filter(
    ({ code, evidence }) =>
      code === 'client_limited' || (code === 'under_delivered' && (evidence['maxInFlight'] ?? null) === null),
  );
}

function byObjectives(step: StepSummary, client: readonly Doubt[]): Judged {
  const missed = step.objectives.filter(({ met }) => met === false).map(({ text }) => text);
  const open = step.objectives.filter(({ met }) => met === null).map(({ text }) => text);
  const lost = open.filter((text) => isLost(text, step));
  const reasons = [...missed, ...lost];
  const fault = client.map(({ code }) => code);
  const [bound] = step.doubts.filter(({ code, evidence }) => code === 'not_stationary' && evidence['demandGrowth']);
  if (reasons.length > 0 || bound !== undefined) {
    if (client.length > 0 && !isServers(reasons, client, step))
      return { outcome: 'client', reasons: [...fault, ...reasons] };
    if (reasons.length > 0) return { outcome: reasons.every(isLowerRate) ? 'short' : 'miss', reasons };
    return { outcome: 'unsustained', reasons: ['not_stationary'] };
  }
  const invalid = client.some(({ code, severity }) => severity === 'invalid' || code === 'under_delivered');
  if (invalid) return { outcome: 'client', reasons: fault };
  if (open.length === 0) return { outcome: 'pass', reasons: [] };
  return { outcome: open.every((text) => isLikely(text, step)) ? 'likely' : 'undecided', reasons: open };
}

const busy = 0.85;

/**
 * A late event loop alone explains so much of a latency and no more: what is outside even without it is the server's.
 * A client that is out of CPU or did not deliver the load is always to blame; in an open loop one that is INVALID too,
 * for its late requests come in bunches, while a closed loop that is late only asks less.
 */
function isServers(missed: readonly string[], client: readonly Doubt[], step: StepSummary): boolean {
  const [doubt, ...more] = client;
  if (doubt === undefined || more.length > 0 || doubt.code !== 'client_limited') return false;
  if (doubt.severity === 'invalid' && step.load.kind !== 'concurrency') return false;
  const known = (name: string) => Number(doubt.evidence[name] ?? 0);
  const late = known('loopLagP99Ms') > known('loopLagLimitMs') || known('scheduleLagMs') > known('scheduleLagLimitMs');
  if (!late || known('cpuShare') > busy) return false;
  const lagMs = Math.max(known('loopLagP99Ms') + Math.max(0, known('scheduleLagMs')), known('timingErrorP99Ms'));
  return missed.some((text) => {
    const objective = parseObjective(bare(text));
    if (objective.kind === 'share') return objective.share === 'errors';
    if (objective.kind !== 'latency' || objective.statistic === 'max') return false;
    const { mean } = step.latency[judgedLatency(objective.latency, step.load.kind === 'concurrency')];
    const observed = step.objectives.find((result) => result.text === text)?.observed ?? mean;
    if (observed === null) return false;
    const gaps = Math.max(1, (step.tokens.meanOutput ?? 2) - 1);
    const spread = objective.latency === 'tpotMs' || objective.latency === 'ntpotMs' ? gaps : 1;
    return observed - lagMs / spread > objective.limit;
  });
}

/** An objective whose lower bound more load may reach; a stream's own speed is none of them. */
function isLowerRate(text: string): boolean {
  const objective = parseObjective(bare(text));
  return objective.kind === 'rate' && objective.rate !== 'interactivity' && rateWords.includes(objective.rate);
}

const levels: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** Too few independent requests for the percentile, yet so many are outside that more of them would not help. */
function isLost(text: string, { attainment, latency, load }: StepSummary): boolean {
  const objective = parseObjective(bare(text));
  if (objective.kind !== 'latency') return false;
  const level = levels[objective.statistic];
  if (level === undefined) return false;
  const distribution = latency[judgedLatency(objective.latency, load.kind === 'concurrency')];
  const lower = (['p50', 'p90', 'p95'] as const).filter((name) => levels[name]! < level);
  if (lower.some((name) => (distribution[name] ?? 0) > objective.limit)) return true;
  return attainment !== null && attainment < (level >= 0.9 ? 0.5 : 0.25);
}

/** Too few for the percentile, and not one of them outside. */
function isLikely(text: string, { latency, load, counts }: StepSummary): boolean {
  const objective = parseObjective(bare(text));
  if (objective.kind !== 'latency' || counts.failed + counts.censored > 0) return false;
  const { max } = latency[judgedLatency(objective.latency, load.kind === 'concurrency')];
  return max !== null && max <= objective.limit;
}

/** In an open loop objectives that are judged from the due time say so behind their text. */
const bare = (text: string): string => text.replace(/ \(from the due time\)$/, '');
