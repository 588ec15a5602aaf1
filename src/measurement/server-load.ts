import type { ServerHistogram, ServerStats } from '../record/sample.ts';
import { round } from './number.ts';
import type { ServerLoad } from './telemetry-summary.ts';
import {
  around,
  groupedBy,
  inside,
  maxOf,
  meanOf,
  type Reading,
  riseOf,
  type SecondSpan,
  valuesOf,
} from './watched.ts';

/** What the model servers themselves say of a window; null where none was read in it. */
export function serverLoadOf(readings: readonly Reading[], window: SecondSpan): ServerLoad | null {
  const servers = [
    ...groupedBy(
      readings.filter(({ server }) => server !== undefined),
      ({ server }) => server!.url,
    ).values(),
  ];
  const watched = servers.filter((own) => own.some((reading) => inside(window, reading)));
  if (watched.length === 0) return null;
  const within = watched.map((own) => own.filter((reading) => inside(window, reading)));
  const gauge = (of: (server: ServerStats) => number | undefined, fold: (values: readonly number[]) => number | null) =>
    within.map((own) => fold(valuesOf(own, ({ server }) => of(server!))));
  const rise = (of: (server: ServerStats) => number | undefined) =>
    total(watched.map((own) => riseOf(own, window, ({ server }) => of(server!))));
  const mean = (of: (server: ServerStats) => ServerHistogram | undefined) => meanMs(watched, window, of);
  const share = (part: number | null, whole: number | null) =>
    part === null || whole === null || !(whole > 0) ? null : round(Math.min(1, part / whole));
  return {
    dialect: [...new Set(watched.map((own) => own[0]!.server!.dialect))].join(', '),
    servers: watched.length,
    samples: within.reduce((sum, own) => sum + own.length, 0),
    runningMean: total(gauge(({ running }) => running, meanOf)),
    runningMax: total(gauge(({ running }) => running, maxOf)),
    waitingMean: total(gauge(({ waiting }) => waiting, meanOf)),
    waitingMax: total(gauge(({ waiting }) => waiting, maxOf)),
    kvUsageMean: meanOf(known(gauge(({ kv_usage }) => kv_usage, meanOf))),
    kvUsageMax: maxOf(known(gauge(({ kv_usage }) => kv_usage, maxOf))),
    preemptions: rise(({ preemptions_total }) => preemptions_total),
    prefixHitRate: share(
      rise(({ prefix_hits_total }) => prefix_hits_total),
      rise(({ prefix_queries_total }) => prefix_queries_total),
    ),
    speculationAcceptance: share(
      rise(({ spec_accepted_total }) => spec_accepted_total),
      rise(({ spec_drafted_total }) => spec_drafted_total),
    ),
    ttftMeanMs: mean(({ ttft_s }) => ttft_s),
    interTokenMeanMs: mean(({ itl_s, tpot_s }) => itl_s ?? tpot_s),
    queueMeanMs: mean(({ queue_s }) => queue_s),
    prefillMeanMs: mean(({ prefill_s }) => prefill_s),
  };
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** A sum of servers is known only when each of them is. */
function total(values: readonly (number | null)[]): number | null {
  const all = known(values);
  return all.length === 0 || all.length < values.length ? null : round(all.reduce((a, b) => a + b, 0));
}

/** Mean of what was observed between the readings around the window; sum and count must both have gone forward. */
function meanMs(
  servers: readonly (readonly Reading[])[],
  window: SecondSpan,
  of: (server: ServerStats) => ServerHistogram | undefined,
): number | null {
  let [sumS, count] = [0, 0];
  for (const own of servers) {
    const histograms = around(own, window).flatMap(({ server }) => of(server!) ?? []);
    const [first, last] = [histograms[0], histograms.at(-1)];
    if (first === undefined || last === undefined || last.count < first.count || last.sum < first.sum) return null;
    sumS += last.sum - first.sum;
    count += last.count - first.count;
  }
  return count > 0 ? round((sumS / count) * 1000) : null;
}

/** Most requests that the servers had at once, computing or waiting; null where they do not tell. */
export function mostAtOnce(readings: readonly Reading[], span: SecondSpan): number | null {
  const servers = groupedBy(
    readings.filter((each) => each.server !== undefined && inside(span, each)),
    ({ server }) => server!.url,
  );
  const each = [...servers.values()].map((own) =>
    maxOf(
      valuesOf(own, ({ server }) => (server!.running === undefined ? null : server!.running + (server!.waiting ?? 0))),
    ),
  );
  return servers.size === 0 ? null : total(each);
}
