import { UserError } from '../error/user-error.ts';
import type { ServerIdentity, ServerKind } from '../record/server.ts';
import type { Answer, Asker } from './asker.ts';
import type { ListedModel, ModelListing } from './protocol.ts';

export type { ListedModel } from './protocol.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What a server says of itself; null where it did not answer. */
export interface Answers {
  /** Null = not asked, for the protocol lists none. */
  readonly models: Answer | UserError | null;
  readonly version: Answer | null;
  readonly props: Answer | null;
  readonly info: Answer | null;
  readonly serverInfo: Answer | null;
  readonly ollama: Answer | null;
  readonly triton: Answer | null;
  readonly metrics: Answer | null;
}

/** Asks every route by which a known server can be told, all at once; `listing` null = no list. Never rejects. */
export async function askAll(
  asker: Asker,
  modelsAsker: Asker = asker,
  listing: ModelListing | null = openaiListing,
): Promise<Answers> {
  const get = (path: string) =>
    asker.ask({ path }).then(
      (answer) => (answer.status === 200 ? answer : null),
      () => null,
    );
  const models =
    listing === null
      ? null
      : modelsAsker.ask({ path: listing.path, body: listing.body }).then(
          (answer) => (listing.mayBeShut === true && answer.status !== 200 ? null : answer),
          (error: unknown) => {
            if (error instanceof UserError) return error;
            throw error;
          },
        );
  // SGLang's route was renamed; the older name still answers on servers in the field.
  const serverInfo = get('/server_info').then((answer) => answer ?? get('/get_server_info'));
  const [version, props, info, ollama, triton, metrics] = await Promise.all(
    ['/version', '/props', '/info', '/api/version', '/v2', '/metrics'].map(get),
  );
  return {
    models: await models,
    version: version ?? null,
    props: props ?? null,
    info: info ?? null,
    serverInfo: await serverInfo,
    ollama: ollama ?? null,
    triton: triton ?? null,
    metrics: metrics ?? null,
  };
}

const object = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;

/** Who answers. A server's own mark comes before what many servers say alike, such as `/version`. */
export function identityOf(answers: Answers): ServerIdentity {
  const { models, version, props, info, serverInfo, ollama, triton, metrics } = answers;
  const seen = [models, version, props, info, serverInfo, ollama, triton, metrics];
  const servers = seen.map((answer) => (answer instanceof UserError ? '' : String(answer?.headers['server'] ?? '')));
  const owner = ownerOf(models);
  const versionJson = object(version?.json);
  const versionText = text(versionJson?.['version']);
  const served = (start: string) => servers.some((server) => server.startsWith(start));
  const is = (name: ServerKind, of: string | null): ServerIdentity => ({ name, version: of });

  if (versionJson?.['simulator'] === 'tokbench' || served('tokbench-simulator')) return is('simulated', versionText);
  const propsJson = object(props?.json);
  if (served('llama.cpp') || propsJson?.['build_info'] !== undefined || owner === 'llamacpp')
    return is('llamacpp', text(propsJson?.['build_info']));
  if (owner === 'sglang') return is('sglang', text(object(serverInfo?.json)?.['version']));
  if (owner === 'vllm') return is('vllm', versionText);
  if (owner === 'tensorrt_llm') return is('tensorrt-llm', versionText);
  const tritonJson = object(triton?.json);
  if (tritonJson?.['name'] === 'triton') return is('triton', text(tritonJson['version']));
  const infoJson = object(info?.json);
  if (infoJson?.['model_id'] !== undefined && infoJson['max_total_tokens'] !== undefined)
    return is('tgi', text(infoJson['version']));
  const ollamaVersion = text(object(ollama?.json)?.['version']);
  if (ollamaVersion !== null) return is('ollama', ollamaVersion);
  if (object(serverInfo?.json)?.['max_total_num_tokens'] !== undefined)
    return is('sglang', text(object(serverInfo?.json)?.['version']));
  if (metrics?.text.includes('\nvllm:')) return is('vllm', versionText);
  return is('unknown', null);
}

/** OpenAI's list and its kin: `{data: […]}`, or the bare array of some gateways. */
export const openaiListing: ModelListing = {
  path: 'models',
  read(json) {
    const entries = entriesOf(json);
    return entries === null ? null : entries.flatMap(listed);
  },
};

/** The models that the server lists, or null when the answer is none that is known. */
export function modelsOf(answers: Answers, listing: ModelListing = openaiListing): ListedModel[] | null {
  const { models } = answers;
  if (models === null || models instanceof UserError || models.status !== 200) return null;
  const list = listing.read(models.json);
  const props = object(object(answers.props?.json)?.['default_generation_settings']);
  const info = object(answers.info?.json);
  // Of the server as a whole: llama.cpp's context of one slot stands before what its model was trained for.
  const slot = count(props?.['n_ctx']);
  const whole = count(info?.['max_total_tokens']); // TGI
  return list?.map(({ id, contextTokens }) => ({ id, contextTokens: slot ?? contextTokens ?? whole })) ?? null;
}

function listed(entry: Json): ListedModel[] {
  const id = text(entry['id']);
  if (id === null) return [];
  const contextTokens =
    count(entry['max_model_len']) ?? // vLLM, SGLang
    count(object(entry['meta'])?.['n_ctx_train']) ?? // llama.cpp
    count(entry['context_length']) ?? // OpenRouter, Together
    count(entry['context_window']); // Groq
  return [{ id, contextTokens }];
}

/** The path of a Prometheus exposition; null when there is none. */
export function metricsPathOf(answers: Answers): string | null {
  return /^(?:# (?:HELP|TYPE) |[a-zA-Z_:][\w:]*(?:\{| ))/m.test(answers.metrics?.text ?? '') &&
    answers.metrics?.json === undefined
    ? '/metrics'
    : null;
}

function entriesOf(json: unknown): Json[] | null {
  const list = Array.isArray(json) ? json : object(json)?.['data'];
  return Array.isArray(list) ? list.map(object).filter((entry) => entry !== null) : null;
}

function ownerOf(models: Answers['models']): string | null {
  if (models === null || models instanceof UserError || models.status !== 200) return null;
  return text(entriesOf(models.json)?.[0]?.['owned_by']);
}
