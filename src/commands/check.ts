import { Args } from '@oclif/core';
import { renderConsole } from '../document/console.ts';
import { type Screen, screenOf } from '../document/terminal.ts';
import { type ResolvedPlan, resolvePlan } from '../experiment/plan.ts';
import { dataLengths } from '../experiment/plan-data.ts';
import { describePlan } from '../experiment/plan-describe.ts';
import { describePrice } from '../experiment/plan-price.ts';
import { severalPlans } from '../experiment/several-plan.ts';
import { loadSuite } from '../experiment/suite.ts';
import { isStudy } from '../procurement/study.ts';
import { planDocument } from '../report/plan.ts';
import { studyDocument } from '../report/study.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { planFlags, targetsFlag } from './shared/plan-flags.ts';
import { checkStudy } from './shared/study.ts';

export default class Check extends BaseCommand {
  static override summary = 'Read a suite or a study, say what is wrong with it or what it would do; sends nothing';
  static override description =
    'Every mistake of the file is named with its line and the nearest right word (exit code 2). Flags replace keys of the suite, as in run, or stand alone.';
  static override examples = [
    '<%= config.bin %> check benchmarks/demo.yaml',
    '<%= config.bin %> check vllm-cpu --concurrency 1,2,4 --json',
    '<%= config.bin %> check --target openai --model gpt-5-mini --workload chat --rate 2 --requests 100',
  ];
  static override args = {
    suite: Args.string({
      description: 'suite: a YAML file, or a name in benchmarks/; or the file of a study; without one, of flags alone',
    }),
  };
  static override flags = { ...planFlags, target: targetsFlag, ...outputFlags };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Check);
    const { quiet: _quiet, color, ...rest } = flags;
    const screen = screenOf(process.stdout, process.env, this.colorful(process.stdout, color));
    if (args.suite !== undefined && isStudy(args.suite)) {
      const outline = checkStudy(args.suite);
      this.log(renderConsole(studyDocument(outline), screen));
      return outline;
    }
    const suite = args.suite === undefined ? null : loadSuite(args.suite);
    const { target: targets = [], ...one } = rest;
    const several = severalPlans({ suite, flags: one, targets });
    if (several === null) return this.checkPlan(resolvePlan({ suite, flags: { ...one, target: targets[0] } }), screen);
    const checked: unknown[] = [];
    for (const { label, ...resolved } of several) checked.push({ label, ...(await this.checkPlan(resolved, screen)) });
    return { schema: 'tokbench.check/1', targets: checked };
  }

  private async checkPlan({ plan, out }: ResolvedPlan, screen: Screen) {
    const outline = describePlan(plan, await dataLengths(plan));
    const price = describePrice(plan, outline);
    const { url, protocol, model } = plan.target;
    const findings = {
      ...outline,
      suite: plan.suite,
      url,
      protocol,
      model,
      workload: plan.workload.name,
      objectives: plan.objectives,
      price,
    };
    this.log(renderConsole(planDocument(findings), screen));
    return { schema: 'tokbench.check/1', plan, out, ...outline, price };
  }
}
