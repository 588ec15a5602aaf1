import type { Access } from './access.ts';
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
export function routeTo(url: string, caFile: string | null, apiPath?: string): Route {
  const address = parseAddress(url, apiPath);
  const proxy = proxyFor(address, process.env);
  const secure = address.tls || proxy?.tls === true;
  return { address, proxy, secureContext: secure || caFile !== null ? trust(caFile) : null };
}

/**
 * All that must never be repeated, in every form: what lets requests in, the values of extra headers, the proxy's
 * credentials. Made again only when `access` has new secrets.
 */
export function routeSecrets(
  route: Route,
  access: Access,
  headers: Readonly<Record<string, string>>,
): () => readonly string[] {
  let seen: readonly string[] | null = null;
  let forms: readonly string[] = [];
  return () => {
    if (seen === access.secrets) return forms;
    seen = access.secrets;
    forms = secretForms([...seen, ...Object.values(headers), route.proxy?.authorization ?? null]);
    return forms;
  };
}
