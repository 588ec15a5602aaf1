import { UserError } from '../error/user-error.ts';
import type { ServerIdentity, ServerKind } from '../record/server.ts';
import { parseAddress } from './address.ts';
import { askAll, identityOf } from './answers.ts';
import { createAsker } from './ask.ts';
import type { Answer, AskOptions } from './asker.ts';
import { type Identified, type IdentifyOptions, identify } from './identify.ts';
import { protocolNamed } from './protocols.ts';

/** Vendors that are told by their hosts; nobody else serves there. */
const hosts: readonly (readonly [pattern: RegExp, protocol: string])[] = [
  [/^api\.anthropic\.com$/, 'anthropic'],
  [/^generativelanguage\.googleapis\.com$/, 'gemini'],
  [/(^|-)aiplatform\.googleapis\.com$/, 'vertex'],
  [/^bedrock-runtime[.-].*\.amazonaws\.com(\.cn)?$/, 'bedrock'],
  [/^runtime\.sagemaker\..*\.amazonaws\.com(\.cn)?$/, 'sagemaker'],
  [/\.(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn)$/, 'azure'],
];

/**
 * Protocols whose routes can be looked for on any server, the most comparable first; a kind of server where it is named
 * = only there, for the path means something else elsewhere.
 */
const candidates: readonly (readonly [protocol: string, kind: ServerKind | null])[] = [
  ['openai-chat', null],
  ['openai-completions', null],
  ['openai-responses', null],
  ['anthropic', null],
  ['openai-embeddings', null],
  ['rerank', null],
  ['score', null],
  ['ollama', null],
  ['llamacpp', 'llamacpp'],
  ['sglang', 'sglang'],
  ['tgi', 'tgi'],
  ['triton', 'triton'],
];

export type AutoOptions = Pick<AskOptions, 'url' | 'apiKey' | 'headers' | 'caFile'>;

const limitMs = 5000;

/**
 * `auto` as the protocol that the server speaks, by its host or by asking; any other name as it is.
 *
 * @throws UserError `unknown_protocol` (exit 2), exit 3 `unreachable` where nobody answers and `no_protocol` where a server
 *   answers none, and those of `createAsker`
 */
export async function resolveProtocol(name: string, options: AutoOptions): Promise<string> {
  if (name !== 'auto') return protocolNamed(name).name;
  const { host, root } = parseAddress(options.url);
  const [, known] = hosts.find(([pattern]) => pattern.test(host)) ?? [];
  // Google and Amazon have OpenAI's routes, too, below a path that says so.
  if (known !== undefined && known !== 'azure' && /\/open(ai|api)$/.test(root)) return 'openai-chat';
  if (known !== undefined) return known;
  const [first] = await answeringProtocols(options);
  if (first !== undefined) return first;
  await refuseSilence(options);
  throw new UserError(
    'no_protocol',
    `${placeOf(options.url)} answers on no route that tokbench knows. Is the URL the API's base, such as http://host:8000/v1? Else name the protocol with --protocol.`,
    3,
  );
}

/** Throws UserError `unreachable` (exit 3) where nobody answers at all. */
async function refuseSilence(options: AutoOptions): Promise<void> {
  const asker = createAsker({ ...options, timeoutMs: limitMs });
  try {
    await asker.ask({ path: '/' });
  } catch (error) {
    if (!(error instanceof UserError) || error.exit !== 3) throw error;
    throw new UserError('unreachable', `No model server answers at ${placeOf(options.url)}: ${error.message}`, 3);
  } finally {
    asker.close();
  }
}

/**
 * Protocols that a server has a route for, the most comparable first. Each route is sent an empty object, which no server
 * takes for a request: whatever it answers but "no such route", the route is there. Empty where nobody answers.
 */
export async function answeringProtocols(options: AutoOptions): Promise<string[]> {
  const asker = createAsker({ ...options, timeoutMs: limitMs });
  try {
    const identity = identityOf(await askAll(asker));
    const asked = candidates.filter(([, kind]) => kind === null || kind === identity.name).map(([name]) => name);
    const has = await Promise.all(asked.map((name) => hasRoute(name, options, identity)));
    return asked.filter((_, k) => has[k] === true);
  } finally {
    asker.close();
  }
}

/**
 * Refuses a protocol whose route a server lacks, and names those that it has. Asks only for protocols of the candidates
 * that nothing else was asked of before the load.
 *
 * @throws UserError `not_found` (exit 3)
 */
export async function refuseMissingRoute(name: string, options: AutoOptions, identity: ServerIdentity): Promise<void> {
  const protocol = protocolNamed(name);
  if (protocol.features !== undefined || !candidates.some(([candidate]) => candidate === name)) return;
  // A busy server may not answer in time: then the route is not called missing.
  if ((await hasRoute(name, options, identity)) !== false) return;
  const sentence = `${placeOf(options.url)} has no route for ${name}. Is the URL the API's base, such as http://host:8000/v1?`;
  throw await withFitting(new UserError('not_found', sentence, 3), name, options);
}

/** `identify`; its error of a route that is not there names the protocols that would fit. */
export function identifyFitting(options: IdentifyOptions & { readonly protocol: string }): Promise<Identified> {
  const { url, apiKey = null, headers = {}, caFile = null, protocol } = options;
  return identify(options).catch(async (error: unknown) => {
    throw await withFitting(error, protocol, { url, apiKey, headers, caFile });
  });
}

/** An error of a route that is not there with the protocols that would fit; any other error as it is. */
export async function withFitting(error: unknown, name: string, options: AutoOptions): Promise<unknown> {
  if (!(error instanceof UserError) || error.code !== 'not_found') return error;
  const others = (await answeringProtocols(options).catch(() => [])).filter((other) => other !== name);
  if (others.length === 0) return error;
  const sentence = `${placeOf(options.url)} has no route for ${name}; it has those of ${others.join(', ')}: name one with --protocol.`;
  return new UserError('not_found', sentence, 3);
}

/** Null where nothing answered in time. */
async function hasRoute(name: string, options: AutoOptions, { name: kind }: ServerIdentity): Promise<boolean | null> {
  const protocol = protocolNamed(name);
  // Its routes name a model, and a server without that model has them all the same.
  if (name === 'triton') return kind === 'triton';
  const asker = createAsker({ ...options, protocol: name, timeoutMs: limitMs });
  try {
    const address = parseAddress(options.url, protocol.apiPath);
    const path = protocol.route({ address, model: 'none', stream: false });
    const answer = await asker.ask({ path, body: {} }).catch(() => null);
    return answer === null ? null : !isMissing(answer);
  } finally {
    asker.close();
  }
}

/** No such route, or one that the server was not started for; a 404 may also mean that no model was named. */
function isMissing({ status, text }: Answer): boolean {
  if (status === 405 || status === 501) return true;
  return status === 404 && !/model/i.test(text);
}

function placeOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.origin}${parsed.pathname}`.replace(/\/$/, '');
}
