import { refuseAbsent } from '../measurement/objective-fit.ts';
import { outputOf } from '../target/protocols.ts';

/**
 * Refuses objectives that no reply of this protocol could be held against.
 *
 * @throws UserError `objective_absent`, `bad_objective` (exit 2)
 */
export function refuseObjectives(objectives: readonly string[], protocol: string, stream: boolean): void {
  const generated = outputOf(protocol) === 'tokens';
  const because = generated ? 'replies are asked for whole, not as streams' : `${protocol} generates no tokens`;
  refuseAbsent(objectives, { generated, streamed: generated && stream, because });
}
