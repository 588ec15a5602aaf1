import { describe, expect, it } from 'vitest';
import { profileNames, readProfile } from '../../src/procurement/profile.ts';
import { parseStudy } from '../../src/procurement/study.ts';
import { decideStudy } from '../../src/procurement/study-decide.ts';
import { assumedCapacity, starterStudy } from '../../src/procurement/study-starter.ts';

const place = { date: '2026-11-25', file: 'mine.yaml', schema: null };
const options = {
  ...{ assumed: [], offers: [], runs: [], overrides: [], date: '2026-11-25', seed: 1, draws: 100, command: '' },
};

describe('a starter', () => {
  it.each(profileNames('demand'))('for %s is a study that decides as it is', (name) => {
    const { data } = readProfile('demand', name);
    const text = starterStudy(data, { ...place, reference: name });
    const { decision } = decideStudy(parseStudy(text, 'mine.yaml'), options);
    expect(decision.options.filter(({ usdPerYear }) => usdPerYear.annuity !== null).length).toBeGreaterThanOrEqual(3);
    expect(decision.verdict.sentence.length).toBeGreaterThan(40);
    const closed = !data.apiAllowed;
    expect(decision.options.some(({ kind, state }) => kind === 'api' && state === 'infeasible')).toBe(closed);
    expect(text).toMatch(/Every figure is an assumption to be edited/);
    expect(text.split('\n').every((line) => line.length <= 200)).toBe(true);
  });

  it('assumes a capacity from the tokens of a request, the cached ones aside', () => {
    const { data } = readProfile('demand', 'internal-search');
    expect(assumedCapacity(data)).toBe(2);
    const shorter = { ...data, assumptions: { ...data.assumptions, 'demand.output_tokens': 10 } };
    expect(assumedCapacity(shorter)).toBe(3.1);
  });

  it('quotes a title that YAML would read otherwise', () => {
    const { data } = readProfile('demand', 'internal-search');
    const text = starterStudy({ ...data, title: 'A: "b" # c' }, { ...place, reference: 'internal-search' });
    expect(parseStudy(text, 'mine.yaml').study.title).toBe('A: "b" # c');
  });
});
