import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/target/address.ts';
import { proxyFor } from '../../src/target/proxy.ts';

const host = (url: string, environment: Record<string, string>) =>
  proxyFor(parseAddress(url), environment)?.host ?? null;
const all = { http_proxy: 'http://plain:3128', https_proxy: 'secure:3129' };

describe('proxyFor', () => {
  it('goes by the scheme of the target, lower case first, then all_proxy', () => {
    expect(host('http://a.test', all)).toBe('plain');
    expect(host('https://a.test', all)).toBe('secure');
    expect(host('https://a.test', { HTTPS_PROXY: 'http://upper', https_proxy: '' })).toBe('upper');
    expect(host('https://a.test', { ...all, HTTPS_PROXY: 'http://upper' })).toBe('secure');
    expect(host('http://a.test', { ALL_PROXY: 'http://any' })).toBe('any');
    expect(host('http://a.test', {})).toBeNull();
  });
  it('never sends loopback through a proxy', () => {
    for (const url of [
      'http://localhost:8000',
      'http://api.localhost',
      'http://127.0.0.1',
      'http://127.9.9.9',
      'http://[::1]:8000',
    ])
      expect(host(url, all)).toBeNull();
  });
  it.each([
    ['a.test', 'a.test', true],
    ['sub.a.test', 'a.test', true],
    ['sub.a.test', '.a.test', true],
    ['sub.a.test', '*.a.test', true],
    ['A.TEST', 'a.test', true],
    ['ba.test', 'a.test', false],
    ['a.test.evil', 'a.test', false],
    ['a.test', 'x, a.test', true],
    ['a.test', 'x a.test', true],
    ['a.test', '*', true],
    ['a.test:8000', 'a.test:8000', true],
    ['a.test:8000', 'a.test:9000', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '2.3', false],
    ['[fd00::5]', 'fd00::/8', true],
    ['[fd00::5]', '[fd00::5]', true],
    ['[fe00::5]', 'fd00::/16', false],
    ['10.1.2.3', '10.0.0.0/99', false],
  ])('%s with no_proxy=%s: direct %s', (name, list, direct) => {
    expect(host(`http://${name}`, { ...all, NO_PROXY: list }) === null).toBe(direct);
  });
  it('refuses what is no http proxy without repeating it', () => {
    const socks = () => host('http://a.test', { http_proxy: 'socks5://user:hunter22@b' });
    expect(socks).toThrow(expect.objectContaining({ code: 'bad_proxy', exit: 2 }));
    expect(socks).not.toThrow(/hunter22/);
  });
});
