import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDistribution } from '../../src/random/distribution.ts';
import {
  parseWorkloadProfile,
  profileSpec,
  readWorkloadProfile,
  workloadJsonSchema,
  workloadProfileNames,
} from '../../src/workload/profile.ts';

const folder = join(import.meta.dirname, '../../profiles');
const raw = (name: string) => readFileSync(join(folder, 'workloads', `${name}.yaml`), 'utf8');

describe('the profiles that ship', () => {
  it('are the use cases of the seed and the common shapes', () => {
    expect(workloadProfileNames()).toEqual(
      [
        ...['clinical-documentation', 'compliance-event', 'month-end-reconciliation', 'merchant-insight'],
        ...['invoice-processing', 'data-classification', 'internal-search', 'contract-review'],
        ...['strategic-analysis', 'meeting-summary', '1k1k', '8k1k', '1k8k', 'chat', 'rag', 'summarise', 'code'],
        ...['reasoning', 'research', 'prefill', 'decode', 'demo'],
      ].sort(),
    );
  });

  it('have a committed JSON Schema that equals the generated one (write it with `vitest -u`)', async () => {
    const text = `${JSON.stringify(workloadJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(folder, 'schemas/workload.schema.json'));
  });

  it.each(workloadProfileNames())('%s validates, names its schema and says where it is from', (name) => {
    const schema = JSON.parse(readFileSync(join(folder, 'schemas/workload.schema.json'), 'utf8')) as object;
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(parse(raw(name))), JSON.stringify(validate.errors)).toBe(true);
    expect(raw(name).split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/workload.schema.json');
    expect(validate({ ...parse(raw(name)), sensitivty: 'public' })).toBe(false);
    const profile = readWorkloadProfile(name);
    expect(profile.name).toBe(name);
    expect(profile.title).not.toBeNull();
    expect(profile.source).not.toBeNull();
    expect(profile.date).not.toBeNull();
    for (const objective of profile.objectives)
      expect(objective).toMatch(/^(ttft|tpot|e2e)\.p\d+ < [\d.]+m?s$|^errors < [\d.]+%$/);
    expect(profileSpec(profile)).toMatchObject({ kind: 'synthetic', name });
  });

  it('have the means of the table they come from, before clipping moves them', () => {
    const mean = (name: string, key: 'inputTokens' | 'outputTokens') =>
      parseDistribution(readWorkloadProfile(name)[key]).mean;
    const near = (value: number, wanted: number, share = 0.02) =>
      expect(Math.abs(value / wanted - 1)).toBeLessThan(share);
    near(mean('clinical-documentation', 'inputTokens'), 6011);
    near(mean('clinical-documentation', 'outputTokens'), 820);
    near(mean('compliance-event', 'inputTokens'), 8743);
    near(mean('invoice-processing', 'inputTokens'), 1401);
    near(mean('invoice-processing', 'outputTokens'), 235);
    near(mean('internal-search', 'outputTokens'), 288);
    near(mean('contract-review', 'outputTokens'), 1792 + 4279);
    near(mean('chat', 'inputTokens'), 4000, 0.05);
    near(mean('code', 'outputTokens'), 425, 0.05);
    near(mean('reasoning', 'inputTokens'), 1000, 0.05);
    near(mean('research', 'inputTokens'), 45_000, 0.05);
  });
});

describe('reading a profile', () => {
  const wrong = (text: string) => () => parseWorkloadProfile(text, 'mine.yaml');
  const head = 'schema: tokbench.workload/1\ninputTokens: 100\noutputTokens: 10\n';

  it('takes a file by its path and names it after the file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'mine.yaml');
    writeFileSync(path, `${head}sharedPrefix: {tokens: 20}\n`);
    expect(profileSpec(readWorkloadProfile(path))).toEqual({
      kind: 'synthetic',
      name: 'mine',
      inputTokens: 100,
      outputTokens: 10,
      sharedPrefix: { length: { tokens: 20 }, groups: 1 },
      conversation: null,
    });
  });

  it('names the nearest profile', () => {
    expect(() => readWorkloadProfile('chatt')).toThrow(/no workload profile "chatt".*Did you mean "chat"\?.*demo/s);
    expect(() => readWorkloadProfile('./nowhere.yaml')).toThrow(/Cannot read .*nowhere\.yaml: there is no such file/);
  });

  it('says file, line and key of what is wrong', () => {
    expect(wrong(`${head}sensitivty: public\n`)).toThrow(/mine\.yaml:4 .*"sensitivty".*Did you mean "sensitivity"/);
    expect(wrong(`${head}sensitivity: secret\n`)).toThrow(/^mine\.yaml:4 sensitivity: /);
    expect(wrong(head.replace('100', 'LN(9,1)'))).toThrow(/^mine\.yaml:2 inputTokens: .*p95/);
    expect(wrong(`${head}sharedPrefix:\n  tokens: 5\n  share: 0.5\n`)).toThrow(
      /^mine\.yaml:4 sharedPrefix: needs tokens or share/,
    );
    expect(wrong(`${head}conversation:\n  turns: 2\n  turn: 3\n`)).toThrow(
      /^mine\.yaml:4 conversation\.turnInputTokens: needs a length/,
    );
    expect(wrong('schema: tokbench.workload/1\noutputTokens: 10\n')).toThrow(/inputTokens/);
    expect(wrong('a: [1\n')).toThrow(/^mine\.yaml:\d+ is not YAML/);
    expect(wrong('')).toThrow(/mine\.yaml the profile:/);
  });
});
