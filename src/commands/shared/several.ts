import { renderConsole } from '../../document/console.ts';
import type { Screen } from '../../document/terminal.ts';
import { runSeveral } from '../../experiment/several.ts';
import type { TargetPlan } from '../../experiment/several-plan.ts';
import type { TargetsSummary } from '../../experiment/several-summary.ts';
import { targetsDocument } from '../../report/targets.ts';
import { interruptible } from './interrupt.ts';
import { createLive } from './live.ts';
import { programName } from './program.ts';
import { exitCodeOf } from './verdict.ts';

export interface SeveralCommand {
  readonly targets: readonly TargetPlan[];
  readonly suite: string;
  readonly version: string;
  readonly quiet: boolean;
  /** Colour for the progress on stderr. */
  readonly color: boolean;
  readonly screen: Screen;
  readonly log: (text: string) => void;
}

/** Measures several targets, prints their comparison and sets the exit code: the gravest of their own. */
export async function measureSeveral(options: SeveralCommand): Promise<TargetsSummary> {
  const { targets, suite, version, quiet, color, screen, log } = options;
  const interrupt = interruptible({ nothingYet: true });
  const live = createLive({ quiet, color, plannedRequests: targets[0]!.plan.requests });
  try {
    const summary = await runSeveral({
      targets,
      suite,
      version,
      environment: process.env,
      signal: interrupt.signal,
      emit(event, label) {
        // until the first step nothing is measured, however many targets are prepared
        if (event.kind === 'step') interrupt.keep();
        if (event.kind === 'step') live.emit({ kind: 'note', text: `${label}:` });
        live.emit(event.kind === 'note' ? { ...event, text: `${label}: ${event.text}` } : event);
      },
    });
    live.end();
    log(renderConsole(targetsDocument(summary, programName(process.env)), screen));
    process.exitCode = Math.max(...summary.targets.map(({ run }) => exitCodeOf(run)));
    return summary;
  } finally {
    live.end();
    interrupt.release();
  }
}
