import { UserError } from '../error/user-error.ts';
import type { Access, SignableRequest } from './access.ts';
import type { Address } from './address.ts';
import { freshMs } from './renewed-access.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
type Provider = () => Promise<Credentials>;
type Signer = (request: SignableRequest) => Promise<Readonly<Record<string, string>>>;

/** Hosts name the region that is signed for, behind an interface of a network too: `vpce-1.bedrock-runtime.eu-west-1.vpce…`. */
const regionInName = /\.([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?(?:amazonaws\.|api\.aws)/;

let shared: Provider | null = null;

/**
 * AWS Signature Version 4 with the ordinary chain of credentials: variables, profile, SSO, web identity, container,
 * instance. The packages are loaded when the first request is signed; credentials are kept and renewed by the chain.
 */
export function awsAccess(address: Address, service: string): Access {
  let signer: Promise<Signer> | null = null;
  let credentials: Credentials | null = null;
  let secrets: readonly string[] = [];
  const provider: Provider = async () => {
    const found = await (await sharedProvider())();
    if (found !== credentials) {
      credentials = found;
      secrets = [found.secretAccessKey, found.sessionToken ?? '', found.accessKeyId].filter((secret) => secret !== '');
    }
    return found;
  };
  return {
    async authorize(request) {
      try {
        signer ??= loadSigner(address, service, provider);
        return await (await signer)(request);
      } catch (error) {
        signer = null;
        throw unsigned(error);
      }
    },
    get secrets() {
      return secrets;
    },
    freshMs,
  };
}

async function sharedProvider(): Promise<Provider> {
  if (shared === null) {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    shared ??= defaultProvider();
  }
  return shared;
}

async function loadSigner(address: Address, service: string, credentials: Provider): Promise<Signer> {
  const [{ SignatureV4 }, { Sha256 }, config] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
    import('@smithy/core/config'),
  ]);
  const region =
    regionInName.exec(address.host)?.[1] ??
    (await config.loadConfig(config.NODE_REGION_CONFIG_OPTIONS, config.NODE_REGION_CONFIG_FILE_OPTIONS)());
  const signature = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  return async ({ method, authority, path, headers, body }) => {
    const url = new URL(path, 'http://signed');
    const { headers: signed } = await signature.sign({
      method,
      protocol: address.tls ? 'https:' : 'http:',
      hostname: address.host,
      port: address.port,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      // What a proxy on the way may change is left unsigned.
      headers: { host: authority, ...('content-type' in headers ? { 'content-type': headers['content-type']! } : {}) },
      ...(body === null ? {} : { body }),
    });
    const { host, 'content-type': type, ...own } = signed;
    return own;
  };
}

function unsigned(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.?$/, '.');
  if (/region/i.test(why))
    return new UserError('no_region', `AWS wants a region for the signature: ${why} Set AWS_REGION.`, 3);
  return new UserError(
    'unauthorized',
    `AWS's credentials could not be had: ${why} Give them as AWS's own tools take them (AWS_PROFILE, AWS_ACCESS_KEY_ID, ` +
      'SSO, a role of the machine), or a key in AWS_BEARER_TOKEN_BEDROCK.',
    3,
  );
}
