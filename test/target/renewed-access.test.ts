import { describe, expect, it } from 'vitest';
import { renewedAccess, type Token } from '../../src/target/renewed-access.ts';

const request = { method: 'POST', authority: 'h', path: '/', headers: {}, body: null };
const hourMs = 3_600_000;

/** Tokens `t1`, `t2` … that last an hour, on a clock that is set by hand. */
function source() {
  const state = { nowMs: 0, fetched: 0, fails: false };
  const fetchToken = async (): Promise<Token> => {
    state.fetched++;
    if (state.fails) throw new Error('no token');
    return { value: `t${state.fetched}`, expiresAtMs: state.nowMs + hourMs };
  };
  return { state, access: renewedAccess(fetchToken, () => state.nowMs) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a token that is renewed', () => {
  it('is waited for once, by all who ask for the first', async () => {
    const { state, access } = source();
    const all = await Promise.all([access.authorize(request), access.authorize(request)]);
    expect(all).toEqual([{ authorization: 'Bearer t1' }, { authorization: 'Bearer t1' }]);
    expect(access.authorize(request)).toEqual({ authorization: 'Bearer t1' });
    expect([state.fetched, access.secrets]).toEqual([1, ['t1']]);
  });
  it('is renewed in the background before it ends, and both are secret', async () => {
    const { state, access } = source();
    await access.authorize(request);
    state.nowMs = hourMs - 4 * 60_000;
    expect(access.authorize(request)).toEqual({ authorization: 'Bearer t1' });
    expect(access.authorize(request)).toEqual({ authorization: 'Bearer t1' });
    await settled();
    expect(access.authorize(request)).toEqual({ authorization: 'Bearer t2' });
    expect([state.fetched, access.secrets]).toEqual([2, ['t2', 't1']]);
  });
  it('serves while its renewal fails, which is not tried with every request', async () => {
    const { state, access } = source();
    await access.authorize(request);
    state.nowMs = hourMs - 4 * 60_000;
    state.fails = true;
    for (let k = 0; k < 3; k++) {
      expect(access.authorize(request)).toEqual({ authorization: 'Bearer t1' });
      await settled();
    }
    expect(state.fetched).toBe(2);
    state.nowMs += 11_000;
    state.fails = false;
    access.authorize(request);
    await settled();
    expect(access.authorize(request)).toEqual({ authorization: 'Bearer t3' });
  });
  it('is waited for again once it has ended, and its failure is the request’s', async () => {
    const { state, access } = source();
    await access.authorize(request);
    state.nowMs = hourMs;
    state.fails = true;
    await expect(access.authorize(request)).rejects.toThrow('no token');
    state.fails = false;
    expect(await access.authorize(request)).toEqual({ authorization: 'Bearer t3' });
  });
});
