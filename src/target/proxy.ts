import { BlockList, isIP } from 'node:net';
import { UserError } from '../error/user-error.ts';
import { type Address, hostPort } from './address.ts';

export interface ForwardProxy {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** Value of `proxy-authorization`: a secret; null without credentials. */
  readonly authorization: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for an address, as curl reads it: `http_proxy` or `https_proxy` by the target's
 * scheme, then `all_proxy`, lower case before upper; `no_proxy` is a list of names (with their subdomains), addresses,
 * CIDR blocks, or `*`. A loopback address never goes through a proxy.
 *
 * Throws UserError `bad_proxy` for a proxy that is no http(s) URL.
 */
export function proxyFor(address: Address, environment: Environment): ForwardProxy | null {
  const read = (name: string): string => (environment[name] || environment[name.toUpperCase()] || '').trim();
  const text = read(address.tls ? 'https_proxy' : 'http_proxy') || read('all_proxy');
  if (text === '' || isLoopback(address.host) || excluded(address, read('no_proxy'))) return null;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UserError(
      'bad_proxy',
      'The proxy that the environment names (http_proxy, https_proxy, all_proxy) must be an http:// or https:// URL.',
    );
  const tls = url.protocol === 'https:';
  return {
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    authorization: url.username === '' && url.password === '' ? null : basic(url),
  };
}

/** Name of a proxy in sentences: never its credentials. */
export function proxyName(proxy: ForwardProxy): string {
  return hostPort(proxy.host, proxy.port);
}

function basic(url: URL): string {
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  if (/^localhost$|\.localhost$/i.test(host)) return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function excluded(address: Address, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry.toLowerCase(), address.host.toLowerCase(), address.port));
}

function matches(entry: string, host: string, port: number): boolean {
  const ported = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (ported !== null && Number(ported[2]) !== port) return false;
  const name = (ported?.[1] ?? entry).replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family !== 0) return name === host || inBlock(name, host, family === 6 ? 'ipv6' : 'ipv4');
  const domain = name.replace(/^\*?\.|\.$/g, '');
  const bare = host.replace(/\.$/, '');
  return bare === domain || bare.endsWith(`.${domain}`);
}

function inBlock(entry: string, host: string, family: 'ipv4' | 'ipv6'): boolean {
  const [base, bits] = entry.split('/');
  if (isIP(base!) !== (family === 'ipv6' ? 6 : 4)) return false;
  const block = new BlockList();
  if (bits === undefined) block.addAddress(base!, family);
  else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv6' ? 128 : 32))
    block.addSubnet(base!, Number(bits), family);
  return block.check(host, family);
}
