import { UserError } from '../error/user-error.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import type { SimulatorOptions } from '../simulate/options.ts';
import { spawnSimulator } from '../simulate/spawn.ts';
import { discover, usualPorts } from '../target/discover.ts';
import { chooseModel, identify } from '../target/identify.ts';
import { protocolNamed } from '../target/protocols.ts';
import type { Plan } from './plan.ts';
import { expandHeaders, readApiKey } from './plan-secret.ts';

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
  if (target.preset !== null)
    throw new UserError(
      'unknown_preset',
      `There is no target preset "${target.preset}": give the server's address with --url.`,
    );
  const apiKey = readApiKey(target.apiKeyEnv, environment);
  const headers = expandHeaders(target.headers, environment);
  const protocol = target.protocol === 'auto' ? 'openai-chat' : target.protocol;
  protocolNamed(protocol);
  const address = await addressOf(options);
  try {
    const found = await identify({
      url: address.url,
      apiKey,
      apiKeyEnv: target.apiKeyEnv,
      headers,
      caFile: target.caFile,
      model: options.simulator === null ? target.model : (options.simulator.model ?? null),
      protocol,
    });
    return {
      url: address.url,
      protocol,
      model: found.model ?? chooseModel(found.models, target.model, address.url, found.identity),
      identity: found.identity,
      features: found.features,
      apiKey,
      headers,
      simulated: found.identity.name === 'simulated',
      notes: address.notes,
      close: address.close,
    };
  } catch (error) {
    await address.close();
    throw error;
  }
}

async function addressOf({ plan, simulator }: ReachOptions): Promise<Address> {
  if (simulator !== null) {
    const server = await spawnSimulator(simulator);
    return { url: server.url, notes: [], close: () => server.stop() };
  }
  if (plan.target.url !== null) return { url: plan.target.url, notes: [], close: nothing };
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
