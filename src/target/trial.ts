import { UserError } from '../error/user-error.ts';
import type { ServerFeatures } from '../record/server.ts';
import type { Asker } from './asker.ts';
import type { FeatureQuestion, Protocol } from './protocol.ts';

const capTokens = 16;

/**
 * One tiny generation, so that a missing credential, a refused key, a wrong model or an address where nobody answers is
 * said before the load. What it teaches of the service is nothing: that a limit is reached or a field refused is the
 * load's to meet.
 *
 * @throws UserError with exit 3: those of `FeatureQuestion.refused`, of the credentials, and of a failed connection
 */
export async function askTrial(
  asker: Asker,
  { address, model, known, refused }: FeatureQuestion,
  protocol: Protocol,
): Promise<ServerFeatures> {
  const body = protocol.body(
    { prompt: { kind: 'text', text: 'Hi' }, inputTokens: null, outputTokens: capTokens, thinkMs: 0, keepText: false },
    { model, features: known, stream: false, forceLength: false, body: {} },
  );
  const answer = await asker.ask({ path: protocol.route({ address, model, stream: false }), body }).catch(unanswered);
  if (answer === null || answer.status === 200) return known;
  const { status, headers, text, json = null } = answer;
  const refusal = protocol.refusal?.({ status, headers, text, json });
  // What follows is put to `refused` as every vendor could have said it.
  const message = refusal?.message?.replace(/^The server says: /, '') ?? '';
  if (refusal?.code === 'unauthorized' && status !== 401 && status !== 403)
    throw new UserError('unauthorized', `The server refuses the key (${status}): ${message}`, 3);
  const unknown = refusal?.code === 'not_found' || (refusal?.code === 'rejected' && /model identifier/i.test(message));
  refused({ ...answer, status: unknown ? 404 : status, json: { error: { ...errorOf(json), message } } });
  return known;
}

function errorOf(json: unknown): object | null {
  const error = (json as { error?: unknown } | null)?.error;
  return typeof error === 'object' ? error : null;
}

/** A busy service may not answer in time: then nothing is known. */
function unanswered(error: unknown): null {
  if (error instanceof UserError && error.code === 'total_timeout') return null;
  throw error;
}
