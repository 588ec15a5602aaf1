import { UserError } from '../error/user-error.ts';
import type { Access } from './access.ts';
import { type Address, hostPort } from './address.ts';
import type { Route } from './dial.ts';
import { userAgent } from './version.ts';

export interface RequestHead {
  readonly method: string;
  /** Path and query as the server sees them. */
  readonly path: string;
  readonly accept: string;
  /** Fixed headers of the protocol. */
  readonly protocolHeaders?: Readonly<Record<string, string>>;
  /** Override those of tokbench, by any spelling of the name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** These say where a request ends; changing them breaks it. */
const framing = new Set(['content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade', 'trailer', 'te']);

/**
 * Bytes of an HTTP/1.1 request, let in by `access`; a promise where that has to be waited for. Through a proxy without a
 * tunnel the path is an absolute URL.
 *
 * Throws UserError `bad_header`, which does not repeat the value.
 */
export function requestBytes(
  route: Route,
  head: RequestHead,
  body: string | null,
  access: Access,
): Buffer | Promise<Buffer> {
  const payload = body === null ? null : Buffer.from(body, 'utf8');
  const own: Record<string, string> = {
    host: route.address.authority,
    'user-agent': userAgent,
    accept: head.accept,
    'accept-encoding': 'identity',
  };
  const headers: Record<string, string> = {
    ...own,
    ...(payload === null ? {} : { 'content-type': 'application/json' }),
    ...head.protocolHeaders,
    ...ownHeaders(head.headers),
    ...(payload === null ? {} : { 'content-length': String(payload.length) }),
  };
  const { authority } = route.address;
  const entry = access.authorize({ method: head.method, authority, path: head.path, headers, body: payload });
  const bytes = (fields: Readonly<Record<string, string>>) =>
    serialise(route, head, { ...own, ...fields, ...headers }, payload);
  return entry instanceof Promise ? entry.then(bytes) : bytes(entry);
}

function serialise(route: Route, head: RequestHead, headers: Record<string, string>, payload: Buffer | null): Buffer {
  const fields = { ...headers };
  const forwarded = route.proxy !== null && !route.address.tls;
  if (forwarded && route.proxy.authorization !== null) fields['proxy-authorization'] = route.proxy.authorization;
  const target = forwarded ? `http://${hostOf(route.address)}${head.path}` : head.path;
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = Buffer.from(`${head.method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return payload === null ? text : Buffer.concat([text, payload]);
}

function hostOf(address: Address): string {
  return hostPort(address.host, address.port);
}

function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(lower))
      throw new UserError('bad_header', `"${name}" is not the name of an HTTP header.`);
    if (framing.has(lower)) throw new UserError('bad_header', `The header "${name}" is tokbench's own to set.`);
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new UserError(
        'bad_header',
        `The value of the header "${name}" holds a character that no header can carry.`,
      );
    own[lower] = value;
  }
  return own;
}
