import { describe, expect, it } from 'vitest';
import {
  expandHeaders,
  headerProblem,
  readApiKey,
  urlProblem,
  variableProblem,
} from '../../src/experiment/plan-secret.ts';

const braces = (name: string) => `\${${name}}`;

describe('expandHeaders', () => {
  it('reads every variable, and leaves the rest as it is', () => {
    const headers = {
      Authorization: `Bearer ${braces('A')}`,
      'X-Two': `${braces('A')}-${braces('B_2')}`,
      'X-Plain': '$A {B}',
    };
    expect(expandHeaders(headers, { A: 'one', B_2: ' two\n' })).toEqual({
      Authorization: 'Bearer one',
      'X-Two': 'one-two',
      'X-Plain': '$A {B}',
    });
  });

  it('does not read a variable out of the value of another', () => {
    expect(expandHeaders({ X: braces('A') }, { A: braces('B'), B: 'no' })).toEqual({ X: braces('B') });
  });

  it('names the variable that is missing, empty, or cannot be sent', () => {
    const expand = (environment: Record<string, string>) => () =>
      expandHeaders({ 'X-Key': braces('MY_KEY') }, environment);
    expect(expand({})).toThrow(
      expect.objectContaining({
        code: 'missing_variable',
        message: expect.stringMatching(/X-Key .*MY_KEY, which is not set/),
      }),
    );
    expect(expand({ MY_KEY: ' ' })).toThrow('MY_KEY, which is empty');
    expect(expand({ MY_KEY: 'secret\r\nX: y' })).toThrow(
      expect.objectContaining({ code: 'bad_variable', message: expect.not.stringContaining('secret') }),
    );
  });
});

it('reads the key from the variable that the plan names', () => {
  expect(readApiKey(null, {})).toBeNull();
  expect(readApiKey('K', { K: 'value\n' })).toBe('value');
  expect(() => readApiKey('K', {})).toThrow('The key is read from the environment variable K, which is not set.');
});

it('lets no secret be written down as a header', () => {
  for (const name of [
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'X-API-Key',
    'api-key',
    'X-Auth-Token',
    'X-Client-Secret',
    'X-Amz-Signature',
  ]) {
    expect(headerProblem(name, 'abc'), name).toContain('secret');
    expect(headerProblem(name, braces('ABC')), name).toBeNull();
  }
  for (const name of ['X-Request-Source', 'User-Agent', 'anthropic-version', 'X-Routing']) {
    expect(headerProblem(name, 'abc'), name).toBeNull();
  }
  expect(headerProblem('X', braces('1A'))).toContain('variable name');
  expect(headerProblem('X', 'a\nb')).toContain('no header can carry');
  expect(headerProblem('', 'a')).toContain('header name');
});

it('takes URLs that hold no secret', () => {
  expect(urlProblem('http://127.0.0.1:8000/v1')).toBeNull();
  expect(urlProblem('https://h/openai/deployments/x?api-version=2024-10-21')).toBeNull();
  expect(urlProblem('https://u@h/v1')).toContain('user name');
  expect(urlProblem('https://h/v1?api_key=x')).toContain('api_key');
  for (const name of ['key', 'subscription-key', 'x-api-key', 'X-Amz-Signature', 'X-Amz-Security-Token', 'auth', 'sig'])
    expect(urlProblem(`https://h/v1?a=1&${name}=hunter22`), name).toMatch(new RegExp(`secret in its query .${name}`));
  for (const name of ['api-version', 'model', 'alt', 'deployment', 'monkey', 'max_tokens'])
    expect(urlProblem(`https://h/v1?${name}=x`), name).toBeNull();
  expect(urlProblem('nonsense')).toContain('http://nonsense ?');
  expect(urlProblem('')).toContain('must be a URL');
});

it('tells the name of a variable from a key', () => {
  for (const name of ['OPENAI_API_KEY', 'key', '_K1', 'AZURE_OPENAI_API_KEY_FOR_EASTUS2']) {
    expect(variableProblem(name), name).toBeNull();
  }
  for (const key of ['sk-abc', 'sk_live_51H8abcdEFGHijkl', '', 'two words', '4096', 'gsk_a1b2c3d4e5f6g7h8i9j0']) {
    expect(variableProblem(key), key).toContain('never the key itself');
  }
});
