import type { ServerFeatures } from '../record/server.ts';
import type { Turn } from '../record/turn.ts';
import type { Asker } from './asker.ts';
import { Facts } from './facts.ts';
import { askTokenize } from './features.ts';
import type { FeatureQuestion, Protocol } from './protocol.ts';

/** Servers that are known to take fields beyond their protocol's own, or to ignore them. */
const extensible = new Set(['vllm', 'sglang', 'llamacpp', 'simulated']);
const capTokens = 48;
const ignoreEos = { ignore_eos: true };
const turn: Turn = {
  prompt: { kind: 'text', text: 'Answer with the one word: yes.' },
  inputTokens: null,
  outputTokens: capTokens,
  thinkMs: 0,
  keepText: false,
};

/**
 * Asks a server with one whole reply in `protocol` whether `ignore_eos` forces the output length, and for its tokenize
 * route, where it may be sent fields beyond the protocol's own. Everything else stands as it is known.
 */
export async function askForcedLength(
  asker: Asker,
  question: FeatureQuestion,
  protocol: Pick<Protocol, 'body' | 'readWhole'>,
  path: string,
): Promise<ServerFeatures> {
  const { identity, model, refused } = question;
  if (!extensible.has(identity.name)) return question.known;
  const known = { ...question.known, tokenize: await askTokenize(asker, question) };
  const features = { ...known, forcedLength: ignoreEos };
  const body = protocol.body(turn, { model, features, stream: false, forceLength: true, body: {} });
  // A busy server may not answer in time: then it stays unknown.
  const answer = await asker.ask({ path, body }).catch(() => null);
  if (answer === null) return known;
  if (answer.status !== 200) {
    refused(answer);
    return known;
  }
  const facts = new Facts(0, 1, null, false);
  protocol.readWhole(answer.json, facts);
  return facts.failure === null && facts.usage.result()?.output === capTokens ? features : known;
}
