import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UserError } from '../../src/error/user-error.ts';
import { loadStudy, parseStudy, studyNames } from '../../src/procurement/study.ts';
import { studyJsonSchema } from '../../src/procurement/study-schema.ts';

const folder = resolve(import.meta.dirname, '../../profiles');
const raw = (name: string) => readFileSync(join(folder, `studies/${name}.yaml`), 'utf8');

function refusal(text: string): { code: string; lines: string[] } {
  try {
    parseStudy(text, 's.yaml');
  } catch (error) {
    if (error instanceof UserError) return { code: error.code, lines: error.message.split('\n') };
    throw error;
  }
  throw new Error('was accepted');
}
const head = 'schema: tokbench.study/1\noffers: [own:h100-sxm]\n';

describe('studies that ship', () => {
  it('are the ten use cases and the demo', () => {
    expect(studyNames('/')).toEqual([
      ...['clinical-documentation', 'compliance-event', 'contract-review', 'data-classification', 'demo'],
      ...['internal-search', 'invoice-processing', 'meeting-summary', 'merchant-insight'],
      ...['month-end-reconciliation', 'strategic-analysis'],
    ]);
  });

  it('have a committed JSON Schema that equals the generated one (write it with `vitest -u`)', async () => {
    const text = `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(folder, 'schemas/study.schema.json'));
  });

  it.each(studyNames('/'))('%s validates against it, names it, and says that its figures are assumptions', (name) => {
    const schema = JSON.parse(readFileSync(join(folder, 'schemas/study.schema.json'), 'utf8')) as object;
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(parse(raw(name))), JSON.stringify(validate.errors)).toBe(true);
    expect(raw(name).split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/study.schema.json');
    expect(validate({ ...(parse(raw(name)) as object), offrs: [] })).toBe(false);
    expect(raw(name)).toMatch(/assumption/);
    expect(loadStudy(name, '/').name).toBe(name);
  });
});

describe('a study that is wrong', () => {
  it('is refused with every problem, its place and the right word', () => {
    const { code, lines } = refusal(
      [
        'schema: tokbench.study/1',
        'offers: []',
        'strategie: {core: true}',
        'strategy: {core: yes please, modelControl: 4}',
        'privacy: {sensitiveShare: 1.5}',
        'quality: {flor: 0.9}',
      ].join('\n'),
    );
    expect(code).toBe('bad_study');
    expect(lines).toEqual([
      's.yaml:2:9 offers must hold at least one offer, not an empty list',
      's.yaml:3:1 unknown key "strategie"; did you mean "strategy"?',
      's.yaml:4:18 strategy.core must be true or false: whether the work is core to the strategy, not "yes please"',
      's.yaml:4:44 strategy.modelControl must be 0, 1, 2 or 3, not 4',
      's.yaml:5:27 privacy.sensitiveShare must be the part of the volume that must not leave the house, a share from 0 to 1, not 1.5',
      's.yaml:6:11 unknown key "flor" in quality; did you mean "floor"?',
    ]);
  });

  it.each([
    ['', 'the file is empty; a study must be keys'],
    ['[1, 2]', 'a study must be keys with values'],
    ['schema: tokbench.suite/1\noffers: [own]', 'schema must be tokbench.study/1, not "tokbench.suite/1"'],
    [`${head}---\na: 1`, 'a study is one document'],
    [`${head}offers: [rent]`, 'this key stands here twice'],
  ])('%j is %s', (text, sentence) => {
    expect(refusal(text).lines.join('\n')).toContain(sentence);
  });

  it('names the assumption that does not exist, with its line and the nearest', () => {
    const wrong = refusal(`${head}assumptions:\n  finance.wacc: 0.08\n  site.usd_per_kw: 0.1\n`);
    expect(wrong).toEqual({
      code: 'unknown_assumption',
      lines: [expect.stringMatching(/^s\.yaml:5.*"site\.usd_per_kw"; did you mean "site\.usd_per_kwh"\?/)],
    });
  });

  it('is refused where an offer says nonsense', () => {
    const wrong = refusal(
      'schema: tokbench.study/1\noffers:\n  - offer: own:h100-sxm\n    assumptions: {capacity.headrom: 0.1}\n',
    );
    expect(wrong.lines[0]).toMatch(/^s\.yaml:4.*did you mean "capacity\.headroom"/);
  });

  it('is refused where its classes do not add up or contradict the share that is sensitive', () => {
    const classes = 'classes:\n  - {name: a, share: 0.5, sensitive: true}\n  - {name: b, share: 0.4}\n';
    expect(refusal(head + classes).lines[0]).toBe('s.yaml:4:3 the shares of the classes add up to 0.9, not to 1');
    const whole = classes.replace('0.4', '0.5');
    expect(refusal(`${head}${whole}privacy: {sensitiveShare: 0.2}\n`).lines[0]).toContain(
      'the sensitive classes are 0.5 of the volume',
    );
    expect(refusal(head + whole.replace('name: b', 'name: a')).lines[0]).toContain('there are two classes "a"');
  });

  it('is looked for by name and path, and its nearest name is offered', () => {
    expect(() => loadStudy('clinical-documentatoin', '/')).toThrow('did you mean "clinical-documentation"?');
    expect(() => loadStudy('nowhere/x.yaml', '/')).toThrow(/There is no study "nowhere\/x\.yaml"/);
  });
});

describe('a study that is right', () => {
  it('keeps its statements with their lines, those of an offer apart', () => {
    const text = `schema: tokbench.study/1
offers:
  - own:h100-sxm
  - offer: own:b200-sxm
    name: next
    assumptions:
      capacity.headroom: 0.3
assumptions:
  finance.wacc: {value: 0.1, low: 0.08, high: 0.12, source: treasury, date: 2026-10-01, owner: CFO}
`;
    const { statements, offerStatements, name, sha256 } = parseStudy(text, 'fy27.yaml');
    expect(name).toBe('fy27');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(statements).toEqual([
      expect.objectContaining({
        id: 'finance.wacc',
        value: 0.1,
        low: 0.08,
        owner: 'CFO',
        layer: 'study',
        origin: 'fy27.yaml:9',
      }),
    ]);
    expect(offerStatements).toEqual([
      [],
      [expect.objectContaining({ id: 'capacity.headroom', origin: 'fy27.yaml:7' })],
    ]);
  });
});
