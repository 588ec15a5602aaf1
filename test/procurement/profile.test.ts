import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { profileDemand } from '../../src/economics/demand.ts';
import { demandStatements, profileNames, readProfile, readProfiles, weekOf } from '../../src/procurement/profile.ts';
import { type ProfileKind, profileJsonSchema, profileSchemas } from '../../src/procurement/profile-schema.ts';
import { numberOf, resolveRegister } from '../../src/procurement/register.ts';
import { parseDistribution } from '../../src/random/distribution.ts';
import { readWorkloadProfile } from '../../src/workload/profile.ts';

const folder = join(import.meta.dirname, '../../profiles');
const kinds = Object.keys(profileSchemas) as ProfileKind[];
const files = kinds.flatMap((kind) => profileNames(kind).map((name) => [kind, name] as const));

describe.each(kinds)('profiles/%s', (kind) => {
  it('has a committed JSON Schema that equals the generated one (write it with `vitest -u`)', async () => {
    const text = `${JSON.stringify(profileJsonSchema(kind), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(folder, `schemas/${kind}.schema.json`));
  });
});

describe('the profiles that ship', () => {
  const validate = new Map(
    kinds.map((kind) => [
      kind,
      new Ajv({ allowUnionTypes: true, strictTuples: false }).compile(
        JSON.parse(readFileSync(join(folder, `schemas/${kind}.schema.json`), 'utf8')) as object,
      ),
    ]),
  );

  it.each(files)('%s/%s validates, names its schema and has a source for each fact', (kind, name) => {
    const text = readFileSync(join(folder, kind, `${name}.yaml`), 'utf8');
    const check = validate.get(kind)!;
    expect(check(parse(text)), JSON.stringify(check.errors)).toBe(true);
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=../schemas/${kind}.schema.json`);
    const { data } = readProfile(kind, name);
    expect(data.name).toBe(name);
    for (const match of text.matchAll(/source: ([\w-]+), date/g))
      expect(Object.keys(data.sources ?? {})).toContain(match[1]);
  });

  it('have the hardware that buyers ask about', () => {
    expect(profileNames('hardware')).toEqual(
      expect.arrayContaining(
        'h100-sxm h200-sxm b200-sxm gb200-nvl72 mi300x mi325x l4 l40s a100-sxm-80 trainium1 trainium2 trainium3 inferentia2 gaudi3 tpu-v6e p5.48xlarge dgx-h100'.split(
          ' ',
        ),
      ),
    );
    expect(readProfile('hardware', 'NVIDIA-H100_SXM').data.name).toBe('h100-sxm');
    expect(readProfile('hardware', 'H200').data.facts['memory']).toMatchObject({ value: 141, unit: 'GB' });
  });

  it('name accelerators that exist', () => {
    const names = new Set(readProfiles('hardware').map(({ data }) => data.name));
    for (const { data } of readProfiles('prices'))
      for (const row of data.prices) expect(names, `${data.name}: ${row.hardware}`).toContain(row.hardware);
    for (const { data } of readProfiles('hardware'))
      if (data.accelerator !== undefined) expect(names).toContain(data.accelerator);
  });

  it('have ten demands whose lengths and peaks are those of their workload', () => {
    const demands = readProfiles('demand');
    expect(demands).toHaveLength(10);
    for (const profile of demands) {
      const register = resolveRegister(demandStatements(profile));
      const workload = readWorkloadProfile(profile.data.workload);
      const near = (value: number, wanted: number, share: number) =>
        expect(Math.abs(value / wanted - 1), profile.data.name).toBeLessThan(share);
      near(numberOf(register, 'demand.input_tokens'), parseDistribution(workload.inputTokens).mean, 0.03);
      near(numberOf(register, 'demand.output_tokens'), parseDistribution(workload.outputTokens).mean, 0.06);
      expect(profile.data.objectives).toEqual(expect.arrayContaining(workload.objectives));
      if (workload.sensitivity !== null) expect(profile.data.sensitivity).toBe(workload.sensitivity);
      const week = weekOf(profile.data, 730_000);
      if (week === null) continue;
      const { averagePerHour, peakToAverage } = profileDemand(week);
      near(averagePerHour, 1000, 1e-9);
      near(peakToAverage!, numberOf(register, 'demand.peak_to_average'), 0.01);
    }
  });
});

describe('reading a profile', () => {
  it('names the nearest, and says file, line and key of what is wrong', () => {
    expect(() => readProfile('hardware', 'h100-smx')).toThrow(
      /no hardware profile "h100-smx".*Did you mean "h100-sxm"/,
    );
    const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'mine.yaml');
    const text = readFileSync(join(folder, 'prices/lambda.yaml'), 'utf8');
    writeFileSync(path, text.replace('kind: rent', 'kind: lend'));
    expect(() => readProfile('prices', path)).toThrow(/mine\.yaml:9 prices\.0\.kind: /);
    expect(() => readProfile('prices', './nowhere.yaml')).toThrow(
      /Cannot read the prices profile .*there is no such file/,
    );
  });
});
