import type { Term } from '../document/formula.ts';
import { over } from '../document/formula.ts';
import { createSheet, styled } from '../document/sheet.ts';
import type { Sheet, Workbook } from '../document/workbook.ts';
import { hoursPerYear } from '../economics/quantity.ts';
import { evaluate } from '../procurement/decide-evaluate.ts';
import type { CostReport } from '../procurement/offer-cost.ts';
import { costCase } from './cost-case.ts';
import { assumptionSheet } from './workbook-assumptions.ts';
import { demandSheet } from './workbook-demand.ts';
import { lintSheet } from './workbook-evidence.ts';
import { linesOn } from './workbook-lines.ts';
import { attributed, optionCells, summaryRows } from './workbook-options.ts';
import { costSheet, type SummaryOption } from './workbook-summary.ts';

/**
 * A cost report as a workbook that recalculates: prices of every offer as formulas over the assumptions and over what its capacity
 * delivers. Ranks, states and lints are values, as of the day of the report.
 *
 * @throws UserError `needs_demand`
 */
export function costWorkbook(report: CostReport): Workbook {
  const about = costCase(report);
  const assumptions = assumptionSheet(about.register, about.offers);
  const demand = demandSheet(assumptions.common, about.situation.shape);
  const options = optionCells(about, evaluate(about, about.values), assumptions, demand);
  const attribution = attributed(options, demand);
  const rows = summaryRows(options, null, attribution?.prices ?? []);
  const perHour = new Map(
    [...options.owned, ...options.others].map(({ option, cells }) => [option.name, acceleratorHour(cells)]),
  );
  const sheets = [
    offerSheet(
      report,
      about.offers.map(({ name }) => name),
      rows,
      perHour,
    ),
    assumptions.sheet,
    costSheet(rows),
    demand.sheet,
    ...options.sheets,
    attribution?.sheet ?? null,
    lintSheet(report.lints),
    priceSheet(report),
  ];
  return {
    title: about.title,
    description: 'Prices of offers: change a yellow cell on Assumptions and everything recalculates.',
    createdAt: new Date(Date.parse(report.date) || 0),
    sheets: sheets.filter((sheet) => sheet !== null),
  };
}

function acceleratorHour(
  cells: { readonly perAcceleratorHour: { readonly annuity: Term } } | { readonly usdPerAcceleratorHour: Term | null },
): Term | null {
  return 'perAcceleratorHour' in cells ? cells.perAcceleratorHour.annuity : cells.usdPerAcceleratorHour;
}

/** One row an offer in the order of the report; figures are cells of the other sheets. */
function offerSheet(
  report: CostReport,
  names: readonly string[],
  rows: readonly SummaryOption[],
  perAcceleratorHour: ReadonlyMap<string, Term | null>,
): Sheet {
  const widths = [44, 8, 18, 14, 20, 14, 16, 12, 16, 60];
  const sheet = createSheet('Offers', {
    widths,
    orientation: 'landscape',
    tone: 'result',
    frozen: { rows: 0, columns: 1 },
  });
  const { title, remark } = linesOn(sheet);
  title(
    'What the offers cost',
    `Prices of ${report.date}. Ranks and states are as of that day; the figures recalculate.`,
  );
  if (report.simulated)
    sheet.row(['SIMULATED: the capacity is that of a simulated server; these prices are of no real hardware.'], {
      role: 'warn',
    });
  sheet.gap();
  const heads = [
    'offer',
    'rank',
    'USD per million tokens',
    'USD/h',
    'USD per accelerator-hour',
    'capex USD',
    'USD a year',
    'utilisation',
    'state',
    'why',
  ];
  sheet.row(heads, { role: 'head' });
  const priced = report.offers.filter(({ usdPerHour }) => usdPerHour !== null);
  priced.forEach((row, index) => {
    const name = names[index]!;
    const cells = rows.find((one) => one.name === name);
    if (cells === undefined) return;
    const reasons = [...row.reasons, ...row.lints.filter(({ severity }) => severity === 'error').map(({ id }) => id)];
    sheet.row([
      name,
      row.rank,
      cells.blended === null ? null : styled(cells.blended, { format: 'price', role: 'result' }),
      styled(over(cells.annuity, hoursPerYear), { format: 'price' }),
      term(perAcceleratorHour.get(name) ?? null, 'price'),
      term(cells.capex, 'usd'),
      styled(cells.annuity, { format: 'usd' }),
      term(cells.utilization, 'share'),
      styled(row.state, { role: row.rankable ? 'ok' : 'warn' }),
      styled(reasons.join(', '), { wrap: true }),
    ]);
  });
  const left = report.offers.length - priced.length;
  if (left > 0) remark(`${left} without a yearly cost are left out; tokbench cost says why.`);
  return sheet.finish();
}

const term = (of: Term | null, format: 'price' | 'usd' | 'share') => (of === null ? null : styled(of, { format }));

/** Dated prices behind the offers. */
function priceSheet(report: CostReport): Sheet {
  const widths = [40, 42, 16, 26, 56, 12, 10, 12];
  const sheet = createSheet('Sources', { widths, orientation: 'landscape', frozen: { rows: 1, columns: 0 } });
  sheet.row(['offer', 'price', 'value', 'unit', 'source', 'date', 'age, days', 'confidence'], { role: 'head' });
  for (const { offer, prices } of report.offers)
    for (const { id, value, unit, source, date, ageDays, limitDays, confidence } of prices) {
      const old = ageDays === null || ageDays > limitDays;
      const age = styled(ageDays, { role: old ? 'warn' : 'plain' });
      sheet.row([
        offer,
        id,
        styled(value, { format: 'rate' }),
        unit,
        styled(source ?? 'none', { wrap: true }),
        date,
        age,
        confidence,
      ]);
    }
  const { section, remark } = linesOn(sheet);
  if (report.notes.length > 0) section('Notes');
  for (const note of report.notes) remark(note);
  return sheet.finish();
}
