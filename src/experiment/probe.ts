import { UserError } from '../error/user-error.ts';
import type { ServerFeatures, ServerIdentity } from '../record/server.ts';
import { createAsker } from '../target/ask.ts';
import { identifyFitting, resolveProtocol } from '../target/auto.ts';
import { discover } from '../target/discover.ts';
import { servesHttp2 } from '../target/http2.ts';
import type { ListedModel } from '../target/identify.ts';
import { type FrontDoor, measureFrontDoor } from './frontdoor.ts';
import type { Plan } from './plan.ts';
import { expandHeaders } from './plan-secret.ts';
import { targetKey, withQuirks } from './reach.ts';
import { type Trials, tryModel } from './trials.ts';
import { expandUrl } from './url-variable.ts';

/** What answers at a URL. */
export interface Probe {
  readonly schema: 'tokbench.probe/1';
  readonly url: string;
  readonly simulated: boolean;
  readonly server: ServerIdentity;
  readonly models: readonly ListedModel[];
  /** The model that features were asked of; null when several are listed and none was named. */
  readonly model: string | null;
  readonly protocol: string;
  /** It would speak HTTP/2, too; what is measured goes over HTTP/1.1. Null without TLS. */
  readonly http2: boolean | null;
  readonly features: ServerFeatures;
  /** What small generations showed; null when they were not wanted, or no model was named. */
  readonly trials: Trials | null;
  /** Null when it was not wanted, or no route costs nothing; `reasons` then says so. */
  readonly frontDoor: FrontDoor | null;
  readonly reasons: readonly string[];
}

export interface ProbeOptions {
  readonly plan: Plan;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Length of the front door's measurement; 0 leaves it out. */
  readonly frontDoorSeconds: number;
  /** Send some small generations beyond what the features need; default false. */
  readonly trials?: boolean;
}

/** Routes that cost a model nothing, the cheapest first. */
const cheapRoutes = ['/health', '/ping', '/api/version', '/version', '/v2/health/ready'];

/** Asks a server who it is and what it can do, and how fast its front door is. Throws the UserErrors of `identify`. */
export async function probe({ plan, environment, frontDoorSeconds, trials = false }: ProbeOptions): Promise<Probe> {
  const { target } = plan;
  const apiKey = targetKey(target, environment);
  const headers = expandHeaders(target.headers, environment);
  const url = target.url === null ? (await discover())[0]?.url : expandUrl(target.url, environment);
  if (url === undefined)
    throw new UserError(
      'no_target',
      "No model server was found on this machine's usual ports. Give its address with --url.",
    );
  const { apiKeyEnv, caFile, model } = target;
  const place = { url, apiKey, headers, caFile };
  const protocol = await resolveProtocol(target.protocol, place);
  const found = await identifyFitting({ ...place, apiKeyEnv, model, protocol });
  const reasons: string[] = [];
  if (found.model === null) reasons.push('Features were not asked: name one of the models with --model.');
  const features = withQuirks(found.features, target.quirks);
  const tried =
    trials && found.model !== null
      ? await tryModel({
          ...{ ...place, protocol, model: found.model, features },
          ...{ body: target.body, forceLength: false },
        })
      : null;
  reasons.push(...(tried?.reasons ?? []));
  const path = frontDoorSeconds > 0 ? await cheapRoute(url, caFile) : null;
  if (frontDoorSeconds > 0 && path === null)
    reasons.push(`The front door was not measured: none of ${cheapRoutes.join(', ')} answers without a key.`);
  return {
    schema: 'tokbench.probe/1',
    url,
    simulated: found.identity.name === 'simulated',
    server: found.identity,
    models: found.models,
    model: found.model,
    protocol,
    http2: await servesHttp2(url, caFile),
    features,
    trials: tried,
    frontDoor: path === null ? null : await measureFrontDoor(new URL(url).origin, path, frontDoorSeconds),
    reasons,
  };
}

/** The first route that answers 200 without a key, since autocannon, which does not verify TLS, must not carry one. */
async function cheapRoute(url: string, caFile: string | null): Promise<string | null> {
  const asker = createAsker({ url: new URL(url).origin, caFile, timeoutMs: 2_000 });
  try {
    for (const path of cheapRoutes) {
      const answer = await asker.ask({ path }).catch(() => null);
      if (answer?.status === 200) return path;
    }
    return null;
  } finally {
    asker.close();
  }
}
