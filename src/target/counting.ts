import { UserError } from '../error/user-error.ts';
import type { ServerFeatures } from '../record/server.ts';
import type { Prompt, Turn } from '../record/turn.ts';
import { parseAddress } from './address.ts';
import type { Asker } from './asker.ts';
import type { Protocol } from './protocol.ts';

/**
 * Counts prompts over the route that an API has for it, which generates nothing and costs nothing; null where it has none.
 *
 * @throws UserError `count_failed` from each count that the service does not give
 */
export function routeCount(
  asker: Asker,
  { url, model, features }: { readonly url: string; readonly model: string; readonly features: ServerFeatures },
  protocol: Protocol,
): ((prompt: Prompt) => Promise<number>) | null {
  const { counting } = protocol;
  if (counting === undefined) return null;
  const route = { address: parseAddress(url, protocol.apiPath), model, stream: false };
  return async (prompt) => {
    const turn: Turn = { prompt, inputTokens: null, outputTokens: 1, thinkMs: 0, keepText: false };
    const body = protocol.body(turn, { model, features, stream: false, forceLength: false, body: {} });
    const { status, text, json } = await asker.ask(counting.request(route, body));
    const count = status === 200 ? counting.read(json) : null;
    if (typeof count === 'number' && count > 0) return count;
    throw new UserError('count_failed', `The server did not count a prompt: ${status} ${text.slice(0, 200)}`, 3);
  };
}
