import type { Exchange } from '../record/exchange.ts';
import { Histogram } from '../statistics/histogram.ts';
import { type ClientLoad, timingErrorAt } from './calibrated.ts';
import { clientOf } from './client.ts';
import { concurrencyOf } from './concurrency.ts';
import { countsOf, tokensOf } from './count.ts';
import { distributionOf } from './distribution.ts';
import { doubtsOf, verdictOf } from './doubt.ts';
import type { StepFacts } from './facts.ts';
import { attainment, goodRequests } from './goodput.ts';
import { identityOf } from './identity.ts';
import { judge, judgedLatency } from './judgement.ts';
import { Ledger, ok, type Requests } from './ledger.ts';
import { LimitTally } from './limits.ts';
import { round, roundOrNull } from './number.ts';
import { parseObjectives, requestClauses } from './objective.ts';
import type { PagePool } from './page-pool.ts';
import { exactSample, histogramSample, type Sample } from './sample.ts';
import { knownAt, type Places, placesWhere } from './selection.ts';
import { seriesOf } from './series.ts';
import { type LatencyName, latencyNames, type StepSummary } from './summary.ts';
import { TextTally } from './text.ts';
import { throughputOf } from './throughput.ts';
import type { StepView } from './view.ts';
import { isClosed, population, windowsOf } from './window.ts';

/** The fold of a step's exchanges. */
export interface Measurement {
  /** Adds an exchange that has ended; the order of adding changes nothing. */
  add(exchange: Exchange): void;
  readonly exchanges: number;
  /** May be asked at any time, also while the step goes on, and again later: it changes nothing. */
  summary(): StepSummary;
}

/**
 * One fold for live and offline use, with the same bytes from both: exchanges are kept as columns, and everything is
 * computed at `summary` from the rows in order of (due, seq).
 *
 * @param facts the step's record with its objectives, or a function that returns it as it stands: a live caller hands
 *   over a function, since marks that are still null (`warmupEndMs`, `stopMs`, `endMs`) are filled in as the step goes on
 * @param pool holds the columns; folds of one run may share it. Default: one of its own
 * @throws UserError `bad_objective`
 */
export function measureStep(facts: StepFacts | (() => StepFacts), pool?: PagePool): Measurement {
  const current = typeof facts === 'function' ? facts : () => facts;
  const ledger = new Ledger(pool);
  const beside: Beside = { limits: new LimitTally(), text: new TextTally() };
  const objectives = parseObjectives(current().objectives);
  return {
    add(exchange) {
      ledger.add(exchange);
      beside.limits.add(exchange);
      beside.text.add(exchange);
    },
    get exchanges() {
      return ledger.length;
    },
    summary: () => summarise(ledger, beside, current(), objectives),
  };
}

/** What is told beside the columns. */
interface Beside {
  readonly limits: LimitTally;
  readonly text: TextTally;
}

function summarise(
  ledger: Ledger,
  { limits, text }: Beside,
  facts: StepFacts,
  objectives: ReturnType<typeof parseObjectives>,
): StepSummary {
  const rows = ledger.sorted();
  const closed = isClosed(facts);
  const windows = windowsOf(rows, facts);
  const members = population(windows.headline, rows);
  const clauses = requestClauses(objectives).map((clause) => ({
    ...clause,
    latency: judgedLatency(clause.latency, closed && !facts.retries) as typeof clause.latency,
  }));
  const good = goodRequests(rows, clauses);
  const samples = samplesOf(ledger, rows, members);
  const { summary: rates, timeline } = throughputOf(ledger, rows, windows, clauses.length === 0 ? null : good);
  const { summary: concurrency, little } = concurrencyOf(rows, windows.headline, timeline?.tokensInFlightMean ?? null);
  const tokens = tokensOf(rows, members);
  const view: StepView = {
    facts,
    closed,
    rows,
    windows,
    members,
    samples,
    timeline,
    little,
    client: clientOf(
      facts,
      rows,
      limits.detoured.size === 0 ? members : placesWhere(members, (i) => !limits.detoured.has(rows.seq[i]!)),
      timingErrorAt(facts.calibration, clientLoad(facts, rates, tokens, concurrency)),
    ),
    counts: countsOf(facts, ledger, rows),
    refusedBefore: limits.refusedBefore,
    throughput: { ...rates, ...interactivity(samples) },
    tokens,
    concurrency,
    attainment: roundOrNull(attainment(good, members, clauses)),
  };
  const judged = judge(objectives, view);
  const doubts = doubtsOf(view, judged);
  const plan = { seed: facts.seed, meanConcurrency: concurrency.mean ?? 1 };
  return {
    load: facts.load,
    repeat: facts.repeat,
    verdict: verdictOf(doubts),
    doubts,
    counts: view.counts,
    window: {
      kind: windows.headline?.kind ?? 'full',
      startMs: windows.headline?.startMs ?? null,
      endMs: windows.headline?.endMs ?? null,
    },
    latency: perLatency((name) => distributionOf(name, samples[name], plan)),
    throughput: view.throughput,
    tokens: view.tokens,
    concurrency,
    client: view.client.summary,
    limits: limits.summary(view.throughput),
    text: text.summary(view.throughput.outputTokensPerS),
    stalls: stallsOf(rows, members),
    objectives: judged,
    attainment: view.attainment,
    series: seriesOf(facts, ledger, rows, windows),
    server: { identity: identityOf(facts.counters, view.tokens, view.counts, (facts.retries ?? 0) > 0), load: null },
    hardware: null,
    energy: null,
    efficiency: null,
    bottleneck: null,
    cost: null,
  };
}

/** The load of the window as the client felt it; null without a window. */
function clientLoad(
  { client }: StepFacts,
  rates: Pick<StepSummary['throughput'], 'outputTokensPerSAll' | 'sentPerS'>,
  { tokensPerEvent }: StepSummary['tokens'],
  { mean }: StepSummary['concurrency'],
): ClientLoad | null {
  const { outputTokensPerSAll, sentPerS } = rates;
  if (mean === null || sentPerS === null) return null;
  const eventsPerS = tokensPerEvent === null ? 0 : (outputTokensPerSAll ?? 0) / tokensPerEvent;
  return {
    streams: mean,
    eventsPerS: Math.max(eventsPerS, sentPerS),
    requestsPerS: sentPerS,
    threads: Math.max(1, client?.threads ?? 1),
  };
}

function perLatency<T>(of: (name: LatencyName) => T): Record<LatencyName, T> {
  return Object.fromEntries(latencyNames.map((name) => [name, of(name)])) as Record<LatencyName, T>;
}

/** Values of how many gaps, at most, tell how correlated neighbours are. */
const beginning = 65_536;

/** Samples of the successes among the members; failures and censored requests stand beside as +∞ each. */
function samplesOf(ledger: Ledger, rows: Requests, members: Places): Record<LatencyName, Sample> {
  const successes = placesWhere(members, (i) => rows.state[i] === ok);
  const failures = members.length - successes.length;
  const gaps = { iclMs: new Histogram(), itlMs: new Histogram() };
  const first = { iclMs: [] as number[], itlMs: [] as number[] };
  const record = (name: 'iclMs' | 'itlMs', value: number, count: number) => {
    gaps[name].record(value, count);
    if (first[name].length < beginning) first[name].push(value);
  };
  for (const i of successes) {
    // N = 1 has neither: events beyond the one token carry none.
    if (rows.outputTokens[i] === 1) continue;
    const list = ledger.gaps(rows, i);
    let waitedUs = 0;
    for (let k = 0; k < list.count; k++) {
      const us = list.at[k]!;
      const tokens = list.tokens[k]!;
      record('iclMs', us / 1000, 1);
      waitedUs += us;
      // without a timeline no gap of the reply has tokens; one before an event without a token is the next one's too
      if (!(tokens > 0)) continue;
      record('itlMs', waitedUs / 1000 / tokens, tokens);
      waitedUs = 0;
    }
  }
  return perLatency((name) => {
    if (name === 'iclMs' || name === 'itlMs')
      return histogramSample(gaps[name], Float64Array.from(first[name]), failures);
    return exactSample(knownAt(rows[name], successes), failures);
  });
}

/** 1000 / TPOT at its median; percentiles of NTPOT are inverted after they are taken, so that P90 stays the slow tail. */
function interactivity(samples: Record<LatencyName, Sample>) {
  const inverse = (value: number | null) => (value === null || value <= 0 ? null : round(1000 / value));
  return {
    interactivityTokensPerS: inverse(samples.tpotMs.quantile(0.5).value),
    e2eInteractivityP90TokensPerS: inverse(samples.ntpotMs.quantile(0.9).value),
  };
}

function stallsOf(rows: Requests, members: Places): StepSummary['stalls'] {
  let count = 0;
  let maxGapMs: number | null = null;
  for (const i of members) {
    count += rows.stalls[i]!;
    if (rows.maxGapMs[i]! > (maxGapMs ?? -1)) maxGapMs = rows.maxGapMs[i]!;
  }
  return { count, maxGapMs };
}
