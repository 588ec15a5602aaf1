import { writeFile } from 'node:fs/promises';
import { renderConsole } from '../../document/console.ts';
import { renderCsv } from '../../document/csv.ts';
import type { Document } from '../../document/document.ts';
import { renderHtml } from '../../document/html.ts';
import { renderJson } from '../../document/json.ts';
import { renderMarkdown } from '../../document/markdown.ts';
import { screenOf } from '../../document/terminal.ts';
import { UserError } from '../../error/user-error.ts';
import { type PricedRun, readPricedRuns, runStatements } from '../../experiment/priced-run.ts';
import { type Override, readOverrides } from '../../procurement/api-override.ts';
import type { MeasuredCapacity } from '../../procurement/capacity.ts';
import type { Statement } from '../../procurement/entry.ts';
import { inputLengths } from '../../procurement/length-price.ts';
import type { CostReport } from '../../procurement/offer-cost.ts';
import { demandStatements, readProfile } from '../../procurement/profile.ts';
import { resolveRegister } from '../../procurement/register.ts';
import { assumedByFlag, readAssumptions } from '../../procurement/statement.ts';
import { assumedCapacity, typedCapacity } from '../../procurement/typed-capacity.ts';
import type { Distribution } from '../../random/distribution.ts';
import { costWorkbook } from '../../report/cost-workbook.ts';
import { costStatement } from '../../report/focus-cost.ts';
import type { textFormats } from './money-flags.ts';
import { refuseOutput } from './output.ts';

interface MoneyFlags {
  readonly demand?: string | undefined;
  readonly study?: string | undefined;
  readonly assume?: string[] | undefined;
  readonly prices?: string[] | undefined;
  readonly date?: string | undefined;
  readonly throughput?: string[] | undefined;
  readonly objective?: string[] | undefined;
  readonly hardware?: string | undefined;
  readonly out: string;
}

/** What the flags of a money command amount to. */
export interface Money {
  readonly runs: readonly PricedRun[];
  readonly capacities: readonly MeasuredCapacity[];
  readonly statements: readonly Statement[];
  readonly overrides: readonly Override[];
  readonly date: string;
  /** Input lengths of the demand's requests, for prices that depend on them. */
  readonly lengths: () => Distribution | null;
}

/** Reads runs, profiles, study and flags. @throws UserError for whatever is wrong with them, all before anything is computed */
export async function readMoney(paths: readonly string[], flags: MoneyFlags): Promise<Money> {
  const date = dayOf(flags.date);
  const demand = flags.demand === undefined ? null : readProfile('demand', flags.demand);
  const statements = [
    ...(demand === null ? [] : demandStatements(demand)),
    ...(flags.study === undefined ? [] : readAssumptions(flags.study)),
    ...(flags.assume ?? []).map(assumedByFlag),
  ];
  const register = resolveRegister(statements);
  const typed = (flags.throughput ?? []).map(typedCapacity);
  const runs = await readPricedRuns(paths, {
    out: flags.out,
    objectives: flags.objective ?? [],
    hardware: flags.hardware ?? null,
  });
  const assumed = runs.length + typed.length === 0 ? assumedCapacity(register) : null;
  const ofRuns = runs.length === 1 ? runStatements(runs[0]!) : [];
  return {
    runs,
    capacities: [...runs.map(({ capacity }) => capacity), ...typed, ...(assumed === null ? [] : [assumed])],
    statements: [...ofRuns, ...statements],
    overrides: (flags.prices ?? []).flatMap((path) => readOverrides(path, date)),
    date,
    lengths: inputLengths(demand?.data ?? null),
  };
}

/** The day of `--date`, else today. @throws UserError `bad_date` */
export function dayOf(text: string | undefined): string {
  if (text === undefined) return new Date().toISOString().slice(0, 10);
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
  if (!valid) throw new UserError('bad_date', `--date ${text}: write a day such as 2026-11-25.`);
  return text;
}

/** What `cost` writes for other programs, computed where it is asked for. */
export const costFiles = (report: CostReport, organisation: string) => ({
  xlsx: () => costWorkbook(report),
  focus: () => costStatement(report, { organisation, start: null }),
});

/** Prints or writes a document in a format; JSON is the result itself. */
export async function deliver(
  document: Document,
  json: unknown,
  options: {
    readonly format: (typeof textFormats)[number];
    readonly output: string | undefined;
    readonly color: boolean;
  },
): Promise<void> {
  const rendered = render(document, json, options.format, options.color && options.output === undefined);
  if (options.output === undefined) process.stdout.write(rendered);
  else await writeFile(options.output, rendered).catch(refuseOutput(options.output));
}

function render(document: Document, json: unknown, format: (typeof textFormats)[number], color: boolean): string {
  switch (format) {
    case 'console':
      return `${renderConsole(document, screenOf(process.stdout, process.env, color))}\n`;
    case 'json':
      return `${renderJson(json)}\n`;
    case 'csv':
      return renderCsv(document);
    case 'md':
      return `${renderMarkdown(document)}\n`;
    case 'html':
      return `${renderHtml(document)}\n`;
  }
}
