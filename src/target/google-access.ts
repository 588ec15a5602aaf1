import { UserError } from '../error/user-error.ts';
import type { Access } from './access.ts';
import type { Address } from './address.ts';
import { renewedAccess, type Token } from './renewed-access.ts';

/**
 * Google's application default credentials: a file that GOOGLE_APPLICATION_CREDENTIALS names, those of gcloud, or the
 * machine's own. The library is loaded when the first token is wanted, not before.
 */
export function googleAccess(address: Address): Access {
  // The library would look it up, at another service, for some kinds of credentials.
  const project = /\/projects\/([^/]+)/.exec(address.api)?.[1];
  return renewedAccess(() => googleToken(project));
}

type Source = () => Promise<Token>;
let source: Promise<Source> | null = null;

/** One source a process: it keeps its token for all who ask. Throws UserError `unauthorized` (exit 3). */
async function googleToken(project: string | undefined): Promise<Token> {
  try {
    source ??= loadSource(project);
    return await (await source)();
  } catch (error) {
    source = null;
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.?$/, '.');
    throw new UserError(
      'unauthorized',
      `Google's credentials gave no token: ${why} Sign in with "gcloud auth application-default login", name a file in ` +
        'GOOGLE_APPLICATION_CREDENTIALS, or name the variable that holds an access token with --api-key-env.',
      3,
    );
  }
}

async function loadSource(project: string | undefined): Promise<Source> {
  const { GoogleAuth } = await import('google-auth-library');
  const scopes = 'https://www.googleapis.com/auth/cloud-platform';
  const auth = new GoogleAuth(project === undefined ? { scopes } : { scopes, projectId: project });
  const client = await auth.getClient();
  return async () => {
    const { token } = await client.getAccessToken();
    if (typeof token !== 'string' || token === '') throw new Error('no access token came');
    return { value: token, expiresAtMs: client.credentials.expiry_date ?? null };
  };
}
