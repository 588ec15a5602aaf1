import { Args } from '@oclif/core';
import { renderConsole } from '../document/console.ts';
import { screenOf } from '../document/terminal.ts';
import { resolvePlan } from '../experiment/plan.ts';
import { runPlan } from '../experiment/run.ts';
import { severalPlans } from '../experiment/several-plan.ts';
import type { TargetsSummary } from '../experiment/several-summary.ts';
import { loadSuite } from '../experiment/suite.ts';
import type { RunSummary } from '../measurement/summary.ts';
import { runDocument } from '../report/run.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { interruptible } from './shared/interrupt.ts';
import { createLive } from './shared/live.ts';
import { metricsFlag, openMeter } from './shared/metrics-port.ts';
import { planFlags, targetsFlag } from './shared/plan-flags.ts';
import { programName } from './shared/program.ts';
import { measureSeveral } from './shared/several.ts';
import { refuseSimulatorFlags, simulateFlag, simulatorFlags, simulatorOptions } from './shared/simulator-flags.ts';
import { exitCodeOf } from './shared/verdict.ts';

export default class Run extends BaseCommand {
  static override summary = 'Measure one target at one load or a list of loads, and print the report';
  static override description =
    'Writes results/<suite>/<UTC time>/ as it goes. Without --url it looks for a server on the usual local ports and says which it took. ' +
    'Exit code 0: done and every objective met; 2: bad input; 3: the target cannot be used; 4: INVALID; 5: an objective was missed; 130: interrupted.';
  static override examples = [
    { description: 'A simulated server, to see what comes out', command: '<%= config.bin %> run --simulate' },
    {
      description: 'A vLLM on this machine, three loads, one minute each',
      command:
        "<%= config.bin %> run --url http://127.0.0.1:8000/v1 --concurrency 1,4,16 --duration 60s --objective 'ttft.p99 < 500ms'",
    },
    {
      description: 'A cloud API at two requests per second, the key in a variable',
      command:
        '<%= config.bin %> run --url https://api.example.com/v1 --api-key-env API_KEY --model NAME --rate 2 --requests 100',
    },
    { description: 'A suite', command: '<%= config.bin %> run benchmarks/vllm-cpu.yaml' },
    {
      description: 'Two targets in turns, side by side',
      command: '<%= config.bin %> run --workload chat --target vllm --target llamacpp --repeat 3',
    },
  ];
  static override args = { suite: Args.string({ description: 'suite: a YAML file, or a name in benchmarks/' }) };
  static override flags = {
    simulate: simulateFlag,
    ...simulatorFlags,
    ...planFlags,
    target: targetsFlag,
    ...metricsFlag,
    ...outputFlags,
  };

  async run(): Promise<RunSummary | TargetsSummary> {
    const { args, flags } = await this.parse(Run);
    const {
      simulate,
      quiet,
      color,
      'simulator-profile': profile,
      fault,
      pace,
      truth,
      'metrics-port': port,
      ...rest
    } = flags;
    if (!simulate) refuseSimulatorFlags(flags);
    const suite =
      args.suite ??
      (simulate && [rest.concurrency, rest.rate, rest.trace].every((load) => load === undefined) ? 'demo' : undefined);
    const loaded = suite === undefined ? null : loadSuite(suite);
    const { target: targets = [], ...one } = rest;
    const several = severalPlans({ suite: loaded, flags: one, targets });
    if (several !== null)
      return measureSeveral({
        targets: several,
        suite: loaded?.name ?? 'targets',
        version: this.config.version,
        quiet,
        color: this.colorful(process.stderr, color),
        screen: screenOf(process.stdout, process.env, this.colorful(process.stdout, color)),
        log: (text) => this.log(text),
      });
    const planned = { ...one, target: targets[0] };
    const { plan, out } = resolvePlan({ suite: loaded, flags: planned, ...(simulate ? { name: 'simulated' } : {}) });
    const simulator = simulate ? simulatorOptions({ 'simulator-profile': profile, fault, pace, truth }) : null;
    const meter = await openMeter(port, { version: this.config.version, suite: plan.suite });
    const interrupt = interruptible({ nothingYet: true });
    const live = createLive({ quiet, color: this.colorful(process.stderr, color), plannedRequests: plan.requests });
    try {
      const { version } = this.config;
      const environment = process.env;
      const summary = await runPlan({
        plan,
        out,
        version,
        simulator,
        environment,
        signal: interrupt.signal,
        emit(event) {
          if (event.kind === 'directory') interrupt.keep();
          live.emit(event);
          meter.emit(event);
        },
      });
      live.end();
      this.log(
        renderConsole(
          runDocument(summary, programName(environment)),
          screenOf(process.stdout, process.env, this.colorful(process.stdout, color)),
        ),
      );
      process.exitCode = exitCodeOf(summary);
      return summary;
    } finally {
      live.end();
      meter.close();
      interrupt.release();
    }
  }
}
