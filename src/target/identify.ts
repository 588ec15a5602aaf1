import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import { parseAddress } from './address.ts';
import { type Answers, askAll, identityOf, metricsPathOf, modelsOf, openaiListing } from './answers.ts';
import type { Answer } from './ask.ts';
import { createAsker } from './ask.ts';
import { unaskedFeatures } from './features.ts';
import { errorMessage } from './openai-frame.ts';
import type { ListedModel } from './protocol.ts';
import { protocolNamed } from './protocols.ts';

export type { ListedModel } from './protocol.ts';

export interface IdentifyOptions {
  /** Base URL as for a target. */
  readonly url: string;
  readonly apiKey?: string | null;
  /** Name of the variable that held the key, for sentences. */
  readonly apiKeyEnv?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caFile?: string | null;
  /** Null: the only model that the server lists. */
  readonly model?: string | null;
  /** How the server is asked, and for what features; default `openai-chat`. */
  readonly protocol?: string;
  /** False sends no request to a model. Default true. */
  readonly features?: boolean;
}

export interface Identified {
  readonly identity: ServerIdentity;
  readonly models: readonly ListedModel[];
  /** The model that is meant; null when several are listed, or none, and no one was named. */
  readonly model: string | null;
  readonly features: ServerFeatures;
}

/** Limits of one question: about the server, for its models (a far or busy server may take longer), and to a model. */
const limitsMs = { server: 2000, models: 10_000, model: 60_000 };

/**
 * Who answers at this URL and what it can do, by asking. Routes by which known servers are told apart are asked all at
 * once; then one or two tiny generations tell features. Fields that are not OpenAI's own (`ignore_eos` …) go only to
 * vLLM, SGLang, llama.cpp and the simulated server.
 *
 * @throws UserError with exit 3: `unreachable`, `unauthorized`, `not_ready`, `unknown_model`, `not_found`; and those of
 * `createAsker` with exit 2.
 */
export async function identify(options: IdentifyOptions): Promise<Identified> {
  const { url, apiKey = null, headers = {}, caFile = null } = options;
  const protocol = protocolNamed(options.protocol ?? 'openai-chat');
  const listing = protocol.listing === undefined ? openaiListing : protocol.listing;
  const place = { url, apiKey, headers, caFile, protocol: protocol.name, model: options.model ?? null };
  const asker = createAsker({ ...place, timeoutMs: limitsMs.server });
  const modelsAsker = createAsker({ ...place, timeoutMs: limitsMs.models });
  let answers: Answers;
  try {
    answers = await askAll(asker, modelsAsker, listing);
  } finally {
    asker.close();
    modelsAsker.close();
  }
  refuseFailure(answers, options);
  const identity = identityOf(answers);
  const listed = listing === null ? null : modelsOf(answers, listing);
  // A known server without a list where the base path says it is was given another path.
  if (listed === null && !options.model && (identity.name === 'unknown' || isMissing(answers)))
    refuseUnlisted(answers, url, identity);
  const models = listed ?? [];
  const wanted = options.model ?? null;
  const taken = wanted !== null && listing?.partial === true ? wanted : null;
  const unsaid = wanted === null && models.length !== 1;
  const model = taken ?? (unsaid ? null : chooseModel(models, wanted, url, identity));
  const named = models.find(({ id }) => id === model) ?? (taken === null ? models[0] : undefined);
  const contextTokens = named?.contextTokens ?? null;
  const known = { ...unaskedFeatures, metrics: metricsPathOf(answers), contextTokens };
  if (model === null || options.features === false || protocol.features === undefined)
    return { identity, models, model, features: known };

  const modelAsker = createAsker({ ...place, model, timeoutMs: limitsMs.model });
  try {
    const address = parseAddress(url, protocol.apiPath);
    const refused = (answer: Answer) => refuseStatus(answer, options, model);
    const features = await protocol.features(modelAsker, { address, identity, model, known, refused });
    return { identity, models, model, features };
  } finally {
    modelAsker.close();
  }
}

/**
 * The model to ask: the one named, or the only one listed.
 *
 * @throws UserError `model_required` (exit 2) when several are listed or none, `unknown_model` (exit 3) when the one named
 * is not among them. llama.cpp with one model answers to any name, so any is taken there.
 */
export function chooseModel(
  models: readonly ListedModel[],
  wanted: string | null,
  url: string,
  identity: ServerIdentity,
): string {
  const ids = models.map(({ id }) => id);
  if (wanted === null) {
    if (ids.length === 1) return ids[0]!;
    const which = ids.length === 0 ? 'lists no model' : `lists ${ids.length} models: ${some(ids)}`;
    throw new UserError('model_required', `${place(url)} ${which}. Name the one to measure with --model.`, 2);
  }
  if (ids.length === 0 || ids.includes(wanted) || (identity.name === 'llamacpp' && ids.length === 1)) return wanted;
  // Ollama lists `name:latest` and answers to `name`.
  if (identity.name === 'ollama' && ids.includes(`${wanted}:latest`)) return wanted;
  throw new UserError(
    'unknown_model',
    `${place(url)} has no model "${wanted}". Did you mean "${closest(wanted, ids)}"? It lists ${some(ids)}.`,
    3,
  );
}

const silent = new Set(['connect_timeout', 'conn_reset', 'tls_failed', 'total_timeout']);
const unreachable = new Set(['dns_failed', 'connect_failed', 'connect_timeout', 'total_timeout', 'conn_reset']);

function refuseFailure(answers: Answers, options: IdentifyOptions): void {
  const { models, ...others } = answers;
  if (models === null) return;
  if (models instanceof UserError) {
    if (Object.values(others).some((answer) => answer !== null)) return; // it lives, it only lists no models
    if (!unreachable.has(models.code)) throw models;
    // A server that does not speak TLS waits for more of what it takes for a request.
    const plain =
      /^https:/i.test(options.url) && silent.has(models.code) ? ' If the server has no TLS, write http://.' : '';
    throw new UserError(
      'unreachable',
      `No model server answers at ${place(options.url)}: ${models.message}${plain}`,
      3,
    );
  }
  if (models.status === 401 || models.status === 403 || models.status === 503) refuseStatus(models, options, null);
}

/** Turns statuses that every later request would meet too into sentences. */
function refuseStatus(answer: Answer, options: IdentifyOptions, model: string | null): void {
  const { status } = answer;
  const where = place(options.url);
  if (isUnpaid(answer))
    throw new UserError(
      'no_quota',
      `${where} answers nothing until its account has quota or credit again (${status})${said(answer)}.`,
      3,
    );
  if (status === 401 || status === 403) {
    const who = credentialsOf(options);
    const advice =
      who === null
        ? `It wants a key: put it in an environment variable and name that with --api-key-env${said(answer)}.`
        : `It refused ${who}${said(answer)}.`;
    throw new UserError('unauthorized', `${where} answered ${status}. ${advice}`, 3);
  }
  if (status === 503 && model === null)
    throw new UserError(
      'not_ready',
      `${where} is not ready yet (503)${said(answer)}. Try again when it has loaded.`,
      3,
    );
  if (status !== 404 || model === null) return;
  if (/model|deployment/i.test(said(answer)))
    throw new UserError('unknown_model', `${where} has no model "${model}"${said(answer)}.`, 3);
  throw new UserError(
    'not_found',
    `${where} answers, but has no route for generation there (404). Is the URL the API's base, such as http://host:8000/v1?`,
    3,
  );
}

/** What was shown to be let in, in words; null when nothing was. */
function credentialsOf({ apiKey, apiKeyEnv, headers = {}, protocol }: IdentifyOptions): string | null {
  if (apiKey) return apiKeyEnv ? `the key in ${apiKeyEnv}` : 'the key';
  const header = Object.keys(headers).find((name) => /authorization|key|token/i.test(name));
  if (header !== undefined) return `what the header ${header} holds`;
  return protocolNamed(protocol ?? 'openai-chat').credentials ?? null;
}

/** An account without quota or credit, as OpenAI (429), Anthropic (400) and those say it that have a status for it (402). */
function isUnpaid(answer: Answer): boolean {
  if (answer.status === 402) return true;
  const error = (answer.json as { error?: { code?: unknown; type?: unknown } } | null | undefined)?.error;
  if (error?.code === 'insufficient_quota' || error?.type === 'insufficient_quota') return true;
  return answer.status >= 400 && /credit balance is too low/i.test(said(answer));
}

function isMissing({ models }: Answers): boolean {
  return models !== null && !(models instanceof UserError) && models.status === 404;
}

/** Something answers, but lists no models where the base path says; `name` = who bears the mark of a known server. */
function refuseUnlisted({ models }: Answers, url: string, { name }: ServerIdentity): never {
  const status =
    models === null
      ? 'it has no list of models'
      : models instanceof UserError
        ? models.message
        : `its list of models answered ${models.status}`;
  const what = name === 'unknown' ? 'does not look like a model server' : 'is no API base of the server there';
  throw new UserError(
    'not_found',
    `${place(url)} ${what} (${status}). Is the URL the API's base, such as http://host:8000/v1? If so, name the model with --model.`,
    3,
  );
}

function said(answer: Answer): string {
  const message = errorMessage((answer.json as { error?: unknown } | null | undefined)?.error);
  return message === null || message === '' ? '' : `: ${message.slice(0, 300).replace(/\.$/, '')}`;
}

/** The URL without its query, which may hold a key. */
function place(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.origin}${parsed.pathname}`.replace(/\/$/, '');
}

function some(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map((id) => `"${id}"`);
  return shown.join(', ') + (ids.length > 10 ? ` and ${ids.length - 10} more` : '');
}
