import { Args } from '@oclif/core';
import { decisionFigureOf } from '../procurement/decide-explain.ts';
import { decideStudy } from '../procurement/study-decide.ts';
import { decisionDocument } from '../report/decision.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { decideFlags } from './shared/decide-flags.ts';
import { deliverDecision, explained, studyOf, studyOptions, writeStarter } from './shared/study.ts';

export default class Decide extends BaseCommand {
  static override summary = 'API, rent, own or hybrid: verdict, options, break-even, NPV, and what would reverse it';
  static override description =
    'Decides a study: one YAML with offers, declarations and assumptions. The verdict comes first, then what it rests on. Exit code 6 with --gate: nothing is feasible, or a lint is at error.';
  static override examples = [
    '<%= config.bin %> decide --demo',
    '<%= config.bin %> decide --init internal-search',
    '<%= config.bin %> decide internal-search-study.yaml --run latest --hardware h100-sxm',
    '<%= config.bin %> decide --demand internal-search --run latest --hardware h100-sxm --offer own:h100-sxm --offer api:openai/gpt-5-mini',
    '<%= config.bin %> decide invoice-processing --assume finance.wacc=10% --format html -o decision.html',
  ];
  static override args = {
    study: Args.string({
      description: 'a study: a YAML file, or a name in profiles/studies/; with --init a demand profile',
    }),
  };
  static override flags = { ...decideFlags, ...outputFlags };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Decide);
    if (flags.init) {
      const written = await writeStarter(args.study, flags);
      if (!this.jsonEnabled()) this.log(written.sentence);
      return written;
    }
    const figure = flags.explain === undefined ? null : decisionFigureOf(flags.explain);
    const study = studyOf(args.study, flags);
    const command = ['tokbench', 'decide', ...this.argv].map(quoted).join(' ');
    const { decision, about } = decideStudy(study, { ...(await studyOptions(flags)), command });
    const failed =
      decision.verdict.state === 'infeasible' || decision.lints.some(({ severity }) => severity === 'error');
    if (flags.gate && failed) process.exitCode = 6;
    const color = this.colorful(process.stdout, flags.color);
    if (figure !== null)
      return await explained(figure, { about, decision }, { ...flags, color, silent: this.jsonEnabled() });
    if (!this.jsonEnabled()) await deliverDecision(decisionDocument(decision), decision, about, { ...flags, color });
    return decision;
  }
}

/** As a shell takes it. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
