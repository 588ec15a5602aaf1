import { Args } from '@oclif/core';
import { UserError } from '../error/user-error.ts';
import { traceRun } from '../experiment/priced-run.ts';
import { costReport } from '../procurement/cost.ts';
import { explain, explainableOf } from '../procurement/explain.ts';
import { offersOf } from '../procurement/offer.ts';
import { costDocument } from '../report/cost.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { costFlags, limitsOf } from './shared/cost-flags.ts';
import { deliverFile, isFileFormat } from './shared/file.ts';
import { costFiles, deliver, readMoney } from './shared/money.ts';

export default class Cost extends BaseCommand {
  static override summary = 'Dollars per million tokens by class: owned, rented, committed, spot and API side by side';
  static override description =
    'Prices the capacity of runs inside their objectives, or one typed by hand, at the utilisation that the demand leaves. Exit code 6: a gate is missed, or cannot be told.';
  static override examples = [
    '<%= config.bin %> cost latest --hardware h100-sxm --demand internal-search --offer own:h100-sxm --offer rent:h100-sxm',
    "<%= config.bin %> cost --throughput 'input=4800,output=1200,scope=server' --demand invoice-processing --offer own:h100-sxm --offer api:openai/gpt-5-mini",
    '<%= config.bin %> cost latest --demand internal-search --offer own:h100-sxm --explain usd_per_million_output',
    '<%= config.bin %> cost latest --demand internal-search --offer own:h100-sxm --gate --baseline last.json --max-regression 5% --max-p99 ttft=500ms',
  ];
  static override strict = false;
  static override args = { run: Args.string({ description: 'directories of runs, files in them, or latest' }) };
  static override flags = { ...costFlags, ...outputFlags };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Cost);
    const { format, output } = flags;
    const figure = flags.explain === undefined ? null : explainableOf(flags.explain);
    const limits = limitsOf(flags);
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
    const report = costReport({ ...money, offers, traceOf, declared: flags.declare ?? [], limits });
    if (report.gates.some(({ outcome }) => outcome !== 'met')) process.exitCode = 6;
    const registerOf = (name: string) => offers.find((offer) => offer.name === name)!.register;
    const explanations = report.offers.flatMap((row) =>
      figure === null ? [] : [{ offer: row.offer, steps: explain(figure, row, registerOf(row.offer)) }],
    );
    const json = figure === null ? report : { schema: 'tokbench.cost-explanation/1', figure, explanations };
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
