import { UserError } from '../error/user-error.ts';

/** A request as its signature covers it. */
export interface SignableRequest {
  readonly method: string;
  /** `host` header: with the port unless it is the scheme's own. */
  readonly authority: string;
  /** Path and query as they are sent. */
  readonly path: string;
  /** By lower-case name, all but those that say who asks. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
}

/** Lets requests in: a fixed key, a token that is renewed, or a signature over each request. */
export interface Access {
  /**
   * Header fields that let this request in. A promise delays the request until it is kept, before `sentMs`; one that is
   * broken with a UserError fails the request under that error's sentence.
   */
  authorize(request: SignableRequest): Fields | Promise<Fields>;
  /** Must never be repeated in anything kept; a new array whenever one of them changes. */
  readonly secrets: readonly string[];
  /** So long, in milliseconds, a request may wait before it is sent; one that waited longer is let in again. Default: any. */
  readonly freshMs?: number;
}

type Fields = Readonly<Record<string, string>>;

/** A key in one header, behind `prefix`. Throws UserError `bad_api_key`, which does not repeat it. */
export function keyAccess(header: string, prefix: string, apiKey: string | null): Access {
  if (apiKey === null || apiKey === '') return { authorize: () => ({}), secrets: [] };
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new UserError(
      'bad_api_key',
      'The API key holds a space, a line end or another character that no header can carry.',
    );
  const fields = { [header]: `${prefix}${apiKey}` };
  return { authorize: () => fields, secrets: [apiKey] };
}

/** `authorization: Bearer`. */
export function bearerAccess(apiKey: string | null): Access {
  return keyAccess('authorization', 'Bearer ', apiKey);
}
