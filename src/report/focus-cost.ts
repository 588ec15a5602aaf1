import { monthsOf } from '../economics/ownership.ts';
import { evaluate } from '../procurement/decide-evaluate.ts';
import type { CostReport } from '../procurement/offer-cost.ts';
import { caseName, costCase } from './cost-case.ts';
import type { FocusOption, FocusStatement } from './focus.ts';
import { monthAfter, type StatementOptions } from './focus-decision.ts';
import { focusOptions } from './focus-option.ts';

/** A cost report as FOCUS rows: the same month of every offer, over the life of owned servers. @throws UserError `needs_demand` */
export function costStatement(report: CostReport, options: StatementOptions): FocusStatement {
  const about = costCase(report);
  const months = monthsOf(about.values['owned.life_years'] ?? 1);
  const rows = evaluate(about, about.values).options.flatMap((option) =>
    focusOptions(about, option, months, options.organisation),
  );
  const snapshot = report.priceSnapshot;
  return {
    organisation: options.organisation,
    scenario: 'cost',
    start: options.start ?? monthAfter(report.date),
    priceSnapshot: snapshot === null ? null : `${snapshot.package} ${snapshot.version}`.replace(/^@/, ''),
    tags: { register: report.register.sha256.slice(0, 12), simulated: report.simulated },
    options: rows.map((row) => ({ ...row, ...groundsOf(report, row) })),
  };
}

/** The capacity of a row, and whether a run met its objectives: nobody measured a typed one, or what an API does. */
function groundsOf(report: CostReport, row: FocusOption): Pick<FocusOption, 'runId' | 'sloMet'> {
  const offer = report.offers.find((one) => caseName(report, one) === row.option);
  return offer?.capacityOrigin === 'run' ? { runId: offer.run, sloMet: row.sloMet } : { runId: null, sloMet: null };
}
