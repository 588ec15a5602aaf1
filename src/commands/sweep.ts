import { Args } from '@oclif/core';
import { renderConsole } from '../document/console.ts';
import { screenOf } from '../document/terminal.ts';
import { UserError } from '../error/user-error.ts';
import { resolvePlan } from '../experiment/plan.ts';
import { loadSuite } from '../experiment/suite.ts';
import { readSweep, runSweep, searchOf } from '../experiment/sweep.ts';
import type { SweepSummary } from '../measurement/sweep-summary.ts';
import { sweepDocument } from '../report/sweep.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { interruptible } from './shared/interrupt.ts';
import { createLive } from './shared/live.ts';
import { metricsFlag, openMeter } from './shared/metrics-port.ts';
import { planFlags } from './shared/plan-flags.ts';
import { programName } from './shared/program.ts';
import { refuseSimulatorFlags, simulateFlag, simulatorFlags, simulatorOptions } from './shared/simulator-flags.ts';
import { exitCodeOfSweep, refuseBesideResume, sweepBounds, sweepFlags } from './shared/sweep-flags.ts';

export default class Sweep extends BaseCommand {
  static override summary = 'Find the highest load inside the objectives, and bracket it';
  static override description =
    'Doubles the load from --concurrency or --rate until an objective is missed, bisects, then measures the highest passing load again with fresh prompts. ' +
    'A load that the client could not drive is never taken for a limit of the server. ' +
    'Exit code 0: found; 2: bad input; 3: the target cannot be used; 4: client-limited, rate-limited or undecided; 5: not even the lowest load is inside; 130: interrupted (go on with --resume).';
  static override examples = [
    {
      description: 'How many users at once get their first token within half a second?',
      command:
        "<%= config.bin %> sweep --url http://127.0.0.1:8000/v1 --concurrency 8 --objective 'ttft.p99 < 500ms' --objective 'tpot.p99 < 50ms'",
    },
    {
      description: 'How many requests per second, Poisson arrivals, a minute each step?',
      command: "<%= config.bin %> sweep chat --rate 1 --duration 60s --objective 'ttft.p99 < 500ms'",
    },
    { description: 'Go on after an interrupt', command: '<%= config.bin %> sweep --resume latest' },
  ];
  static override args = { suite: Args.string({ description: 'suite: a YAML file, or a name in benchmarks/' }) };
  static override flags = {
    ...sweepFlags,
    simulate: simulateFlag,
    ...simulatorFlags,
    ...planFlags,
    ...metricsFlag,
    ...outputFlags,
  };

  async run(): Promise<SweepSummary> {
    const { args, flags } = await this.parse(Sweep);
    const {
      simulate,
      quiet,
      color,
      'simulator-profile': profile,
      fault,
      pace,
      truth,
      'metrics-port': port,
      ...search
    } = flags;
    if (!simulate) refuseSimulatorFlags(flags);
    const { min, max, resolution, resume, ...rest } = search;
    const chosen =
      resume === undefined
        ? this.fresh(args.suite, rest, sweepBounds({ min, max, resolution }), simulate)
        : await this.stopped(resume, { suite: args.suite, min, max, resolution, ...rest }, simulate);
    const meter = await openMeter(port, { version: this.config.version, suite: chosen.plan.suite });
    const interrupt = interruptible({ nothingYet: true });
    const plannedRequests = chosen.plan.requests;
    const live = createLive({ quiet, color: this.colorful(process.stderr, color), plannedRequests });
    try {
      const summary = await runSweep({
        ...chosen,
        version: this.config.version,
        simulator: simulate ? simulatorOptions({ 'simulator-profile': profile, fault, pace, truth }) : null,
        environment: process.env,
        signal: interrupt.signal,
        emit(event) {
          if (event.kind === 'directory') interrupt.keep();
          live.emit(event);
          meter.emit(event);
        },
      });
      live.end();
      const screen = screenOf(process.stdout, process.env, this.colorful(process.stdout, color));
      this.log(renderConsole(sweepDocument(summary, programName(process.env)), screen));
      process.exitCode = exitCodeOfSweep(summary);
      return summary;
    } finally {
      live.end();
      meter.close();
      interrupt.release();
    }
  }

  private fresh(
    suite: string | undefined,
    flags: Parameters<typeof resolvePlan>[0]['flags'],
    bounds: Parameters<typeof searchOf>[1],
    simulate: boolean,
  ) {
    const loaded = suite === undefined ? null : loadSuite(suite);
    const { plan, out } = resolvePlan({ suite: loaded, flags, ...(simulate ? { name: 'simulated' } : {}) });
    const search = searchOf(plan, bounds);
    return { plan: { ...plan, loads: plan.loads.slice(0, 1), repeat: 1 }, out, search, resumed: null };
  }

  private async stopped(path: string, flags: Readonly<Record<string, unknown>>, simulate: boolean) {
    refuseBesideResume(flags);
    const out = (flags['out'] as string | undefined) ?? 'results';
    const { stored, plan, search } = await readSweep(path, out);
    if (stored.record.simulated && !simulate && plan.target.url === null)
      throw new UserError(
        'simulated_sweep',
        'That sweep measured a simulated server: add --simulate and the flags that it was started with.',
      );
    return { plan, out, search, resumed: stored };
  }
}
