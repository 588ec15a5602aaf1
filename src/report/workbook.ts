import type { Term } from '../document/formula.ts';
import { createSheet, type SheetDraft } from '../document/sheet.ts';
import type { Sheet, Workbook } from '../document/workbook.ts';
import { apiClosed, type DecisionCase } from '../procurement/decide-case.ts';
import { type EvaluatedOption, type Evaluation, evaluate, gatesOf, isOpen } from '../procurement/decide-evaluate.ts';
import type { Decision } from '../procurement/decide-result.ts';
import { type AlternativeCells, apiBlock, rentedBlock } from './workbook-alternative.ts';
import { type AssumptionSheet, assumptionSheet, type Inputs } from './workbook-assumptions.ts';
import { attributionSheet, type PricedOption } from './workbook-attribution.ts';
import { breakEvenSheet } from './workbook-breakeven.ts';
import { type CashFlowCells, cashFlowSheet } from './workbook-cashflow.ts';
import { type Candidate, choiceSheet } from './workbook-choice.ts';
import { type DemandCells, demandSheet } from './workbook-demand.ts';
import { lintSheet, measuredSheet, sensitivitySheet, sourceSheet } from './workbook-evidence.ts';
import { type HybridCells, hybridSheet } from './workbook-hybrid.ts';
import { lineWidths } from './workbook-lines.ts';
import { type OwnedCells, ownedBlock } from './workbook-owned.ts';
import { costSheet, type SummaryOption, summarySheet } from './workbook-summary.ts';

/**
 * The decision as a workbook that recalculates (economics reference, section 11): every figure is a formula over the named
 * cells of its sheet Assumptions. What a spreadsheet cannot do by itself (tornado, Monte Carlo, reversers, verdict) stands
 * as values and says so.
 */
export function decisionWorkbook(about: DecisionCase, decision: Decision): Workbook {
  const evaluation = evaluate(about, about.values);
  const influence = decision.tornado.map(({ id }) => id);
  const assumptions = assumptionSheet(about.register, about.offers, influence);
  const demand = demandSheet(assumptions.common, about.situation.shape);
  const options = optionCells(about, evaluation, assumptions, demand);
  const choice = choiceSheet(...candidates(about, evaluation, options));
  const { own, alternative, api } = choice;
  const breakEven =
    own && alternative
      ? breakEvenSheet(own.inputs, demand, own.cells, alternative, {
          horizon: about.horizonRequestsPerMonth,
          mostServers: about.situation.mostServers,
        })
      : null;
  const cash = own && alternative ? cashFlow(about, own, alternative, demand) : null;
  const hybrid = own && api && !apiClosed(about) ? hybridSheet(own.inputs, demand, own.cells, api, about.limits) : null;
  const attribution = attributed(about, options, demand);
  const rows = summaryRows(options, hybrid, attribution?.prices ?? []);
  const sheets = [
    summarySheet(decision, rows, breakEven, cash?.npv ?? null),
    assumptions.sheet,
    costSheet(rows),
    measuredSheet(decision),
    demand.sheet,
    ...options.sheets,
    attribution?.sheet ?? null,
    choice.own === null ? null : choice.sheet,
    breakEven?.sheet ?? null,
    cash?.sheet ?? null,
    sensitivitySheet(decision),
    hybrid?.sheet ?? null,
    lintSheet(decision.lints),
    sourceSheet(decision),
  ];
  return {
    title: decision.title,
    description: 'Build, rent or buy: change a yellow cell on Assumptions and everything recalculates.',
    createdAt: new Date(Date.parse(decision.date) || 0),
    sheets: sheets.filter((sheet) => sheet !== null),
  };
}

interface Placed<C> {
  readonly option: EvaluatedOption;
  readonly prefix: string;
  readonly inputs: Inputs;
  readonly cells: C;
}

interface OptionCells {
  readonly owned: readonly Placed<OwnedCells>[];
  readonly others: readonly Placed<AlternativeCells>[];
  readonly sheets: readonly Sheet[];
}

/** A block an option with figures, on the sheet of its kind. */
function optionCells(
  about: DecisionCase,
  evaluation: Evaluation,
  assumptions: AssumptionSheet,
  demand: DemandCells,
): OptionCells {
  const drafts = new Map<string, SheetDraft>();
  const draft = (name: string) => {
    const known = drafts.get(name) ?? createSheet(name, { widths: [...lineWidths] });
    drafts.set(name, known);
    return known;
  };
  const counts = new Map<string, number>();
  const prefixOf = (kind: string) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count === 1 ? `out_${kind}` : `out_${kind}${count}`;
  };
  const owned: Placed<OwnedCells>[] = [];
  const others: Placed<AlternativeCells>[] = [];
  for (const option of evaluation.options) {
    if (option.offer === null || option.kind === 'hybrid' || option.usdPerYear === null) continue;
    const index = about.offers.indexOf(option.offer);
    const inputs = assumptions.ofOffer(index);
    const { name } = option;
    if (option.kind === 'own') {
      const prefix = prefixOf('own');
      owned.push({ option, prefix, inputs, cells: ownedBlock(draft('Owned'), name, prefix, inputs, demand) });
    } else if (option.kind === 'api') {
      const prefix = prefixOf('api');
      others.push({ option, prefix, inputs, cells: apiBlock(draft('API'), name, prefix, inputs, demand) });
    } else {
      const { mode } = option.rented!;
      const prefix = prefixOf(mode === 'on-demand' ? 'rent' : mode);
      others.push({
        option,
        prefix,
        inputs,
        cells: rentedBlock(draft('Rented'), { name, mode, prefix }, inputs, demand),
      });
    }
  }
  const main = ['Owned', 'Rented', 'API'].flatMap((name) => drafts.get(name)?.finish() ?? []);
  return { owned, others, sheets: [...main, ...others.flatMap(({ cells }) => cells.sheets)] };
}

function cashFlow(
  about: DecisionCase,
  own: Candidate<OwnedCells>,
  alternative: AlternativeCells,
  demand: DemandCells,
): CashFlowCells {
  const years = about.register.entries.find(({ id }) => id === 'owned.life_years')?.range?.[1] ?? 0;
  // Room for a longer life than the study's; the cell of the life says how much.
  const months = Math.min(240, Math.max(own.cells.lifeMonths.value, Math.round(12 * years), 120));
  return cashFlowSheet(own.inputs, demand, own.cells, alternative, { months, expand: about.expand });
}

/** Those of each kind that may be chosen, or where none may, all that have figures. */
function candidates(about: DecisionCase, evaluation: Evaluation, options: OptionCells): Parameters<typeof choiceSheet> {
  const apis = options.others.filter(({ option }) => option.kind === 'api');
  const open = options.others.filter(({ option }) => isOpen(option) && !closedByGate(about, option));
  const feasible = <C>(list: readonly Placed<C>[]) => {
    const chosen = list.filter(({ option }) => isOpen(option));
    return chosen.length > 0 ? chosen : list;
  };
  const replaced = evaluation.alternative === null ? [] : open.length > 0 ? open : feasible(apis);
  return [feasible(options.owned), replaced, feasible(apis)];
}

/** As the evaluation of a decision closes options (14.2). */
function closedByGate(about: DecisionCase, { kind }: EvaluatedOption): boolean {
  const gates = gatesOf(about);
  if (kind === 'api') return !gates.apiAllowed;
  return !gates.ownQualityEnough || (kind === 'spot' && !about.interruptible);
}

function attributed(about: DecisionCase, options: OptionCells, demand: DemandCells) {
  if (about.values['demand.input_tokens'] === undefined || about.values['demand.output_tokens'] === undefined)
    return null;
  const priced = [...options.owned, ...options.others].map(({ option, prefix, inputs, cells }): PricedOption => {
    const list = option.kind === 'api' ? (option.offer?.listUsdPerMillion ?? null) : null;
    return { name: option.name, prefix, inputs, usdPerYear: cells.usdPerYear, list };
  });
  return priced.length === 0 ? null : attributionSheet(priced, demand);
}

function summaryRows(
  options: OptionCells,
  hybrid: HybridCells | null,
  prices: readonly { readonly name: string; readonly blended: Term }[],
): SummaryOption[] {
  const blended = (name: string) => prices.find((price) => price.name === name)?.blended ?? null;
  const owned = options.owned.map(({ option, cells }): SummaryOption => {
    const { name } = option;
    const { capexTotal, opexWithMarginal, usdPerYear, straightLineWithMarginal, utilization, lines } = cells;
    return {
      name,
      kind: 'own',
      capex: capexTotal,
      opex: opexWithMarginal,
      annuity: usdPerYear,
      straightLine: straightLineWithMarginal,
      blended: blended(name),
      utilization,
      lines,
    };
  });
  const others = options.others.map(({ option, cells }): SummaryOption => {
    const { name, kind } = option;
    const { usdPerYear, utilization, lines } = cells;
    return {
      name,
      kind,
      capex: null,
      opex: usdPerYear,
      annuity: usdPerYear,
      straightLine: usdPerYear,
      blended: blended(name),
      utilization,
      lines,
    };
  });
  const mixed: SummaryOption[] =
    hybrid === null
      ? []
      : [
          {
            name: 'hybrid',
            kind: 'hybrid',
            capex: hybrid.capex,
            opex: hybrid.opex,
            annuity: hybrid.usdPerYear,
            straightLine: hybrid.straightLine,
            blended: null,
            utilization: null,
            lines: hybrid.lines,
          },
        ];
  return [...owned, ...others, ...mixed];
}
