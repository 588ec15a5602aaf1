import { call, type Term, times } from '../document/formula.ts';
import { createSheet, type SheetDraft, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet } from '../document/workbook.ts';
import type { AssumptionId } from '../procurement/assumption.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import { linesOn } from './workbook-lines.ts';
import type { OwnedCells } from './workbook-owned.ts';

/** An option with the assumptions that hold for it. */
export interface Candidate<C> {
  readonly cells: C;
  readonly inputs: Inputs;
}

export interface Choice {
  readonly sheet: Sheet;
  readonly own: Candidate<OwnedCells> | null;
  /** What owning would replace. */
  readonly alternative: AlternativeCells | null;
  /** The API that takes what owned servers do not. */
  readonly api: AlternativeCells | null;
}

/**
 * Which options break-even, NPV and hybrid are about: of each kind the cheapest of those that may be chosen, found anew when an
 * assumption changes, or whatever number somebody types. Everything that the other sheets need of them stands here.
 */
export function choiceSheet(
  owned: readonly Candidate<OwnedCells>[],
  alternatives: readonly Candidate<AlternativeCells>[],
  apis: readonly Candidate<AlternativeCells>[],
): Choice {
  const most = Math.max(owned.length, alternatives.length, apis.length, 1);
  const widths = [44, 18, ...Array.from({ length: most }, () => 24)];
  const sheet = createSheet('Choice', { widths, orientation: 'landscape', frozen: { rows: 1, columns: 1 } });
  const { title, remark } = linesOn(sheet);
  title('What is compared with what');
  remark(
    'Of each kind the cheapest that may be chosen. Type the number of another option over a yellow cell to compare that one.',
  );
  return {
    own: owned.length === 0 ? null : chosenOwned(sheet, owned),
    alternative:
      alternatives.length === 0 ? null : chosenAlternative(sheet, 'Instead of owning', 'alternative', alternatives),
    api: apis.length === 0 ? null : chosenAlternative(sheet, 'API beside owned servers', 'api', apis),
    sheet: sheet.finish(),
  };
}

/** Names, costs and the number of the chosen one; gives what picks a figure of it. */
function head<C extends { readonly name: string; readonly usdPerYear: Term }>(
  sheet: SheetDraft,
  text: string,
  id: string,
  candidates: readonly Candidate<C>[],
): {
  readonly name: string;
  readonly index: Term;
  readonly usdPerYear: Term;
  pick(label: string, of: (cells: C) => Term, format?: NumberFormat): Term;
} {
  const { section } = linesOn(sheet);
  section(text);
  sheet.row(['', 'chosen', ...candidates.map(({ cells }) => cells.name)], { role: 'head' });
  const numbers = sheet.row([styled('number', { role: 'label' }), null, ...candidates.map((_, i) => i + 1)]);
  const costs = sheet.row([
    styled('cost a year', { role: 'label' }),
    null,
    ...candidates.map(({ cells }) => styled(times(1, cells.usdPerYear), { format: 'usd' })),
  ]);
  const range = sheet.across(costs, 2, 1 + candidates.length);
  const least = Math.min(...range.values);
  const match = call('MATCH', [call('MIN', [range], least), range, { text: '0' }], range.values.indexOf(least) + 1);
  const wording = `The number of an option above, 1 to ${candidates.length}.`;
  const limits = { low: 1, high: candidates.length, whole: true, wording };
  sheet.rewrite(numbers, 1, styled(match, { role: 'input', format: 'whole', name: `out_choice_${id}`, limits }));
  const index = sheet.at(numbers, 1);
  const name = candidates[index.value - 1]!.cells.name;
  const each = candidates.map((_, i) => sheet.at(costs, 2 + i));
  sheet.rewrite(costs, 1, styled(choose(index, each), { format: 'usd' }));
  return {
    name,
    index,
    usdPerYear: sheet.at(costs, 1),
    pick(label, of, format = 'rate') {
      const row = sheet.row([
        styled(label, { role: 'label' }),
        null,
        ...candidates.map(({ cells }) => styled(times(1, of(cells)), { format })),
      ]);
      const each = candidates.map((_, i) => sheet.at(row, 2 + i));
      sheet.rewrite(row, 1, styled(choose(index, each), { format }));
      return sheet.at(row, 1);
    },
  };
}

/** CHOOSE, where there is a choice. */
function choose(index: Term, terms: readonly Term[]): Term {
  const [first] = terms;
  if (terms.every(({ text }) => text === first!.text)) return first!;
  return call('CHOOSE', [index, ...terms], terms[index.value - 1]!.value);
}

function chosenOwned(sheet: SheetDraft, candidates: readonly Candidate<OwnedCells>[]): Candidate<OwnedCells> {
  const { name, index, usdPerYear, pick } = head(sheet, 'Owned', 'own', candidates);
  const one = candidates[index.value - 1]!;
  const usd = (label: string, of: (cells: OwnedCells) => Term) => pick(label, of, 'usd');
  const cells: OwnedCells = {
    ...one.cells,
    name: candidates.length === 1 ? name : 'the cheapest owned option',
    usdPerYear,
    needed: pick('servers that serve', (c) => c.needed, 'whole'),
    bought: pick('servers bought', (c) => c.bought, 'whole'),
    capex: usd('capex of a server', (c) => c.capex),
    capexTotal: usd('capex', (c) => c.capexTotal),
    residualTotal: usd('residual value', (c) => c.residualTotal),
    straightLine: usd('straight line of a server, a year', (c) => c.straightLine),
    opex: usd('opex a year', (c) => c.opex),
    fixedUsdPerYear: usd('paid whatever the number of servers, a year', (c) => c.fixedUsdPerYear),
    lifeMonths: pick('life in months', (c) => c.lifeMonths, 'whole'),
    unit: {
      servers: pick('servers bought together', (c) => c.unit.servers, 'whole'),
      peakRequestsPerMonth: pick('requests a month below the headroom', (c) => c.unit.peakRequestsPerMonth, 'whole'),
      nominalRequestsPerMonth: pick(
        'requests a month at the objective',
        (c) => c.unit.nominalRequestsPerMonth,
        'whole',
      ),
      capex: usd('capex of one more purchase', (c) => c.unit.capex),
      residual: usd('its residual value', (c) => c.unit.residual),
      opexPerYear: usd('its running cost a year', (c) => c.unit.opexPerYear),
      usdPerYear: usd('the same with the annuity', (c) => c.unit.usdPerYear),
    },
  };
  return { cells, inputs: chosenInputs(index, candidates) };
}

function chosenInputs(index: Term, candidates: readonly Candidate<OwnedCells>[]): Inputs {
  const each = candidates.map(({ inputs }) => inputs);
  const one = each[index.value - 1]!;
  const number = (id: AssumptionId) =>
    choose(
      index,
      each.map((inputs) => inputs.number(id)),
    );
  return {
    ...one,
    number,
    numberOr: (id, fallback) =>
      choose(
        index,
        each.map((inputs) => inputs.numberOr(id, fallback)),
      ),
  };
}

function chosenAlternative(
  sheet: SheetDraft,
  text: string,
  id: string,
  candidates: readonly Candidate<AlternativeCells>[],
): AlternativeCells {
  const { name, index, usdPerYear, pick } = head(sheet, text, id, candidates);
  const one = candidates[index.value - 1]!.cells;
  return {
    ...one,
    name: candidates.length === 1 ? name : `the cheapest ${id === 'api' ? 'API' : 'alternative'}`,
    usdPerYear,
    usdPerRequest: pick('cost of a request', (c) => c.usdPerRequest),
    fixedUsdPerYear: pick('paid whatever the volume, a year', (c) => c.fixedUsdPerYear, 'usd'),
    decline: pick('yearly decline of its price', (c) => c.decline, 'share'),
  };
}
