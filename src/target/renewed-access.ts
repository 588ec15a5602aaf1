import type { Access } from './access.ts';

/** A token that lets in until an instant. */
export interface Token {
  readonly value: string;
  /** Unix milliseconds; null = it does not say. */
  readonly expiresAtMs: number | null;
}

/** So long before its end a token is renewed, while it still serves. */
const renewAheadMs = 5 * 60_000;
/** So long after a renewal failed the next is tried. */
const patienceMs = 10_000;
/** A request that waited longer since it was let in is let in again. */
export const freshMs = 4 * 60_000;

/**
 * `authorization: Bearer` with a token that is renewed in the background before it ends, so that only the first request
 * waits for one. A renewal that fails is not heard of while the old token lasts.
 *
 * @param fetchToken its error fails every request that has to wait for a token
 */
export function renewedAccess(fetchToken: () => Promise<Token>, nowMs: () => number = Date.now): Access {
  let token: Token | null = null;
  let fields: Readonly<Record<string, string>> = {};
  let secrets: readonly string[] = [];
  let renewing: Promise<void> | null = null;
  let failedAtMs = -Infinity;

  function renew(): Promise<void> {
    renewing ??= fetchToken()
      .then(
        (fresh) => {
          token = fresh;
          fields = { authorization: `Bearer ${fresh.value}` };
          // Replies to the one before may still be under way.
          secrets = [fresh.value, ...secrets.slice(0, 1)];
        },
        (error: unknown) => {
          failedAtMs = nowMs();
          throw error;
        },
      )
      .finally(() => {
        renewing = null;
      });
    return renewing;
  }

  return {
    authorize() {
      const leftMs = token === null ? 0 : (token.expiresAtMs ?? Infinity) - nowMs();
      if (leftMs <= 0) return renew().then(() => fields);
      if (leftMs < renewAheadMs && nowMs() - failedAtMs > patienceMs) renew().catch(() => {});
      return fields;
    },
    get secrets() {
      return secrets;
    },
    freshMs,
  };
}
