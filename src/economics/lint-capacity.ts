import { leastCompletedShare, overloadFailures } from './capacity.ts';
import { clause, figure, judge, type LintResult, percent } from './finding.ts';
import type { Scope } from './quantity.ts';

/** Lints about load, capacity and demand: E1, E2, E7, E8, E18, E19. A null input is one that nobody knows. */

export interface UtilizationFacts {
  readonly utilization: number | null;
  readonly utilizationSource: 'profile' | 'measured' | 'assumed' | 'typed' | null;
  readonly interactive: boolean | null;
}

/** E1: a utilisation of 1, above 0.85 with an interactive objective, or not from a profile or a measurement. */
export function lintUtilization(facts: UtilizationFacts): LintResult {
  const { utilization, utilizationSource, interactive } = facts;
  return judge('E1', 'error', [
    clause({ utilization }, ({ utilization }) =>
      utilization >= 1
        ? {
            sentence: `The price assumes a utilisation of ${percent(utilization)}: no demand fills every hour.`,
            evidence: { utilization },
          }
        : null,
    ),
    clause({ utilization, interactive }, ({ utilization, interactive }) =>
      interactive && utilization > 0.85 && utilization < 1
        ? {
            sentence: `A utilisation of ${percent(utilization)} leaves an interactive service no room for its peaks.`,
            evidence: { utilization, interactive },
          }
        : null,
    ),
    clause({ utilizationSource }, ({ utilizationSource: source }) =>
      source === 'profile' || source === 'measured'
        ? null
        : {
            sentence: `The utilisation is ${source}, not taken from a demand profile or a measurement.`,
            evidence: { source },
          },
    ),
  ]);
}

export interface OperatingPointFacts {
  readonly offeredPerS: number | null;
  readonly completedPerS: number | null;
  readonly rates: 'steady' | 'whole-run' | null;
  /** Highest completed rate of the sweep that the point belongs to. */
  readonly highestCompletedPerS: number | null;
  /** Terms of the objective that the point breaks. */
  readonly objectivesMissed: readonly string[] | null;
}

/** E2: the operating point breaks the objective or is overloaded. */
export function lintOperatingPoint(facts: OperatingPointFacts): LintResult {
  const { offeredPerS, completedPerS, rates, highestCompletedPerS, objectivesMissed } = facts;
  return judge('E2', 'error', [
    clause({ objectivesMissed }, ({ objectivesMissed: missed }) =>
      missed.length > 0
        ? { sentence: `The load behind the price misses its objective: ${missed.join(', ')}.`, evidence: { missed } }
        : null,
    ),
    clause({ offeredPerS, completedPerS, rates, highestCompletedPerS }, (known) => {
      const point = {
        ...known,
        p99TtftMs: null,
        p99TpotMs: null,
        errorShare: null,
        goodputShare: null,
        queueGrows: null,
      };
      const overload = overloadFailures(point, known.highestCompletedPerS);
      if (overload.length === 0) return null;
      const { offeredPerS, completedPerS } = known;
      return {
        sentence: `Of ${figure(offeredPerS)} requests/s offered ${figure(completedPerS)} complete: the queue grows and the latency is that of a short run.`,
        evidence: { offeredPerS, completedPerS, leastCompletedShare, overload },
      };
    }),
  ]);
}

export interface ScopeFacts {
  readonly throughputScope: Scope | null;
  readonly priceScope: Scope | null;
  /** A conversion between the two is stated. */
  readonly converted: boolean | null;
  readonly replicas: number | null;
  readonly acceleratorsPerReplica: number | null;
  readonly accelerators: number | null;
}

/** E7: throughput and price have different scopes without a conversion, or replicas · g_r ≠ accelerators. */
export function lintScope(facts: ScopeFacts): LintResult {
  const { throughputScope, priceScope, converted, replicas, acceleratorsPerReplica, accelerators } = facts;
  return judge('E7', 'error', [
    clause({ throughputScope, priceScope }, ({ throughputScope, priceScope }) =>
      throughputScope === priceScope || converted === true
        ? null
        : {
            sentence: `The throughput is per ${throughputScope}, the price per ${priceScope}, and nothing converts one to the other.`,
            evidence: { throughputScope, priceScope },
          },
    ),
    clause({ replicas, acceleratorsPerReplica, accelerators }, ({ replicas, acceleratorsPerReplica, accelerators }) =>
      replicas * acceleratorsPerReplica === accelerators
        ? null
        : {
            sentence: `${replicas} replicas of ${acceleratorsPerReplica} accelerators are not the ${accelerators} accelerators that are paid for.`,
            evidence: { replicas, acceleratorsPerReplica, accelerators },
          },
    ),
  ]);
}

/** E8: a count of things that are bought or rented whole, by name, that is not an integer. */
export function lintWholeUnits(facts: { readonly unitCounts: Readonly<Record<string, number>> | null }): LintResult {
  return judge('E8', 'error', [
    clause(facts, ({ unitCounts }) => {
      const broken = Object.entries(unitCounts).filter(([, count]) => !Number.isInteger(count));
      if (broken.length === 0) return null;
      const named = broken.map(([name, count]) => `${figure(count)} ${name}`).join(', ');
      return { sentence: `Nobody sells a part of a unit: ${named}.`, evidence: Object.fromEntries(broken) };
    }),
  ]);
}

export interface WarmupFacts {
  readonly windowStartMs: number | null;
  readonly warmupEndMs: number | null;
  /** Loads of the sweep with one p99 latency each. */
  readonly loads: readonly { readonly offeredPerS: number; readonly p99Ms: number }[] | null;
}

/** E18: the window starts before warm-up ended, or p99 at a lower load exceeds 1.5 × p99 at the next higher one. */
export function lintWarmup(facts: WarmupFacts): LintResult {
  const { windowStartMs, warmupEndMs, loads } = facts;
  return judge('E18', 'warn', [
    clause({ windowStartMs, warmupEndMs }, ({ windowStartMs, warmupEndMs }) =>
      windowStartMs < warmupEndMs
        ? {
            sentence: `The window starts ${figure(warmupEndMs - windowStartMs)} ms before the warm-up ends.`,
            evidence: { windowStartMs, warmupEndMs },
          }
        : null,
    ),
    clause({ loads }, ({ loads }) => {
      const sorted = [...loads].sort((a, b) => a.offeredPerS - b.offeredPerS);
      const odd = sorted.flatMap((load, i) =>
        sorted[i + 1] && load.p99Ms > 1.5 * sorted[i + 1]!.p99Ms ? [load.offeredPerS] : [],
      );
      if (odd.length === 0) return null;
      return {
        sentence: `The p99 at ${odd.map(figure).join(', ')} requests/s exceeds 1.5 times that of the next higher load: measure it again.`,
        evidence: { measureAgainPerS: odd },
      };
    }),
  ]);
}

export interface ShapeFacts {
  readonly benchmarkInputTokens: number | null;
  readonly benchmarkOutputTokens: number | null;
  readonly productionInputTokens: number | null;
  readonly productionOutputTokens: number | null;
  /** Capacity was computed again with max(I_month/I, O_month/O). */
  readonly recomputed: boolean | null;
}

/** E19: mean input or output differs from production by more than 20 %, and capacity was not recomputed. */
export function lintShape(facts: ShapeFacts): LintResult {
  const { recomputed, ...lengths } = facts;
  return judge('E19', 'warn', [
    clause(lengths, (known) => {
      const off = (benchmark: number, production: number) =>
        production > 0 ? Math.abs(benchmark - production) / production : benchmark > 0 ? 1 : 0;
      const inputOff = off(known.benchmarkInputTokens, known.productionInputTokens);
      const outputOff = off(known.benchmarkOutputTokens, known.productionOutputTokens);
      if (Math.max(inputOff, outputOff) <= 0.2 || recomputed === true) return null;
      return {
        sentence: `The benchmark's requests differ from production by ${percent(inputOff)} of input and ${percent(outputOff)} of output, and its capacity is used as it is.`,
        evidence: { ...known, inputOff, outputOff },
      };
    }),
  ]);
}
