import type { Term } from '../document/formula.ts';
import { createSheet, type SheetDraft } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import type { DecisionCase } from '../procurement/decide-case.ts';
import type { EvaluatedOption, Evaluation } from '../procurement/decide-evaluate.ts';
import { type AlternativeCells, apiBlock, rentedBlock } from './workbook-alternative.ts';
import type { AssumptionSheet, Inputs } from './workbook-assumptions.ts';
import { attributionSheet, type PricedOption } from './workbook-attribution.ts';
import type { DemandCells } from './workbook-demand.ts';
import type { HybridCells } from './workbook-hybrid.ts';
import { lineWidths } from './workbook-lines.ts';
import { type OwnedCells, ownedBlock } from './workbook-owned.ts';
import type { SummaryOption } from './workbook-summary.ts';

/** Options of a case as blocks of cells, and what the first pages show of them. */

export interface Placed<C> {
  readonly option: EvaluatedOption;
  readonly prefix: string;
  readonly inputs: Inputs;
  readonly cells: C;
}

export interface OptionCells {
  readonly owned: readonly Placed<OwnedCells>[];
  readonly others: readonly Placed<AlternativeCells>[];
  readonly sheets: readonly Sheet[];
}

/** A block an option with figures, on the sheet of its kind. */
export function optionCells(
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

/** Prices of tokens of every option whose lengths of requests are known; null where none is. */
export function attributed(options: OptionCells, demand: DemandCells): ReturnType<typeof attributionSheet> | null {
  const priced = [...options.owned, ...options.others]
    .filter(({ inputs }) => inputs.has('demand.input_tokens') && inputs.has('demand.output_tokens'))
    .map(({ option, prefix, inputs, cells }): PricedOption => {
      const list = option.offer?.listUsdPerMillion ?? null;
      return { name: option.name, prefix, inputs, usdPerYear: cells.usdPerYear, list };
    });
  return priced.length === 0 ? null : attributionSheet(priced, demand);
}

/** Options as the first pages show them: in their order, a hybrid plan last. */
export function summaryRows(
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
