import { call, plus, type Term } from '../document/formula.ts';
import { createSheet, type Draft, type SheetDraft, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { definitionOf } from '../procurement/assumption.ts';
import type { Decision } from '../procurement/decide-result.ts';
import { longRunWords } from './decision-words.ts';
import type { BreakEvenCells } from './workbook-breakeven.ts';
import { linesOn } from './workbook-lines.ts';

/** One option as the first sheet shows it: cells of the other sheets. */
export interface SummaryOption {
  readonly name: string;
  readonly kind: string;
  readonly capex: Term | null;
  readonly opex: Term | null;
  readonly annuity: Term;
  readonly straightLine: Term;
  readonly blended: Term | null;
  readonly utilization: Term | null;
  readonly lines: readonly { readonly name: string; readonly cell: Term }[];
}

/** The first page: verdict, options side by side, where owning begins to pay, what would reverse it. */
export function summarySheet(
  decision: Decision,
  options: readonly SummaryOption[],
  breakEven: BreakEvenCells | null,
  npv: Term | null,
): Sheet {
  const widths = [44, 16, 16, 18, 18, 16, 14, 22, 46];
  const sheet = createSheet('Summary', { widths, orientation: 'landscape', tone: 'result' });
  const { title, section, remark } = linesOn(sheet);
  title(decision.title);
  if (decision.simulated)
    sheet.row(['SIMULATED: the capacity is that of a simulated server; these figures are of no real hardware.'], {
      role: 'warn',
    });
  const { verdict } = decision;
  const tone = verdict.state === 'ok' ? 'ok' : verdict.state === 'infeasible' ? 'bad' : 'warn';
  for (const line of broken(verdict.sentence)) sheet.row([line], { role: tone });
  remark(
    `Computed by tokbench on ${decision.date}; the sentence does not recalculate, figures that are not called values do.`,
  );
  const longRun = longRunWords(decision);
  if (longRun !== null) for (const line of broken(longRun)) sheet.row([line], { role: 'warn' });

  section('Options, a year');
  const heads = [
    'option',
    'capex USD',
    'opex USD',
    'annuity USD',
    'straight line USD',
    'USD per million tokens',
    'utilisation',
    'state',
    'why',
  ];
  sheet.row(heads, { role: 'head' });
  const first = sheet.next;
  for (const option of options) {
    const row = decision.options.find(({ name }) => name === option.name);
    const state = row?.state ?? 'ok';
    sheet.row([
      option.name,
      cell(option.capex, 'usd'),
      cell(option.opex, 'usd'),
      styled(option.annuity, { format: 'usd', role: 'result' }),
      cell(option.straightLine, 'usd'),
      cell(option.blended, 'price'),
      cell(option.utilization, 'share'),
      styled(state, { role: state === 'ok' ? 'ok' : state === 'not-verified' ? 'warn' : 'bad' }),
      styled(row?.explanation ?? '', { wrap: true }),
    ]);
  }
  const last = sheet.next - 1;
  if (last >= first) cheapest(sheet, options, first, last);

  totalRows(sheet, decision);

  section('Does owning pay');
  const fact = (label: string, of: Draft) => sheet.row([styled(label, { role: 'label' }), of]);
  if (breakEven === null) remark('Owning cannot be compared: a price is missing.');
  else {
    fact(
      'Utilisation required at the first crossing',
      styled(breakEven.requiredUtilization, { format: 'share', role: 'result' }),
    );
    fact('First crossing, requests a month', styled(breakEven.first, { format: 'whole', role: 'result' }));
    fact('Lasting crossing, requests a month', styled(breakEven.sustained, { format: 'whole', role: 'result' }));
  }
  if (npv !== null) fact('NPV over the life, USD', styled(npv, { format: 'usd', role: 'result' }));
  if (verdict.reversers.length > 0) section('What would reverse the verdict (values, not formulas)');
  for (const { id, from, value, choice } of verdict.reversers)
    fact(definitionOf(id)?.title ?? id, `${round(from)} now; at ${round(value)} the choice is ${choice}`);
  return sheet.finish();
}

const round = (value: number): string => String(Number(value.toPrecision(4)));
const cell = (term: Term | null, format: 'usd' | 'price' | 'share'): Draft =>
  term === null ? null : styled(term, { format });

/** Lines that stay within the columns: a cell that runs over them would shrink the page. */
function broken(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length > 150) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/** Accrued and cash totals of each option; month by month they would need a sheet each. */
function totalRows(sheet: SheetDraft, { options }: Decision): void {
  const priced = options.filter(({ totalsUsd }) => totalsUsd.years3 !== null);
  if (priced.length === 0) return;
  linesOn(sheet).section('Totals over the years, USD, with growth and falling prices (values, not formulas)');
  const years = ['years3', 'years4', 'years5'] as const;
  const heads = ['accrued', 'cash'].flatMap((view) => years.map((key) => `${view}, ${key.at(-1)} years`));
  sheet.row(['option', ...heads], { role: 'head' });
  for (const { name, totalsUsd, cashUsd } of priced)
    sheet.row([
      name,
      ...[totalsUsd, cashUsd].flatMap((totals) => years.map((key) => styled(totals[key], { format: 'usd' }))),
    ]);
}

/** The name of the cheapest option by its annuity, whatever its state. */
function cheapest(
  sheet: ReturnType<typeof createSheet>,
  options: readonly SummaryOption[],
  first: number,
  last: number,
): void {
  const costs = sheet.down(3, first, last);
  const names = costs.text.replaceAll('$D$', '$A$');
  const least = Math.min(...costs.values);
  const at = costs.values.indexOf(least) + 1;
  const match = call('MATCH', [call('MIN', [costs], least), costs, { text: '0' }], at);
  const name = call('INDEX', [{ text: names }, match], options[at - 1]?.name ?? '');
  sheet.row([
    styled('Lowest cost a year, whatever its state', { role: 'label' }),
    styled(name, { role: 'result', name: 'out_cheapest' }),
  ]);
}

/** Costs of every option by line of its bill, a row an option, with a bar each. */
export function costSheet(options: readonly SummaryOption[]): Sheet | null {
  const names = [...new Set(options.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  if (names.length === 0) return null;
  const widths = [44, ...names.map(() => 14), 16];
  const sheet = createSheet('Costs', {
    widths,
    orientation: 'landscape',
    tone: 'result',
    frozen: { rows: 3, columns: 1 },
  });
  linesOn(sheet).title('Where the money goes, USD a year', 'Capital as annuity; the last column is their sum.');
  const head = sheet.row(['option', ...names, 'total'], { role: 'head' });
  for (const { name, lines } of options) {
    const row = sheet.row([
      name,
      ...names.map((part) => cell(lines.find((line) => line.name === part)?.cell ?? null, 'usd')),
    ]);
    const sum = plus(...lines.map((_, i) => sheet.at(row, 1 + names.indexOf(lines[i]!.name))));
    sheet.rewrite(row, 1 + names.length, styled(sum, { format: 'usd', role: 'result' }));
  }
  const last = sheet.next - 1;
  const range = (index: number) =>
    `${sheet.address(head + 1, index)}:${sheet.address(last, index).replace(/^.*!/, '')}`;
  sheet.chart({
    kind: 'stacked-bars',
    title: 'Where the money goes',
    x: { title: '', format: 'general' },
    y: { title: 'USD a year', format: 'usd' },
    series: names.map((name, i) => ({ name, categories: range(0), values: range(i + 1) })),
    at: { row: last + 2, column: 0, rows: 20, columns: Math.min(8, names.length + 1) },
  });
  return sheet.finish();
}
