import { describe, expect, it } from 'vitest';
import {
  type DecisionFigure,
  decisionFigureOf,
  decisionFigures,
  explainDecision,
} from '../../src/procurement/decide-explain.ts';
import { loadStudy } from '../../src/procurement/study.ts';
import { decideStudy } from '../../src/procurement/study-decide.ts';

const options = {
  assumed: [],
  offers: [],
  runs: [],
  overrides: [],
  date: '2026-11-25',
  seed: 1,
  draws: 20,
  command: '',
};
const { decision, about } = decideStudy(loadStudy('demo', '/'), options);
const explained = (figure: DecisionFigure) => explainDecision(figure, about, decision);

/** What the numbers of an explanation come to, as anybody would type them into a calculator. */
const computed = (numbers: string): number =>
  Function(`return ${numbers.replaceAll(',', '').replaceAll('·', '*').replaceAll('−', '-')}`)() as number;

describe('explanations of a decision', () => {
  it('give the numbers behind a year of every option, which come to its cost', () => {
    const all = explained('usd_per_year');
    expect(all.map(({ offer }) => offer)).toEqual(decision.options.map(({ name }) => name));
    for (const { offer, steps } of all) {
      const [step] = steps;
      const yearly = decision.options.find(({ name }) => name === offer)!.usdPerYear.annuity!;
      expect(step!.value).toBe(yearly);
      expect(computed(step!.numbers) / yearly, `${offer}: ${step!.numbers}`).toBeCloseTo(1, 4);
      expect(step!.inputs.length).toBeGreaterThan(2);
    }
  });

  it('show assumptions with the value of the option, not of another one', () => {
    const price = (name: string) =>
      explained('usd_per_year')
        .find(({ offer }) => offer === name)!
        .steps[0]!.inputs.find(({ id }) => id === 'owned.server.price_usd');
    const source = 'Red Hat ConfigIQ, complete server prices (indicative)';
    expect(price('own:h100-sxmx8')).toMatchObject({ value: 285_000, sourceText: source, date: '2026-08-01' });
    expect(price('own:b200-sxmx8')).toMatchObject({ value: 404_000, origin: expect.stringContaining('servers.yaml') });
  });

  it('give the crossing in whole purchases, and the utilisation that it needs', () => {
    const [crossing, needed] = explained('required_utilization')[0]!.steps;
    const volume = decision.breakEven.sustainedRequestsPerMonth!;
    const expression = crossing!.numbers.replace(/, N for.*/, '');
    const fits = [1, 2, 3, 4, 5].some(
      (purchases) => Math.abs(computed(expression.replace('N', String(purchases))) / volume - 1) < 1e-4,
    );
    expect(fits, crossing!.numbers).toBe(true);
    expect(computed(needed!.numbers) / decision.breakEven.requiredUtilization!).toBeCloseTo(1, 4);
  });

  it('give the servers of every option and what they cost, and the months around the payback', () => {
    const option = (name: string) => decision.options.find((row) => row.name === name)!;
    const [servers, capex] = [explained('servers'), explained('capex_usd')];
    expect(servers.map(({ offer }) => offer)).toEqual(
      decision.options.filter((row) => row.servers !== null).map(({ name }) => name),
    );
    for (const { offer, steps } of servers) expect(steps[0]!.value).toBe(option(offer).servers!.bought);
    expect(capex.length).toBeGreaterThan(1);
    for (const { offer, steps } of capex) {
      expect(steps[0]!.value! / option(offer).capexUsd!).toBeCloseTo(1, 12);
      expect(computed(steps[0]!.numbers) / option(offer).capexUsd!).toBeCloseTo(1, 4);
    }
    const [payback] = explained('payback_month')[0]!.steps;
    expect(payback).toMatchObject({
      value: decision.npv.paybackMonth,
      numbers: expect.stringContaining('after month 30'),
    });
  });

  it('give what the net present value is computed from', () => {
    const [{ steps, offer }] = explained('npv_usd') as [ReturnType<typeof explained>[0]];
    expect(offer).toBe('own:b200-sxmx8 against api:openai/gpt-5-mini');
    expect(steps[0]).toMatchObject({ value: decision.npv.usd, numbers: expect.stringContaining('capex 1,418,100') });
  });

  it('are of the figures that there are', () => {
    expect(decisionFigures.map(decisionFigureOf)).toEqual([...decisionFigures]);
    expect(() => decisionFigureOf('npv-usdd')).toThrow('did you mean "npv_usd"');
  });

  it('say that there is no crossing where there is none', () => {
    const found = decideStudy(loadStudy('compliance-event', '/'), options);
    const [crossing] = explainDecision('sustained_requests_per_month', found.about, found.decision)[0]!.steps;
    expect(crossing).toMatchObject({ value: null, numbers: expect.stringContaining('full server costs more') });
  });
});
