import { describe, expect, it } from 'vitest';
import type { UserError } from '../../src/error/user-error.ts';
import { createGates } from '../../src/experiment/gates.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import { describePlan } from '../../src/experiment/plan-describe.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { describePrice, planPrice } from '../../src/experiment/plan-price.ts';
import { parseBudget, parsePrice } from '../../src/experiment/spending.ts';
import { parseSuite } from '../../src/experiment/suite.ts';
import { listedPrice } from '../../src/procurement/api-price.ts';

const atMs = Date.parse('2026-11-25T00:00:00Z');
const planOf = (flags: PlanFlags, suite: string | null = null) =>
  resolvePlan({
    suite: suite === null ? null : { name: 's', file: '/s.yaml', suite: parseSuite(suite, 's.yaml') },
    flags,
  }).plan;
const refusal = (act: () => unknown): UserError => {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', exit: 2 });
    return error as UserError;
  }
  throw new Error('was not refused');
};
const tokens = (inputTokens: number, outputTokens: number, cacheReadTokens = 0, cacheWriteTokens = 0) => {
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
};

it.each([
  ['5usd', 5],
  ['0.50 USD', 0.5],
  ['$3', 3],
  ['5', null],
  ['0usd', null],
  ['5eur', null],
  ['-1usd', null],
])('reads a budget of "%s" as %s', (text, usd) => {
  if (usd === null) expect(refusal(() => parseBudget(text)).code).toBe('bad_budget');
  else expect(parseBudget(text)).toBe(usd);
});

it.each(['input=1', 'input=1,output=x', 'input=1,input=2,output=3', 'watts=1,output=2', 'gpt-5', 'openai /x', ''])(
  'refuses a price of "%s"',
  (text) => expect(refusal(() => parsePrice(text)).code).toBe('bad_price'),
);

describe('spending in a plan', () => {
  it('is absent where nothing is said, so that plans keep their hash', () => {
    expect(planOf({})).not.toHaveProperty('spending');
    expect(planOf({}).threads).toBe('auto');
  });

  it('comes from the suite, flags override it, and one thread keeps it', () => {
    const plan = planOf(
      { budget: '2usd', 'respect-limits': true },
      'budget: 5usd\nretries: 3\nmaxTokensTotal: 100000\nprice: input=0.15,output=0.6',
    );
    expect(plan.spending).toEqual({
      budgetUsd: 2,
      maxTokens: 100_000,
      price: 'input=0.15,output=0.6',
      retries: 3,
      respectLimits: true,
    });
    expect(plan.threads).toBe(1);
    expect(planOf({ price: 'openai/gpt-5' }).threads).toBe('auto');
    expect(refusal(() => planOf({ threads: '2', retries: '1' })).code).toBe('bad_plan');
  });

  it.each([
    [{ budget: '5' }, /5usd/],
    [{ price: 'cheap' }, /PROVIDER\/MODEL/],
    [{ retries: '-1' }, /--retries must be a whole number of attempts/],
    [{ 'max-tokens-total': 'many' }, /--max-tokens-total/],
  ] as [PlanFlags, RegExp][])('says what is wrong with %o', (flags, sentence) => {
    expect(refusal(() => planOf(flags)).message).toMatch(sentence);
  });
});

describe('the price of a target', () => {
  it('is as given, cached tokens as input unless told', () => {
    const own = planPrice(planOf({ price: 'input=1,output=10' }), null, atMs)!;
    expect(own.usdOf(tokens(1_000_000, 100_000, 500_000))).toBeCloseTo(2, 12);
    const cached = planPrice(planOf({ price: 'input=1,output=10,cacheRead=0.1,cacheWrite=2' }), null, atMs)!;
    expect(cached.usdOf(tokens(1_000_000, 0, 500_000, 100_000))).toBeCloseTo(0.4 + 0.05 + 0.2, 12);
  });

  it('is that of the list, by the preset and the model, or by its name there', () => {
    const usage = tokens(1000, 100);
    const usd = listedPrice('openai', 'gpt-5').priceUsd({ ...usage, cacheWriteHourTokens: 0 }, atMs);
    expect(planPrice(planOf({ target: 'openai', model: 'gpt-5' }), 'gpt-5', atMs)!.usdOf(usage)).toBe(usd);
    const named = planPrice(planOf({ price: 'openai/gpt-5' }), 'anything', atMs)!;
    expect(named.usdOf(usage)).toBe(usd);
    expect(named.text).toMatch(/^openai\/gpt-5, @pydantic\/genai-prices [\d.]+ of 20\d\d-/);
    expect(planPrice(planOf({ target: 'openai' }), 'no-such-model', atMs)).toBeNull();
    expect(planPrice(planOf({ url: 'http://h/v1' }), 'm', atMs)).toBeNull();
  });

  it('is asked for where a budget needs it', () => {
    const outline = (flags: PlanFlags) => {
      const plan = planOf(flags);
      return describePrice(plan, describePlan(plan, null), atMs);
    };
    expect(refusal(() => outline({ url: 'http://h/v1', model: 'm', budget: '1usd' }))).toMatchObject({
      code: 'unknown_price',
      message: expect.stringContaining('--price input=0.15,output=0.6'),
    });
    expect(refusal(() => outline({ target: 'deepinfra', model: 'm', budget: '1usd' })).code).toBe('unknown_price');
    expect(refusal(() => outline({ price: 'openai/no-such-model-at-all' }))).toMatchObject({ code: 'unknown_price' });
    expect(outline({ target: 'openai', budget: '1usd' })).toMatchObject({ price: null, usd: null, budgetUsd: 1 });
    expect(outline({})).toBeNull();
    expect(outline({ target: 'openai', model: 'no-such-model' })).toMatchObject({ price: null, usd: null });
    expect(outline({ target: 'vllm', model: 'm' })).toBeNull();
    const bounded = outline({ price: 'input=1,output=10', requests: '100', duration: '60s' })!;
    expect(bounded).toMatchObject({ usd: null, usdAtMost: expect.closeTo((512 * 1e-6 + 128 * 1e-5) * 100, 9) });
  });

  it('is what check expects of the plan', () => {
    const plan = planOf({
      price: 'input=1,output=10',
      requests: '100',
      rate: '5',
      'input-tokens': '1000',
      'output-tokens': '100',
      'max-tokens-total': '50000',
    });
    expect(describePrice(plan, describePlan(plan, null), atMs)).toEqual({
      price: expect.stringContaining('as given'),
      usdPerRequest: expect.closeTo(0.002, 12),
      usd: expect.closeTo(0.2, 12),
      usdAtMost: expect.closeTo(0.2, 12),
      budgetUsd: null,
      maxTokens: 50_000,
    });
  });
});

describe('gates', () => {
  const workload = { maxInputTokens: 100, maxOutputTokens: 50 };

  it('are none where nothing is said', () => {
    const gates = createGates({ plan: planOf({ price: 'input=1,output=1' }), model: 'm' }, workload);
    expect(gates).toMatchObject({ gate: null, retries: 0, spent: false });
    expect(gates.notes()).toEqual([]);
    expect(createGates({ plan: planOf({ 'respect-limits': true }), model: 'm' }, workload).gate).not.toBeNull();
  });

  it('refuse a budget that lets no request pass, and say at the end what was spent', () => {
    const gates = (flags: PlanFlags) => createGates({ plan: planOf(flags), model: 'm' }, workload);
    expect(refusal(() => gates({ 'max-tokens-total': '149' })).code).toBe('budget_too_small');
    expect(gates({ 'max-tokens-total': '150' }).notes()).toEqual([
      'Spent 0 input and 0 output tokens of at most 150 together, broken replies counted in full.',
    ]);
    const goesOn = gates({ 'max-tokens-total': '500' });
    const tokens = { input: 300, inputCached: null, output: 60 } as never;
    goesOn.carry([{ tokens }, { tokens: { input: null, output: null } as never }]);
    expect(goesOn.notes()[0]).toContain('Spent 300 input and 60 output tokens of at most 500');
    expect(refusal(() => gates({ budget: '0.00001usd', price: 'input=1,output=1' })).code).toBe('budget_too_small');
    expect(gates({ budget: '1usd', price: 'input=1,output=1' }).notes()[0]).toMatch(/0 USD of 1 \(1 USD per million/);
  });
});
