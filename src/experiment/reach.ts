import { UserError } from '../error/user-error.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import type { SimulatorOptions } from '../simulate/options.ts';
import { spawnSimulator } from '../simulate/spawn.ts';
import { identifyFitting, refuseMissingRoute, resolveProtocol } from '../target/auto.ts';
import { discover, usualPorts } from '../target/discover.ts';
import { servesHttp2 } from '../target/http2.ts';
import { chooseModel } from '../target/identify.ts';
import { protocolNamed } from '../target/protocols.ts';
import type { Plan } from './plan.ts';
import { refuseObjectives } from './plan-objectives.ts';
import { expandHeaders, readApiKey } from './plan-secret.ts';
import { expandUrl } from './url-variable.ts';

/** A target that answered: where it is, what it is, what it can do. Key and headers live in memory only. */
export interface Reached {
  readonly url: string;
  readonly protocol: string;
  readonly model: string;
  readonly identity: ServerIdentity;
  readonly features: ServerFeatures;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly simulated: boolean;
  /** Sentences that a reader of the run must see. */
  readonly notes: readonly string[];
  /** Ends what was started for this run, such as the simulated server. */
  close(): Promise<void>;
}

export interface ReachOptions {
  readonly plan: Plan;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Start a simulated server with these options and measure that; null = a real one. */
  readonly simulator: SimulatorOptions | null;
}

interface Address {
  readonly url: string;
  readonly notes: readonly string[];
  close(): Promise<void>;
}

const nothing = async () => {};

/**
 * Finds the server of a plan and asks it who it is. Nothing but a few questions is sent.
 *
 * @throws UserError exit 2 for what the plan lacks (`no_target`, `missing_variable`, `unknown_protocol`,
 *   `model_required`), exit 3 where the server cannot be used (`unreachable`, `unauthorized`, `unknown_model` …)
 */
export async function reachTarget(options: ReachOptions): Promise<Reached> {
  const { plan, environment } = options;
  const { target } = plan;
  const apiKey = targetKey(target, environment);
  const headers = expandHeaders(target.headers, environment);
  if (target.protocol !== 'auto') protocolNamed(target.protocol);
  const address = await addressOf(options);
  try {
    const place = { url: address.url, apiKey, headers, caFile: target.caFile };
    const protocol = await resolveProtocol(target.protocol, place);
    refuseObjectives(plan.objectives, protocol, target.stream);
    const model = options.simulator === null ? target.model : (options.simulator.model ?? null);
    const found = await identifyFitting({ ...place, apiKeyEnv: target.apiKeyEnv, model, protocol });
    await refuseMissingRoute(protocol, place, found.identity);
    return {
      url: address.url,
      protocol,
      model: found.model ?? chooseModel(found.models, target.model, address.url, found.identity),
      identity: found.identity,
      features: withQuirks(found.features, target.quirks),
      apiKey,
      headers,
      simulated: found.identity.name === 'simulated',
      notes: [...address.notes, ...(await http2Notes(place))],
      close: address.close,
    };
  } catch (error) {
    await address.close();
    throw error;
  }
}

/** Where a vendor's own client would speak HTTP/2, its requests share a connection, and ours have one each. */
async function http2Notes({ url, caFile }: { url: string; caFile: string | null }): Promise<string[]> {
  if ((await servesHttp2(url, caFile)) !== true) return [];
  return [
    'The server speaks HTTP/2, too; it was measured over HTTP/1.1, a connection for each request in flight. A client that shares one connection may see other times.',
  ];
}

/** The key of a target; null where its preset can do without and the variable is not set. Throws UserError. */
export function targetKey(
  { apiKeyEnv, quirks }: Plan['target'],
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  if (quirks?.keyOptional && apiKeyEnv !== null && !environment[apiKeyEnv]?.trim()) return null;
  return readApiKey(apiKeyEnv, environment);
}

/** A vendor's documentation knows better than a probe what its API takes. */
export function withQuirks(features: ServerFeatures, quirks: Plan['target']['quirks']): ServerFeatures {
  if (quirks === undefined) return features;
  const { capField, usageInStream } = quirks;
  return {
    ...features,
    capField: capField ?? features.capField,
    // `unasked`: usage comes all the same, and the option that asks for it may be refused
    streamUsage: usageInStream === null ? features.streamUsage : usageInStream === 'asked',
  };
}

async function addressOf({ plan, environment, simulator }: ReachOptions): Promise<Address> {
  if (simulator !== null) {
    const server = await spawnSimulator(simulator);
    return { url: server.url, notes: [], close: () => server.stop() };
  }
  if (plan.target.url !== null) return { url: expandUrl(plan.target.url, environment), notes: [], close: nothing };
  const [first, ...others] = await discover();
  if (first === undefined)
    throw new UserError(
      'no_target',
      `No model server was found on this machine's usual ports (${usualPorts.join(', ')}). ` +
        'Give its address with --url, or measure the simulated server with --simulate.',
    );
  const more = others.length === 0 ? '' : `; also found: ${others.map(({ url }) => url).join(', ')}`;
  const name = first.identity.name === 'unknown' ? 'a model server' : first.identity.name;
  return { url: first.url, notes: [`No --url was given: took ${name} at ${first.url}${more}.`], close: nothing };
}
