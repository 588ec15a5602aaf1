import { isIP } from 'node:net';
import { UserError } from '../error/user-error.ts';

/** A base URL taken apart. */
export interface Address {
  readonly tls: boolean;
  /** Name or IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  /** Host header: with the port unless it is the scheme's own. */
  readonly authority: string;
  /** Path of the server's root, no slash at its end; routes such as `/version` lie below it. */
  readonly root: string;
  /** Path of the API, no slash at its end; the protocol's usual one (`/v1`) where the URL named no path. */
  readonly api: string;
  /** Query with its question mark, kept on every request; empty without one. */
  readonly query: string;
}

/** Routes that a URL copied from a document or a command line may end in; the base lies before them. */
const knownRoutes = /\/(chat\/completions|completions|responses|embeddings|api\/chat)$/;

/**
 * Takes a base URL as the vendor's own client takes it: `http://127.0.0.1:8000/v1`, with or without the slash at its end.
 * A bare origin gets `apiPath`; any other path is used as it stands.
 *
 * Throws UserError `bad_url`.
 */
export function parseAddress(text: string, apiPath = '/v1'): Address {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    const guess = /^[\w.[\]:-]+(\/|$)/.test(text) && !text.includes('://') ? ` Did you mean "http://${text}"?` : '';
    throw new UserError('bad_url', `The target's URL must begin with http:// or https://.${guess}`);
  }
  if (url.username !== '' || url.password !== '')
    throw new UserError(
      'bad_url',
      "The target's URL holds a name or password: give keys through --api-key-env or --header.",
    );
  const tls = url.protocol === 'https:';
  const path = url.pathname.replace(/\/+$/, '').replace(knownRoutes, '');
  return {
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    authority: url.host,
    root: path.replace(/\/v\d+$/, ''),
    api: path === '' ? apiPath : path,
    query: url.search,
  };
}

/** Path of a route: from the server's root with a leading slash, else below the API. A query of the route comes first. */
export function routePath(address: Address, route: string): string {
  const { query } = address;
  const more = route.includes('?') ? query.replace('?', '&') : query;
  return `${route.startsWith('/') ? address.root : `${address.api}/`}${route}${more}`;
}

/** `host:port` for sentences. */
export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
