import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSuite, parseSuite } from '../../src/experiment/suite.ts';
import { findSuite, knownSuites } from '../../src/experiment/suite-find.ts';

/** Every line that the reader complains with. */
function problems(text: string): string[] {
  try {
    parseSuite(text, 's.yaml');
    return [];
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', code: 'bad_suite', exit: 2 });
    return (error as Error).message.split('\n');
  }
}

describe('a suite with mistakes', () => {
  it('is told all of them at once, in order, with line, column and the nearest right word', () => {
    const text = `name: x
target: {url: "127.0.0.1:8000", modl: demo, protocol: openai-caht}
concurrency: 4
workload: {inputTokens: "U(5", outputTokens: 3}
load:
  rate: -1
duration: 60
objectives: ["ttft.p99 < 500ms", "ttfs.p99 < 1s"]
limits: {connect: 0s, first_token: 3s}
warmup: atuo
`;
    expect(problems(text)).toEqual([
      's.yaml:2:15 target.url must be a URL that begins with http:// or https:// (http://127.0.0.1:8000 ?)',
      's.yaml:2:33 unknown key "modl" in target; did you mean "model"?',
      's.yaml:2:55 target.protocol must be the name of a protocol, not "openai-caht"; did you mean "openai-chat"?',
      's.yaml:3:1 unknown key "concurrency"; it belongs under load',
      expect.stringMatching(/^s\.yaml:4:25 workload\.inputTokens: distribution "U\(5" cannot be read/),
      's.yaml:6:9 load.rate must be a number of requests per second above 0, not -1',
      's.yaml:7:11 duration must be a duration such as 500ms, 60s, 2m or 1h30m, not 60',
      expect.stringMatching(/^s\.yaml:8:34 objectives\[1\]: .*Did you mean "ttft\.p99"/),
      's.yaml:9:19 limits.connect must be longer than nothing',
      's.yaml:9:23 unknown key "first_token" in limits; did you mean "firstToken"?',
      's.yaml:10:9 warmup must be auto, none or a duration such as 10s, not "atuo"',
    ]);
  });

  it.each([
    ['', 's.yaml:1:1 the file is empty'],
    ['# nothing\n', 's.yaml:1:1 the file is empty'],
    ['just text', 's.yaml:1:1 a suite must be keys with values'],
    ['- a\n', 's.yaml:1:1 a suite must be keys with values'],
    ['name: a\nname: b\n', 's.yaml:2:1 this key stands here twice'],
    ['load:\n\tconcurrency: 1\n', 's.yaml:2:1 a tab is used as indentation'],
    ['load: {concurrency: 1', 's.yaml:1:22 not YAML: '],
    ['name: a\n---\nname: b\n', 's.yaml:2:1 a second document begins here'],
    ['name: *x\n', 's.yaml:1:7 not YAML: there is no anchor "x"'],
    ['name: !!js/function x\n', 's.yaml:1:7 not YAML: unresolved tag'],
    ['? [name]\n: x\n', 's.yaml:1:3 a key must be a word'],
    [`name: ${'['.repeat(100_000)}`, 's.yaml:1:'],
    ['load: {concurrency: .nan}', 's.yaml:1:21 load.concurrency must be a whole number'],
    ['load: {concurrency: [1, 2.5]}', 's.yaml:1:25 load.concurrency[1] must be a whole number'],
    ['load: {concurrency: [1, 200000]}', 's.yaml:1:25 load.concurrency[1] must be a whole number'],
    ['load: {rate: .inf}', 's.yaml:1:14 load.rate must be'],
    ['load: {concurrency: 1, rate: 2}', 's.yaml:1:7 load has concurrency and rate, which exclude each other'],
    ['load: {concurrency: 1, arrivals: poisson}', 's.yaml:1:34 load.arrivals goes with rate, not with concurrency'],
    ['load:', 's.yaml:1:6 load must have concurrency, rate or trace, not nothing'],
    ['duration: 0s', 's.yaml:1:11 duration must be longer than nothing'],
    ['duration: 8d', 's.yaml:1:11 duration must not be longer than 7 days'],
    ['workload: {inputTokens: 3}', 's.yaml:1:11 workload lacks outputTokens'],
    ['workload: {dataset: a, inputTokens: 3}', 's.yaml:1:11 workload has dataset and inputTokens'],
    [
      'workload: {conversation: {turns: 2, turnInputTokens: 9}}',
      's.yaml:1:12 workload.conversation.thinkTimeMs is missing',
    ],
    ['workload: caht', 's.yaml:1:11 workload names no workload profile: "caht"; did you mean "chat"?'],
    ['workload: {profile: caht}', 's.yaml:1:21 workload.profile names no workload profile: "caht"'],
    ['telemetry: [host, dcgm=somewhere]', 's.yaml:1:19 telemetry[1] must be a URL'],
    ['duraton: 3s', 's.yaml:1:1 unknown key "duraton"; did you mean "duration"?'],
    [
      'workload: {inputTokens: 5, outputTokens: 0}',
      's.yaml:1:42 workload.outputTokens reaches 0 tokens; a reply has at least 1',
    ],
    ['workload: {inputTokens: 5, outputTokens: "U(0,9)"}', 's.yaml:1:42 workload.outputTokens reaches 0 tokens'],
    ['input-tokens: 3', 's.yaml:1:1 unknown key "input-tokens"; it belongs under workload'],
  ])('%j is refused: %s', (text, start) => {
    expect(problems(text)[0]?.slice(0, start.length)).toBe(start);
  });

  it.each([
    'target: {headers: {Authorization: "Bearer hunter22"}}',
    'target: {headers: {X-Api-Key: hunter22}}',
    'target: {headers: {X-Number: 22222222}}',
    'target: {url: "http://me:hunter22@host/v1"}',
    'target: {url: "https://host/v1?api_key=hunter22"}',
    'target: {apiKeyEnv: sk-hunter22}',
    'target: {apiKeyEnv: 22222222}',
    'telemetry: "prometheus=http://me:hunter22@host"',
    'body: {api_key: hunter22}',
    'body: {deep: [{password: hunter22}]}',
  ])('holds a secret in plain text and is refused without repeating it: %s', (text) => {
    expect(problems(text)).toHaveLength(1);
    expect(problems(text)[0]).not.toMatch(/hunter22|22222222/);
  });

  it('does not hold a key where a variable is named', () => {
    const token = `\${TOKEN}`;
    expect(problems(`target: {headers: {Authorization: "Bearer ${token}", X-Trace: on1}, apiKeyEnv: MY_KEY}`)).toEqual(
      [],
    );
  });
});

describe('a suite is found', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokbench-suite-'));
    mkdirSync(join(folder, 'benchmarks'));
    writeFileSync(join(folder, 'benchmarks', 'mine.yaml'), 'duration: 5s\n');
    writeFileSync(join(folder, 'here.yml'), 'name: other\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('by path, by name here, then by name in the package', () => {
    expect(findSuite('here.yml', folder)).toBe(join(folder, 'here.yml'));
    expect(findSuite('mine', folder)).toBe(join(folder, 'benchmarks', 'mine.yaml'));
    expect(findSuite('demo', folder)).toMatch(/benchmarks[\\/]demo\.yaml$/);
    writeFileSync(join(folder, 'benchmarks', 'demo.yaml'), 'duration: 5s\n');
    expect(findSuite('demo', folder)).toBe(join(folder, 'benchmarks', 'demo.yaml'));
    mkdirSync(join(folder, 'demo'));
    expect(findSuite('demo', folder)).toBe(join(folder, 'benchmarks', 'demo.yaml'));
  });

  it('or the nearest is named', () => {
    expect(() => findSuite('mien', folder)).toThrow('There is no suite "mien"; did you mean "mine"?');
    expect(() => findSuite('her.yml', folder)).toThrow('did you mean "here.yml"?');
    expect(() => findSuite('no/such/thing.yaml', folder)).toThrow(
      /^There is no suite "no\/such\/thing\.yaml"; there is .*demo/,
    );
    expect(() => findSuite('benchmarks', folder)).toThrow('benchmarks is a folder, not a suite');
    expect(knownSuites(folder)).toEqual(expect.arrayContaining(['demo', 'mine', 'vllm-cpu']));
  });

  it('and is called by its name, else by its file', () => {
    expect(loadSuite('mine', folder)).toMatchObject({ name: 'mine', suite: { duration: '5s' } });
    expect(loadSuite('here.yml', folder).name).toBe('other');
  });

  it('but not when it is no text or far too large', () => {
    writeFileSync(join(folder, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    expect(() => loadSuite('binary.yaml', folder)).toThrow('binary.yaml is not UTF-8 text.');
    writeFileSync(join(folder, 'big.yaml'), ' '.repeat(2 ** 20 + 1));
    expect(() => loadSuite('big.yaml', folder)).toThrow('larger than a suite can be');
  });
});
