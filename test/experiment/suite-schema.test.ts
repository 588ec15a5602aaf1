import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSuite, parseSuite } from '../../src/experiment/suite.ts';
import { suiteJsonSchema } from '../../src/experiment/suite-schema.ts';

const root = join(import.meta.dirname, '../..');
const schemaFile = join(root, 'profiles/schemas/suite.schema.json');
const suites = readdirSync(join(root, 'benchmarks')).filter((file) => file.endsWith('.yaml'));

it('has a committed JSON Schema that equals the generated one (write it with `vitest -u`)', async () => {
  await expect(`${JSON.stringify(suiteJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(schemaFile);
});

describe('the committed JSON Schema', () => {
  let validate: ValidateFunction;
  beforeAll(() => {
    validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
  });

  it.each(suites)('accepts benchmarks/%s, which names it and is read', (file) => {
    const text = readFileSync(join(root, 'benchmarks', file), 'utf8');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../profiles/schemas/suite.schema.json');
    expect(loadSuite(file, join(root, 'benchmarks')).name).toBe(file.replace('.yaml', ''));
  });

  it('accepts the suite of the contract', () => {
    const text = `
name: chat-vllm
target: {url: "http://127.0.0.1:8000/v1", model: demo, protocol: openai-chat}
workload: chat
load: {concurrency: [1, 4, 16]}
duration: 60s
warmup: auto
objectives: ["ttft.p99 < 500ms", "tpot.p99 < 50ms"]
hardware: h100-sxm x 8
telemetry: auto
`;
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(parseSuite(text, 'chat.yaml')).toMatchObject({ name: 'chat-vllm', load: { concurrency: [1, 4, 16] } });
  });

  it.each([
    ['an unknown key', 'durations: 60s'],
    ['an unknown key inside', 'target: {urll: "http://h"}'],
    ['a duration without a unit', 'duration: 60'],
    ['a duration that is none', 'duration: soon'],
    ['an empty duration', 'duration: ""'],
    ['a concurrency of 0', 'load: {concurrency: 0}'],
    ['an empty ladder', 'load: {concurrency: []}'],
    ['a rate as text', 'load: {rate: "5"}'],
    ['an unknown protocol', 'target: {protocol: openai-caht}'],
    ['unknown arrivals', 'load: {rate: 1, arrivals: poison}'],
    ['half a request', 'requests: 1.5'],
    ['a list', '[1]'],
  ])('refuses %s, as the reader does', (_, text) => {
    expect(validate(parse(text))).toBe(false);
    expect(() => parseSuite(text, 'x.yaml')).toThrow();
  });
});
