import type { Rows } from '../document/document.ts';
import type { CostReport, OfferCost } from '../procurement/offer-cost.ts';

type Value = string | number | boolean | null;

const columns: readonly (readonly [name: string, of: (row: OfferCost) => Value])[] = [
  ['offer', (row) => row.offer],
  ['kind', (row) => row.kind],
  ['run', (row) => row.run],
  ['simulated', (row) => row.simulated],
  ['state', (row) => row.state],
  ['reasons', (row) => row.reasons.join(' ')],
  ['rankable', (row) => row.rankable],
  ['rank', (row) => row.rank],
  ['blended_usd_per_million', (row) => row.usdPerMillion.blended],
  ['blended_low', (row) => row.intervals.blended?.[0] ?? null],
  ['blended_high', (row) => row.intervals.blended?.[1] ?? null],
  ['input_uncached_usd_per_million', (row) => row.usdPerMillion.inputUncached],
  ['cache_read_usd_per_million', (row) => row.usdPerMillion.cacheRead],
  ['cache_write_usd_per_million', (row) => row.usdPerMillion.cacheWrite],
  ['output_visible_usd_per_million', (row) => row.usdPerMillion.outputVisible],
  ['output_reasoning_usd_per_million', (row) => row.usdPerMillion.outputReasoning],
  ['output_only_usd_per_million', (row) => row.usdPerMillion.outputOnly],
  ['usage_blended_usd_per_million', (row) => row.usdPerMillionUsage.blended],
  ['usd_per_request', (row) => row.usdPerRequest],
  ['usd_per_hour', (row) => row.usdPerHour],
  ['usd_per_accelerator_hour_annuity', (row) => row.usdPerAcceleratorHour?.annuity ?? null],
  ['usd_per_accelerator_hour_straight_line', (row) => row.usdPerAcceleratorHour?.straightLine ?? null],
  ['capex_usd', (row) => row.capexUsd],
  ['utilization', (row) => row.utilization],
  ['basis', (row) => row.basis],
  ['attribution', (row) => row.attribution],
  ['replicas', (row) => row.units?.replicas ?? null],
  ['units_needed', (row) => row.units?.needed ?? null],
  ['units_spare', (row) => row.units?.spare ?? null],
  ['units_bought', (row) => row.units?.bought ?? null],
  ['accelerators_per_unit', (row) => row.units?.acceleratorsPerUnit ?? null],
  ['caching_saving_share', (row) => row.caching?.savingShare ?? null],
  ['energy_basis', (row) => row.energy?.basis ?? null],
  ['energy_usd_per_million', (row) => row.energy?.usdPerMillion ?? null],
  ['joules_per_output_token', (row) => row.energy?.joulesPerOutputToken ?? null],
  [
    'lints',
    (row) =>
      row.lints
        .filter(({ severity }) => severity !== 'cannot-check')
        .map(({ id, severity }) => `${id}:${severity}`)
        .join(' '),
  ],
];

/** One flat row an offer and capacity. */
export function costRows(report: CostReport): Rows {
  return { columns: columns.map(([name]) => name), rows: report.offers.map((row) => columns.map(([, of]) => of(row))) };
}
