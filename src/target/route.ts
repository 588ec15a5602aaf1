import { parseAddress } from './address.ts';
import { trust } from './authority.ts';
import type { Route } from './dial.ts';
import { proxyFor } from './proxy.ts';
import { secretForms } from './secret.ts';

/**
 * The way to a base URL: taken apart, with the proxy of the environment and what TLS trusts.
 *
 * Throws UserError `bad_url`, `bad_proxy` or `bad_ca_file`.
 */
export function routeTo(url: string, caFile: string | null): Route {
  const address = parseAddress(url);
  const proxy = proxyFor(address, process.env);
  const secure = address.tls || proxy?.tls === true;
  return { address, proxy, secureContext: secure || caFile !== null ? trust(caFile) : null };
}

/** All that must never be repeated: the key, the values of extra headers, the proxy's credentials. */
export function routeSecrets(
  route: Route,
  apiKey: string | null,
  headers: Readonly<Record<string, string>>,
): readonly string[] {
  return secretForms([apiKey, ...Object.values(headers), route.proxy?.authorization ?? null]);
}
