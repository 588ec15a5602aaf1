import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { offersOf } from '../../src/procurement/offer.ts';
import { entryIn, numberOf } from '../../src/procurement/register.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';

const date = '2026-11-25';
const offers = (...texts: string[]) => offersOf(texts, { statements: [], overrides: [], date });
const file = (text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'quote.yaml');
  writeFileSync(path, text);
  return path;
};

describe('offers from profiles', () => {
  it('own: the most trusted price of the configuration, its installation and all-in power', () => {
    const [own] = offers('own:h100-sxm');
    expect(own).toMatchObject({ name: 'own:h100-sxm', kind: 'own', hardware: 'h100-sxm' });
    // 320,000 and 833,806 of the catalogue are of low confidence.
    expect(entryIn(own!.register, 'owned.server.price_usd')).toMatchObject({
      value: 285_000,
      date: '2026-08-01',
      source: 'profile',
    });
    expect(numberOf(own!.register, 'owned.server.install_usd')).toBe(22_300);
    expect(numberOf(own!.register, 'owned.server.power_kw')).toBeCloseTo(10.96, 12);
    expect(entryIn(own!.register, 'owned.power_basis')!.value).toBe('all-in-it');
    expect(entryIn(own!.register, 'owned.server.price_usd')!.origin).toMatch(
      /^tokbench\/profiles\/prices\/servers\.yaml:\d+$/,
    );
  });

  it('own: another count, a system, thermal power where nothing better is known, no price where there is none', () => {
    expect(numberOf(offers('own:h100-sxmx2')[0]!.register, 'owned.server.price_usd')).toBe(98_000);
    expect(offers('own:dgx-b200')[0]).toMatchObject({ hardware: 'b200-sxm' });
    const gaudi = offers('own:gaudi3')[0]!.register;
    expect(entryIn(gaudi, 'owned.power_basis')!.value).toBe('tdp');
    expect(numberOf(gaudi, 'owned.server.power_kw')).toBeCloseTo(7.2, 12);
    const amd = offers('own:mi300x')[0]!;
    expect(entryIn(amd.register, 'owned.server.price_usd')).toBeNull();
    expect(amd.notes.join(' ')).toMatch(/No price of a server with mi300x/);
  });

  it('rent: one a provider, the newest price of each; instances by accelerator', () => {
    const rented = offers('rent:h100-sxm');
    expect(rented.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['rent:lambda/h100-sxm', 'rent:aws/p5.48xlarge']),
    );
    const lambda = rented.find(({ name }) => name === 'rent:lambda/h100-sxm')!;
    expect(entryIn(lambda.register, 'rent.usd_per_accelerator_hour')).toMatchObject({
      value: 4.29,
      date: '2026-09-30',
    });
    const aws = rented.find(({ name }) => name === 'rent:aws/p5.48xlarge')!;
    expect(numberOf(aws.register, 'rent.usd_per_accelerator_hour')).toBeCloseTo(55.04 / 8, 12);
    expect(numberOf(aws.register, 'rent.accelerators_per_instance')).toBe(8);
    // A price of tomorrow is not known today.
    const early = offersOf(['rent:lambda/h100-sxm'], { statements: [], overrides: [], date: '2026-06-01' });
    expect(numberOf(early[0]!.register, 'rent.usd_per_accelerator_hour')).toBe(3.99);
  });

  it('commit: a discount on the list, or the committed price itself', () => {
    const [aws] = offers('commit:p4d.24xlarge');
    expect(numberOf(aws!.register, 'rent.commit_discount')).toBe(0.366);
    expect(numberOf(offers('commit:h200-sxm')[0]!.register, 'rent.commit_discount')).toBe(0);
  });

  it('api: a contract or the list', () => {
    expect(offers('api:openai/gpt-5')[0]).toMatchObject({ name: 'api:openai/gpt-5', api: { provider: 'openai' } });
    expect(offers('api')[0]).toMatchObject({ name: 'api', api: null });
  });
});

describe('offers from files of the user', () => {
  it('assumptions under a study and flags', () => {
    const path = file(
      'assumptions:\n  owned.server.price_usd: {value: 250000, source: Quote 17, date: 2026-11-20}\n  owned.server.accelerators: 8\n',
    );
    const statements = [assumedByFlag('owned.server.accelerators=4')];
    const [own] = offersOf([`own:${path}`], { statements, overrides: [], date });
    expect(entryIn(own!.register, 'owned.server.price_usd')).toMatchObject({
      value: 250_000,
      sourceText: 'Quote 17',
      origin: `${path}:2`,
    });
    expect(numberOf(own!.register, 'owned.server.accelerators')).toBe(4);
  });

  it('prices of a provider', () => {
    const path = file(`schema: tokbench.prices/1
title: Quote
source: Quote 18
date: 2026-11-20
provider: Regional
prices:
  - {kind: rent, hardware: h100-sxm, price: {value: 2.2, unit: USD/accelerator-hour, source: q, date: 2026-11-20, confidence: high}}
sources:
  q: {title: Quote 18, date: 2026-11-20, kind: quote}
`);
    const [rent] = offers(`rent:${path}`);
    expect(entryIn(rent!.register, 'rent.usd_per_accelerator_hour')).toMatchObject({
      value: 2.2,
      sourceText: 'Quote 18',
      origin: `${path}:7`,
    });
  });
});

it.each([
  ['onw', /did you mean "own"/],
  ['own:', /name after the colon is missing/],
  ['own:h100-smx', /Did you mean "h100-sxm"/],
  ['own:p5.48xlarge', /is an instance, which is rented/],
  ['rent:dgx-h100x3', /no price profile has it/],
  ['spot:trainium3', /no price profile has it for spot/],
  ['own:h100x', /Did you mean "h100-sxm"/],
  ['spot:runpod/h100-sxm', /^--offer spot:runpod\/h100-sxm: .*there is [a-z]+\/h100-sxm/],
  ['rent:nobody/h100-sxm', /no prices profile "nobody"/],
  ['api:gpt-5', /PROVIDER\/MODEL/],
  ['own:./nowhere.yaml', /Cannot read the offer .*no such file/],
])('refuses %s', (text, message) => {
  expect(() => offers(text)).toThrow(message);
});
it('refuses the same offer twice', () => expect(() => offers('own', 'own')).toThrow(/given twice/));
