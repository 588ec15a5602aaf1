import { type Capacity, capacityAtObjective, type LoadPoint } from '../economics/capacity.ts';
import {
  type Infeasible,
  infeasible,
  type NotVerified,
  type NotVerifiedReason,
  notVerified,
  type Ok,
  ok,
} from '../economics/state.ts';
import type { Interval, RunSummary, StepSummary } from '../measurement/summary.ts';
import type { MeasuredCapacity, MeasuredP99, MeasuredPower, RunEvidence } from './capacity.ts';

/** Hardware behind the target, as the run's plan names it. */
export interface HardwareCount {
  readonly name: string;
  readonly count: number;
}

/** One load of a run: its steps, repeats together. */
interface LoadStep {
  readonly steps: readonly StepSummary[];
  readonly value: number;
  readonly closed: boolean;
  readonly offeredPerS: number;
  readonly completedPerS: number;
  /** Every objective met in every repeat; null where one could not be told. */
  readonly met: boolean | null;
}

type Found = Ok<LoadStep> | NotVerified<LoadStep> | Infeasible;

/**
 * Capacity at the objectives of a run (section 2.2): the completed rate of its highest admissible load. Open loops by
 * `capacityAtObjective`; closed loops cannot be overloaded, there the highest concurrency inside the objectives counts. Steps
 * that are INVALID are not a capacity. Per replica of `hardware.count` accelerators.
 */
export function capacityOfRun(summary: RunSummary, hardware: HardwareCount | null): MeasuredCapacity {
  const loads = loadsOf(summary.steps);
  const found = loads.length === 0 ? infeasible(['slo-never-met'], { loadsTested: 0 }) : highest(loads);
  const best = found.state === 'infeasible' ? null : found.value;
  const [step] = best?.steps ?? [];
  const above = best === null ? null : (loads.find((load) => load.value > best.value && load.met === false) ?? null);
  const throughput = step?.throughput ?? null;
  const shape = step === undefined ? null : shapeOf(step);
  return {
    origin: 'run',
    name: summary.directory,
    simulated: summary.simulated,
    model: summary.target.model,
    state: found.state,
    reasons: found.state === 'ok' ? [] : found.reasons,
    scope: 'replica',
    accelerators: hardware?.count ?? null,
    hardware: hardware?.name ?? null,
    requestsPerS: best === null ? null : best.completedPerS,
    inputTokensPerS: best === null ? 0 : (mean(best.steps.map((each) => each.throughput.inputTokensPerS)) ?? 0),
    outputTokensPerS: best === null ? 0 : (mean(best.steps.map((each) => each.throughput.outputTokensPerS)) ?? 0),
    interval: relativeInterval(throughput),
    shape,
    cachedShare: shareOf(step?.tokens.inputCached ?? null, step?.tokens.input ?? null),
    reasoningShare: shareOf(step?.tokens.outputReasoning ?? null, step?.tokens.output ?? null),
    power: step === undefined ? null : powerOf(step),
    p99: best === null ? null : worstP99(best.steps),
    bracket: [best === null ? null : words(best), above === null ? null : words(above)],
    objectives: (summary.steps[0]?.objectives ?? []).map(({ text }) => text),
    evidence: evidenceOf(step ?? summary.steps.at(-1) ?? null, loads, above !== null),
    notes: notesOf(summary, loads),
  };
}

function loadsOf(steps: readonly StepSummary[]): LoadStep[] {
  const groups = new Map<string, StepSummary[]>();
  for (const step of steps) {
    const key = `${step.load.kind} ${step.load.value}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  return [...groups.values()]
    .flatMap((group): LoadStep[] => {
      const completedPerS = mean(group.map((step) => step.throughput.requestsPerS));
      if (completedPerS === null || !(completedPerS > 0)) return [];
      const { load } = group[0]!;
      const closed = load.kind === 'concurrency';
      const offeredPerS = closed
        ? completedPerS
        : (mean(group.map((step) => step.throughput.offeredPerS)) ?? load.value);
      return [{ steps: group, value: load.value, closed, offeredPerS, completedPerS, met: metBy(group) }];
    })
    .sort((a, b) => a.value - b.value);
}

/** An INVALID step can miss an objective but not meet it: what limited it may not have been the server. */
function metBy(steps: readonly StepSummary[]): boolean | null {
  const met = steps.flatMap((step) => step.objectives.map((objective) => objective.met));
  if (met.includes(false)) return false;
  return met.includes(null) || steps.some((step) => step.verdict === 'INVALID') ? null : true;
}

function highest(loads: readonly LoadStep[]): Found {
  if (loads.some(({ closed }) => closed)) return highestClosed(loads);
  const byPoint = new Map(loads.map((load) => [pointOf(load), load]));
  // The objectives of a run are any that it can state; here they are one term: the share of them that is met.
  const objective = { p99TtftMs: null, p99TpotMs: null, errorShare: null, goodputShare: 1 };
  const found = capacityAtObjective([...byPoint.keys()], objective, 'replica');
  if (found.state === 'infeasible') return found;
  const load = byPoint.get(bestPoint(found.value))!;
  return found.state === 'ok' ? ok(load) : notVerified(load, found.reasons);
}

const bestPoint = (capacity: Capacity<'replica'>): LoadPoint =>
  capacity.points.findLast(({ admissible }) => admissible)!.point;

function pointOf({ offeredPerS, completedPerS, met, steps }: LoadStep): LoadPoint {
  return {
    offeredPerS,
    completedPerS,
    p99TtftMs: null,
    p99TpotMs: null,
    errorShare: null,
    goodputShare: met === null ? null : met ? 1 : 0,
    queueGrows: null,
    rates: steps.every((step) => step.window.kind === 'steady') ? 'steady' : 'whole-run',
  };
}

function highestClosed(loads: readonly LoadStep[]): Found {
  const last = loads.findLastIndex(({ met }) => met === true);
  if (last < 0) return infeasible(['slo-never-met'], { loadsTested: loads.length });
  const doubts: NotVerifiedReason[] = [];
  if (!loads.slice(last + 1).some(({ met }) => met === false)) doubts.push('capacity-lower-bound');
  if (loads.slice(0, last).some(({ met }) => met !== true)) doubts.push('sweep-non-monotone');
  // More in flight does not always complete more: inside the objectives the best rate counts.
  const inside = loads.filter(({ met }) => met === true);
  const best = inside.reduce((a, b) => (b.completedPerS > a.completedPerS ? b : a));
  return doubts.length > 0 ? notVerified(best, doubts) : ok(best);
}

function shapeOf({ tokens, throughput }: StepSummary): MeasuredCapacity['shape'] {
  const { meanInput } = tokens;
  // Replies with vectors or scores generate nothing.
  const meanOutput = tokens.items === undefined ? tokens.meanOutput : 0;
  if (meanInput !== null && meanOutput !== null) return { inputTokens: meanInput, outputTokens: meanOutput };
  const { requestsPerS, inputTokensPerS, outputTokensPerS } = throughput;
  if (requestsPerS === null || inputTokensPerS === null || outputTokensPerS === null) return null;
  return { inputTokens: inputTokensPerS / requestsPerS, outputTokens: outputTokensPerS / requestsPerS };
}

/** The worst repeat counts: a gate that one of them breaks is broken. */
function worstP99(steps: readonly StepSummary[]): MeasuredP99 {
  const worst = (name: keyof MeasuredP99): number | null => {
    const values = steps.map(({ latency }) => latency[name].p99);
    return values.some((value) => value === null) ? null : Math.max(...values.map((value) => value!));
  };
  return { ttftMs: worst('ttftMs'), tpotMs: worst('tpotMs'), e2eMs: worst('e2eMs') };
}

function relativeInterval(throughput: StepSummary['throughput'] | null): Interval {
  const interval = throughput?.intervals['outputTokensPerS'] ?? null;
  const rate = throughput?.outputTokensPerS ?? null;
  if (interval === null || rate === null || !(rate > 0) || !(interval[0] > 0)) return null;
  return [interval[0] / rate, interval[1] / rate];
}

/** Power of a step whose energy is valid; what it contains decides on the facility factor. */
function powerOf({ energy }: StepSummary): MeasuredPower | null {
  if (energy === null || !energy.valid || !(energy.powerMeanW !== null && energy.powerMeanW > 0)) return null;
  const { powerMeanW: powerW, scope, method } = energy;
  return { powerW, basis: scope === 'wall' ? 'metered-wall' : 'metered-board', method };
}

function evidenceOf(
  step: StepSummary | null,
  loads: readonly LoadStep[],
  saturationClaimed: boolean,
): RunEvidence | null {
  if (step === null) return null;
  const closed = step.load.kind === 'concurrency';
  const p99s = loads.flatMap(({ offeredPerS, steps }) => {
    const p99Ms = steps[0]!.latency.ttftMs.p99;
    return p99Ms === null ? [] : [{ offeredPerS, p99Ms }];
  });
  const { throughput, client, tokens, counts } = step;
  return {
    // A closed loop offers what was completed, by its nature.
    offeredPerS: closed ? throughput.requestsPerS : throughput.offeredPerS,
    completedPerS: throughput.requestsPerS,
    highestCompletedPerS: loads.reduce((most, load) => Math.max(most, load.completedPerS), 0),
    objectivesMissed: step.objectives.filter(({ met }) => met !== true).map(({ text }) => text),
    loads: p99s.length < 2 ? null : p99s,
    windowStartMs: step.window.startMs,
    warmupEndMs: step.window.kind === 'steady' ? step.window.startMs : null,
    sentPerS: closed ? throughput.requestsPerS : throughput.sentPerS,
    cpuShare: client.cpuShare,
    loopLagP99Ms: client.loopLagP99Ms,
    saturationClaimed,
    countedRequests: counts.ok,
    succeededRequests: counts.ok,
    failedShare: shareOf(counts.failed, counts.ok + counts.failed),
    outputTokens: tokens.output,
    reasoningTokens: tokens.outputReasoning,
    hitRate: shareOf(tokens.inputCached, tokens.input),
    sharedPrefix: null,
  };
}

function notesOf(summary: RunSummary, loads: readonly LoadStep[]): string[] {
  const notes: string[] = [];
  if (summary.state !== 'finished') notes.push('The run did not finish.');
  const undecided = loads.filter(({ met }) => met === null).length;
  if (undecided > 0)
    notes.push(
      `At ${undecided} of ${loads.length} loads the objectives could not be decided (too few requests, or an INVALID step); they do not count as a capacity.`,
    );
  return notes;
}

const words = ({ closed, value, offeredPerS }: LoadStep): string =>
  closed ? `${value} in flight` : `${Number(offeredPerS.toPrecision(4))} req/s`;

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : known.reduce((a, b) => a + b, 0) / known.length;
}

const shareOf = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || !(whole > 0) ? null : part / whole;
