import { UserError } from '../error/user-error.ts';
import { type Objective, parseObjectives, type RateWord } from './objective.ts';
import type { LatencyName } from './summary.ts';

/** What replies are like, as far as it decides which metrics there are. */
export interface ReplyKind {
  /** They hold generated tokens; else vectors or scores. */
  readonly generated: boolean;
  /** They come as streams. */
  readonly streamed: boolean;
  /** Why they are so, as the end of a sentence: `rerank generates no tokens`. */
  readonly because: string;
}

/** Told by the first or by each content event of a stream. */
const ofEvents: readonly LatencyName[] = ['ttftMs', 'ttftDueMs', 'ttfoMs', 'tpotMs', 'tpotExactMs', 'itlMs', 'iclMs'];
const ofTokens: readonly (LatencyName | RateWord)[] = ['ntpotMs', 'output.rate', 'total.rate', 'interactivity'];

/**
 * Refuses objectives on what the replies of a run cannot show, before anything is sent for them.
 *
 * @throws UserError `objective_absent` (exit 2), and `bad_objective` as `parseObjectives`
 */
export function refuseAbsent(texts: readonly string[], kind: ReplyKind): void {
  const absent = parseObjectives(texts).find((objective) => isAbsent(objective, kind));
  if (absent === undefined) return;
  const instead = kind.generated ? 'e2e.p99, output.rate or errors' : 'e2e.p99, input.rate, requests.rate or errors';
  throw new UserError(
    'objective_absent',
    `The objective "${absent.text}" can never be judged: ${kind.because}. Use ${instead} instead.`,
  );
}

function isAbsent(objective: Objective, { generated, streamed }: ReplyKind): boolean {
  if (objective.kind === 'share') return false;
  if (objective.kind === 'rate')
    return (!generated && ofTokens.includes(objective.rate)) || (!streamed && objective.rate === 'interactivity');
  const { latency } = objective;
  return (!(generated && streamed) && ofEvents.includes(latency)) || (!generated && ofTokens.includes(latency));
}
