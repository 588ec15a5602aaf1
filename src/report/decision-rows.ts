import type { Rows } from '../document/document.ts';
import type { Decision, OptionRow } from '../procurement/decide-result.ts';

type Value = string | number | boolean | null;

const columns: readonly (readonly [name: string, of: (row: OptionRow, decision: Decision) => Value])[] = [
  ['study', (_, { study }) => study],
  ['date', (_, { date }) => date],
  ['simulated', (_, { simulated }) => simulated],
  ['verdict', (_, { verdict }) => verdict.choice],
  ['verdict_state', (_, { verdict }) => verdict.state],
  ['option', (row) => row.name],
  ['kind', (row) => row.kind],
  ['chosen', (row) => row.chosen],
  ['state', (row) => row.state],
  ['reasons', (row) => row.reasons.join(' ')],
  ['capex_usd', (row) => row.capexUsd],
  ['opex_usd_per_year', (row) => row.opexUsdPerYear],
  ['usd_per_year_annuity', (row) => row.usdPerYear.annuity],
  ['usd_per_year_straight_line', (row) => row.usdPerYear.straightLine],
  ['usd_3_years', (row) => row.totalsUsd.years3],
  ['usd_4_years', (row) => row.totalsUsd.years4],
  ['usd_5_years', (row) => row.totalsUsd.years5],
  ['cash_usd_3_years', (row) => row.cashUsd.years3],
  ['cash_usd_4_years', (row) => row.cashUsd.years4],
  ['cash_usd_5_years', (row) => row.cashUsd.years5],
  ['usd_per_request', (row) => row.usdPerRequest],
  ['usd_per_accelerator_hour_annuity', (row) => row.usdPerAcceleratorHour.annuity],
  ['usd_per_accelerator_hour_straight_line', (row) => row.usdPerAcceleratorHour.straightLine],
  ['blended_usd_per_million', (row) => row.usdPerMillion.blended],
  ['input_uncached_usd_per_million', (row) => row.usdPerMillion.inputUncached],
  ['cache_read_usd_per_million', (row) => row.usdPerMillion.cacheRead],
  ['cache_write_usd_per_million', (row) => row.usdPerMillion.cacheWrite],
  ['output_visible_usd_per_million', (row) => row.usdPerMillion.outputVisible],
  ['output_reasoning_usd_per_million', (row) => row.usdPerMillion.outputReasoning],
  ['servers_needed', (row) => row.servers?.needed ?? null],
  ['servers_spare', (row) => row.servers?.spare ?? null],
  ['servers_bought', (row) => row.servers?.bought ?? null],
  ['accelerators', (row) => row.accelerators],
  ['utilization', (row) => row.utilization],
  ['objectives_met', (row) => row.sloMet],
  ['self_share', (row) => row.selfShare],
];

/** One flat row an option. */
export function decisionRows(decision: Decision): Rows {
  return {
    columns: columns.map(([name]) => name),
    rows: decision.options.map((row) => columns.map(([, of]) => of(row, decision))),
  };
}
