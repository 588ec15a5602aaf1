import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { emptyFolder, run } from './program.ts';

let open: SpawnedSimulator;
let guarded: SpawnedSimulator;
let other: Server;

beforeAll(async () => {
  process.env['INPUT_TEST_KEY'] = 'sk-right-0123456789';
  open = await spawnSimulator({ model: 'llama-3-8b', maxModelTokens: 1000 });
  guarded = await spawnSimulator({ apiKeyEnv: 'INPUT_TEST_KEY' });
  other = createServer((_, response) => response.writeHead(404).end('<h1>Not here</h1>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  delete process.env['INPUT_TEST_KEY'];
  other.close();
  await Promise.all([open.stop(), guarded.stop()]);
});

const suites = {
  'typo.yaml': 'name: typo\nload:\n  concurency: 4\n',
  'value.yaml': 'load: {concurrency: 4}\nduration: soon\n',
  'broken.yaml': 'load: {concurrency: 4\nduration: 10s\n',
};

interface Case {
  readonly name: string;
  readonly args: () => readonly string[];
  readonly code: string;
  readonly exit: 2 | 3;
  /** What the sentence must hold. */
  readonly says: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const otherUrl = () => `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1`;
const nowhere = ['--url', 'http://127.0.0.1:1/v1'];
const at = (...args: string[]) => [...nowhere, ...args];

// biome-ignore format: a table
const cases: readonly Case[] = [
  { name: 'a URL that is none', args: () => ['--url', 'localhost:8000'], code: 'bad_flag', exit: 2, says: ['--url', 'http://'] },
  { name: 'a URL with a password', args: () => ['--url', 'http://me:hunter2@127.0.0.1/v1'], code: 'bad_flag', exit: 2, says: ['--api-key-env'] },
  { name: 'a port where nobody listens', args: () => nowhere, code: 'unreachable', exit: 3, says: ['127.0.0.1:1', 'ECONNREFUSED'] },
  { name: 'something that is no model server', args: () => ['--url', otherUrl()], code: 'not_found', exit: 3, says: ['does not look like a model server'] },
  { name: 'a model that is not there', args: () => ['--url', open.url, '--model', 'lama-3-8b'], code: 'unknown_model', exit: 3, says: ['"llama-3-8b"'] },
  { name: 'no key where one is wanted', args: () => ['--url', guarded.url], code: 'unauthorized', exit: 3, says: ['401', '--api-key-env'] },
  { name: 'a key that is refused', args: () => ['--url', guarded.url, '--api-key-env', 'KEY'], env: { KEY: 'sk-wrong-0123456789' }, code: 'unauthorized', exit: 3, says: ['the key in KEY'] },
  { name: 'a variable that is not set', args: () => at('--api-key-env', 'KEY'), code: 'missing_variable', exit: 2, says: ['KEY', 'not set'] },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
  { name: 'a variable of a header that is empty', args: () => at('--header', 'X-Org: ${ORG}'), env: { ORG: '' }, code: 'missing_variable', exit: 2, says: ['ORG', 'X-Org', 'empty'] },
  { name: 'a secret written out', args: () => at('--header', 'Authorization: Bearer hunter2hunter2'), code: 'bad_flag', exit: 2, says: ['environment variable'] },
  { name: 'a typo in a suite', args: () => ['typo.yaml'], code: 'bad_suite', exit: 2, says: ['typo.yaml:3:3', 'concurency', 'concurrency'] },
  { name: 'a value in a suite that cannot be', args: () => ['value.yaml'], code: 'bad_suite', exit: 2, says: ['value.yaml:2:', 'duration'] },
  { name: 'a suite that is no YAML', args: () => ['broken.yaml'], code: 'bad_suite', exit: 2, says: ['broken.yaml:2:'] },
  { name: 'a suite that is not there', args: () => ['deno'], code: 'suite_not_found', exit: 2, says: ['demo'] },
  { name: 'a distribution that cannot be', args: () => at('--input-tokens', 'U(500,100)', '--output-tokens', '10'), code: 'bad_flag', exit: 2, says: ['--input-tokens', '500', '100'] },
  { name: 'a context too small for the prompts', args: () => ['--url', open.url, '--input-tokens', 'U(100,990)', '--output-tokens', '20'], code: 'context_too_small', exit: 2, says: ['1010', '1000'] },
  { name: 'an objective that is misspelt', args: () => at('--objective', 'tfft.p99 < 500ms'), code: 'bad_flag', exit: 2, says: ['tfft', 'ttft'] },
  { name: 'a folder that cannot be written', args: () => ['--url', open.url, '--input-tokens', '50', '--output-tokens', '5', '--out', 'typo.yaml/results'], code: 'unwritable_results', exit: 2, says: ['--out'] },
  { name: 'a protocol that there is not', args: () => at('--protocol', 'openai-chatt'), code: 'bad_flag', exit: 2, says: ['--protocol', 'openai-chat'] },
  { name: 'two loads', args: () => at('--concurrency', '4', '--rate', '2'), code: 'bad_flag', exit: 2, says: ['rate', 'concurrency'] },
  { name: 'two servers', args: () => at('--simulate'), code: 'bad_flag', exit: 2, says: ['--url', '--simulate'] },
  { name: 'a cap on a closed loop', args: () => at('--concurrency', '4', '--max-in-flight', '2'), code: 'bad_flag', exit: 2, says: ['rate', 'concurrency'] },
  { name: 'fewer requests than slots', args: () => at('--concurrency', '9', '--requests', '3'), code: 'bad_plan', exit: 2, says: ['3', '9'] },
  { name: 'a number that is none', args: () => at('--concurrency', 'many'), code: 'bad_flag', exit: 2, says: ['--concurrency', 'many'] },
  { name: 'a flag that there is not', args: () => at('--concurrncy', '4'), code: 'bad_flag', exit: 2, says: ['--concurrncy', '--concurrency'] },
  { name: 'a data set that is not there', args: () => ['--url', open.url, '--dataset', 'missing.jsonl'], code: 'no_such_file', exit: 2, says: ['missing.jsonl'] },
  { name: 'a fault that the simulated server does not know', args: () => ['--simulate', '--fault', 'rset=0.1'], code: 'bad_fault', exit: 2, says: ['rset', 'reset'] },
  { name: 'a fault for a real server', args: () => at('--fault', 'reset=0.1'), code: 'bad_flag', exit: 2, says: ['--fault', '--simulate'] },
];

describe.concurrent('refuses before any load, in one clear sentence and as one document:', () => {
  it.each(cases)('$name', async ({ args, code, exit, says, env }) => {
    const cwd = emptyFolder();
    for (const [name, text] of Object.entries(suites)) writeFileSync(join(cwd, name), text);
    const ended = await run(['run', ...args(), '--json'], { cwd, ...(env === undefined ? {} : { env }) });
    const document = JSON.parse(ended.stdout) as Record<string, unknown>;
    expect(document).toEqual({ schema: 'tokbench.error/1', code, message: expect.any(String), exit });
    expect(ended.code).toBe(exit);
    expect(ended.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.stderr).toBe(`tokbench: ${String(document['message'])} [${code}]\n`);
    for (const word of says) expect(document['message']).toContain(word);
    expect(document['message']).toMatch(code === 'bad_suite' ? /^\w+\.yaml:\d+:\d+ [^\n]+$/ : /^\S.*[.?]$/);
    expect(ended.stderr).not.toMatch(/hunter2|sk-(right|wrong)/);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    const left = readdirSync(cwd).filter((name) => !(name in suites) && !name.startsWith('.'));
    expect(left).toEqual([]);
  });
});

it('names the nearest command', async () => {
  const near = await run(['reprot']);
  expect(near).toMatchObject({
    code: 2,
    stderr: 'tokbench: There is no command "reprot". Did you mean "report"? See --help. [bad_flag]\n',
  });
  const far = await run(['xylophone']);
  expect(far).toMatchObject({ code: 2, stderr: 'tokbench: There is no command "xylophone". See --help. [bad_flag]\n' });
});

it('says it on stderr alone without --json', async () => {
  const cwd = emptyFolder();
  const ended = await run(['run', ...nowhere], { cwd });
  expect(ended).toMatchObject({ code: 3, stdout: '' });
  expect(ended.stderr).toMatch(/^tokbench: No model server answers at .*\. \[unreachable\]\n$/);
  expect(existsSync(join(cwd, 'results'))).toBe(false);
});
