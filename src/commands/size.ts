import { Args, Flags } from '@oclif/core';
import { UserError } from '../error/user-error.ts';
import { offersOf } from '../procurement/offer.ts';
import { resolveRegister } from '../procurement/register.ts';
import { sizeReport } from '../procurement/size.ts';
import { sizeDocument } from '../report/size.ts';
import { sizeWorkbook } from '../report/size-workbook.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { deliverWorkbook } from './shared/file.ts';
import { deliver, readMoney } from './shared/money.ts';
import { moneyFlags, textFormats } from './shared/money-flags.ts';

export default class Size extends BaseCommand {
  static override summary = 'Accelerators and servers that a demand needs inside the objectives';
  static override description =
    'Replicas, accelerators, whole servers, spares and kW, from the highest measured load inside the objectives. Utilisation is an output. Says where the capacity is only a lower bound.';
  static override examples = [
    '<%= config.bin %> size latest --hardware h100-sxm --demand internal-search --offer own:h100-sxm',
    "<%= config.bin %> size --throughput 'input=4800,output=1200,scope=server' --demand invoice-processing --assume owned.server.accelerators=8",
  ];
  static override strict = false;
  static override args = { run: Args.string({ description: 'directory of a run, a file in it, or latest' }) };
  static override flags = {
    offer: Flags.string({
      description: 'the server to count in, own:NAME; default: the assumptions describe it',
      helpValue: 'KIND[:NAME|FILE]',
    }),
    format: Flags.option({
      options: [...textFormats, 'xlsx'] as const,
      description: 'what to render',
      default: 'console' as const,
    })(),
    ...moneyFlags,
    ...outputFlags,
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Size);
    const money = await readMoney(argv as string[], flags);
    const [capacity, ...others] = money.capacities;
    if (capacity === undefined)
      throw new UserError(
        'missing_throughput',
        "Sizing needs a capacity: name a run, type it with --throughput 'input=4800,output=1200,scope=server', or assume capacity.requests_per_s_per_replica, demand.input_tokens and demand.output_tokens.",
      );
    if (others.length > 0)
      throw new UserError(
        'several_capacities',
        `Sizing takes one run or one throughput, not ${money.capacities.length}.`,
      );
    const [offer, more] = flags.offer === undefined ? [] : offersOf([flags.offer], money);
    if (more !== undefined || offer?.kind === 'api')
      throw new UserError(
        'bad_offer',
        `--offer ${flags.offer}: name one server or instance to count in, such as own:h100-sxm.`,
      );
    const report = sizeReport(capacity, offer?.register ?? resolveRegister(money.statements));
    const { format, output } = flags;
    if (this.jsonEnabled()) return report;
    if (format === 'xlsx') await deliverWorkbook(sizeWorkbook(report, money.date), output);
    else
      await deliver(sizeDocument(report), report, {
        format,
        output,
        color: this.colorful(process.stdout, flags.color),
      });
    return report;
  }
}
