import type { Workbook } from '../document/workbook.ts';
import { apiClosed, type DecisionCase } from '../procurement/decide-case.ts';
import { type EvaluatedOption, type Evaluation, evaluate, gatesOf, isOpen } from '../procurement/decide-evaluate.ts';
import type { Decision } from '../procurement/decide-result.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import { assumptionSheet } from './workbook-assumptions.ts';
import { breakEvenSheet } from './workbook-breakeven.ts';
import { type CashFlowCells, cashFlowSheet } from './workbook-cashflow.ts';
import { type Candidate, choiceSheet } from './workbook-choice.ts';
import { classSheet } from './workbook-classes.ts';
import { type DemandCells, demandSheet } from './workbook-demand.ts';
import { lintSheet, measuredSheet, sensitivitySheet, sourceSheet } from './workbook-evidence.ts';
import { type HybridCells, hybridSheet } from './workbook-hybrid.ts';
import { attributed, type OptionCells, optionCells, type Placed, summaryRows } from './workbook-options.ts';
import type { OwnedCells } from './workbook-owned.ts';
import { costSheet, summarySheet } from './workbook-summary.ts';

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
  const hybrid = own && api ? hybridCells(about, evaluation, { demand, own, api }) : null;
  const attribution = attributed(options, demand);
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

/** The plan that the decision has: by classes where that is the cheaper one, else base and burst where the API is open to all. */
function hybridCells(
  about: DecisionCase,
  { options }: Evaluation,
  {
    demand,
    own,
    api,
  }: { readonly demand: DemandCells; readonly own: Candidate<OwnedCells>; readonly api: AlternativeCells },
): HybridCells | null {
  const plan = options.find(({ kind }) => kind === 'hybrid')?.hybrid;
  const sides = { inputs: own.inputs, demand, own: own.cells, api };
  if (plan?.state === 'ok' && plan.method === 'class-split') return classSheet(about, sides, plan.servers);
  return apiClosed(about) ? null : hybridSheet(own.inputs, demand, own.cells, api, about.limits);
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
