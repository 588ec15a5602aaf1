import { Args, Flags } from '@oclif/core';
import { UserError } from '../error/user-error.ts';
import { traceRun } from '../experiment/priced-run.ts';
import { costReport, declarations, errorsOf } from '../procurement/cost.ts';
import { explain, explainableOf } from '../procurement/explain.ts';
import { offersOf } from '../procurement/offer.ts';
import type { CostReport } from '../procurement/offer-cost.ts';
import { costDocument } from '../report/cost.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { deliverFile, fileFlags, fileFormats, isFileFormat } from './shared/file.ts';
import { costFiles, deliver, readMoney } from './shared/money.ts';
import { moneyFlags, textFormats } from './shared/money-flags.ts';

export default class Cost extends BaseCommand {
  static override summary = 'Dollars per million tokens by class: owned, rented, committed, spot and API side by side';
  static override description =
    'Prices the capacity of runs inside their objectives, or one typed by hand, at the utilisation that the demand leaves. Exit code 6 with --gate: a lint at error.';
  static override examples = [
    '<%= config.bin %> cost latest --hardware h100-sxm --demand internal-search --offer own:h100-sxm --offer rent:h100-sxm',
    "<%= config.bin %> cost --throughput 'input=4800,output=1200,scope=server' --demand invoice-processing --offer own:h100-sxm --offer api:openai/gpt-5-mini",
    '<%= config.bin %> cost latest --demand internal-search --offer own:h100-sxm --explain usd_per_million_output',
  ];
  static override strict = false;
  static override args = { run: Args.string({ description: 'directories of runs, files in them, or latest' }) };
  static override flags = {
    offer: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'own, rent, commit, spot or api, with a name or file of its facts, or described by assumptions; repeatable',
      helpValue: 'KIND[:NAME|FILE]',
    }),
    declare: Flags.option({
      options: declarations,
      multiple: true,
      multipleNonGreedy: true,
      description: 'that models are equal in quality, or that unlike purchases may be ranked together',
    })(),
    explain: Flags.string({
      description: 'formula, numbers and sources of a figure, e.g. usd_per_million_output',
      helpValue: 'ID',
    }),
    gate: Flags.boolean({ description: 'exit 6 when a lint is at error' }),
    'max-usd-per-million': Flags.string({
      description: 'exit 6 unless an offer that may be ranked costs at most this, blended',
      helpValue: 'USD',
    }),
    format: Flags.option({
      options: [...textFormats, ...fileFormats] as const,
      description: 'what to render; focus is FOCUS 1.2 CSV',
      default: 'console' as const,
    })(),
    ...fileFlags,
    ...moneyFlags,
    ...outputFlags,
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Cost);
    const figure = flags.explain === undefined ? null : explainableOf(flags.explain);
    const limit = limitOf(flags['max-usd-per-million']);
    if (flags.offer === undefined)
      throw new UserError(
        'bad_offer',
        'Name at least one --offer: own, rent, commit, spot or api, with a name or file of its facts.',
      );
    const money = await readMoney(argv as string[], flags);
    const offers = offersOf(flags.offer, money);
    const traces = new Map(
      await Promise.all(money.runs.map(async (run) => [run.capacity, await traceRun(run, offers)] as const)),
    );
    const traceOf = (...[capacity, offer]: Parameters<Parameters<typeof costReport>[0]['traceOf']>) =>
      traces.get(capacity)?.get(offer.name) ?? null;
    const report = costReport({ ...money, offers, traceOf, declared: flags.declare ?? [] });
    if ((flags.gate && errorsOf(report).length > 0) || (limit !== null && !within(report, limit))) process.exitCode = 6;
    const explanations =
      figure === null
        ? []
        : report.offers.map((row) => ({
            offer: row.offer,
            steps: explain(figure, row, offers.find(({ name }) => name === row.offer)!.register),
          }));
    const json = figure === null ? report : { schema: 'tokbench.cost-explanation/1', figure, explanations };
    const { format, output } = flags;
    if (this.jsonEnabled()) return json;
    if (isFileFormat(format)) await deliverFile(format, output, costFiles(report, flags.organisation));
    else
      await deliver(costDocument(report, explanations), json, {
        format,
        output,
        color: this.colorful(process.stdout, flags.color),
      });
    return json;
  }
}

const within = (report: CostReport, limit: number): boolean =>
  report.offers.some(
    ({ rankable, usdPerMillion }) => rankable && usdPerMillion.blended !== null && usdPerMillion.blended <= limit,
  );

function limitOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (text.trim() === '' || !(limit > 0))
    throw new UserError('bad_gate', `--max-usd-per-million ${text}: write a price above 0.`);
  return limit;
}
