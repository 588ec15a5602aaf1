import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assumptions } from '../../src/procurement/assumption.ts';
import {
  entryIn,
  numberOf,
  requireAssumptions,
  resolveRegister,
  uncertainEntries,
} from '../../src/procurement/register.ts';
import { assumedByFlag, readAssumptions } from '../../src/procurement/statement.ts';

const contract = `owned.server.price_usd owned.server.install_usd owned.server.accelerators owned.server.power_kw
  owned.server.power_provisioned_kw owned.fabric_share owned.residual_share owned.life_years owned.maintenance_share
  owned.licences_usd_per_accelerator_year owned.load_factor owned.spare_servers owned.decommission_usd site.pue
  site.usd_per_kwh site.colo_usd_per_kw_month site.colo_includes_power staff.fte staff.fte_per_server staff.fte_usd_year
  finance.wacc finance.tax finance.opex_escalation demand.requests_per_month demand.input_tokens demand.output_tokens
  demand.cached_share demand.peak_to_average demand.hourly demand.growth demand.utilization
  capacity.requests_per_s_per_replica capacity.accelerators_per_replica capacity.headroom capacity.availability
  api.usd_per_request api.price_decline api.negotiated_discount self.usd_per_request rent.usd_per_accelerator_hour
  rent.commit_discount rent.spot_lost_share`.split(/\s+/);

const assumed = (...texts: string[]) => resolveRegister(texts.map(assumedByFlag));
const file = (text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'study.yaml');
  writeFileSync(path, text);
  return path;
};

describe('the assumptions', () => {
  it('have every id of the contract, once, and defaults inside their own range', () => {
    const ids = assumptions.map(({ id }) => id) as string[];
    expect(ids).toEqual(expect.arrayContaining(contract));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, default: value, range, basis } of assumptions) {
      if (value !== null) expect(basis, id).not.toBeNull();
      if (typeof value !== 'number' || range === null) continue;
      expect(range[0], id).toBeLessThanOrEqual(value);
      expect(range[1], id).toBeGreaterThanOrEqual(value);
    }
  });
});

describe('a register', () => {
  it('takes defaults, then a study, then flags, and lists a default as one', () => {
    const path = file(
      'assumptions:\n  site.pue: 1.2\n  finance.wacc: {value: 0.1, low: 0.05, high: 0.2, source: board, date: 2026-11-01}\n',
    );
    const register = resolveRegister([...readAssumptions(path), assumedByFlag('site.pue=1.4')]);
    expect(entryIn(register, 'site.pue')).toMatchObject({ value: 1.4, source: 'flag', origin: '--assume site.pue' });
    expect(entryIn(register, 'finance.wacc')).toMatchObject({
      ...{ value: 0.1, source: 'study', origin: `${path}:3`, sourceText: 'board', date: '2026-11-01' },
      ...{ range: [0.05, 0.2], confidence: 'medium' },
    });
    expect(entryIn(register, 'owned.life_years')).toMatchObject({ value: 4, source: 'default', range: [3, 6] });
    expect(register.entries.map(({ id }) => id)).toEqual(register.entries.map(({ id }) => id).sort());
  });

  it('has a hash that changes with a value and with nothing else', () => {
    expect(assumed('site.pue=1.2').sha256).toBe(assumed('site.pue=1.20').sha256);
    expect(assumed('site.pue=1.2').sha256).not.toBe(assumed('site.pue=1.21').sha256);
  });

  it('derives what follows: installation, provisioned power, availability behind spares, peak and volume of hours', () => {
    const register = assumed('owned.server.price_usd=100_000', 'owned.server.power_kw=10');
    expect(numberOf(register, 'owned.server.install_usd')).toBeCloseTo(7000, 9);
    expect(numberOf(register, 'owned.server.power_provisioned_kw')).toBe(10);
    expect(numberOf(register, 'capacity.availability')).toBe(1);
    expect(numberOf(assumed('owned.spare_servers=0'), 'capacity.availability')).toBe(0.995);
    const hours = assumed(`demand.hourly=${Array.from({ length: 24 }, (_, h) => (h < 12 ? 0 : 100)).join(',')}`);
    expect(numberOf(hours, 'demand.peak_to_average')).toBe(2);
    expect(numberOf(hours, 'demand.requests_per_month')).toBe(36_500);
  });

  it('asks for everything that is missing by name', () => {
    expect(() =>
      requireAssumptions(
        assumed(),
        ['owned.server.price_usd', 'site.pue', 'owned.server.accelerators'],
        'An owned offer',
      ),
    ).toThrow(
      /An owned offer needs owned\.server\.price_usd \(.*owned\.server\.accelerators .*--assume owned\.server\.price_usd=…/,
    );
  });

  it('gives sensitivity what has a range, and no range that the value has left', () => {
    const ids = uncertainEntries(assumed('finance.wacc=0.5')).map(({ id }) => id);
    expect(ids).toContain('owned.life_years');
    expect(ids).not.toContain('finance.wacc');
  });
});

describe('what is refused, with the id and the place', () => {
  it.each([
    ['owned.server.prize_usd=1', /did you mean "owned\.server\.price_usd"/],
    ['owned.server.price_usd=0', /price_usd is 0; it must be above 0/],
    ['owned.server.price_usd=-5', /cannot be negative/],
    ['site.pue=0.9', /at least 1/],
    ['site.usd_per_kwh=12', /absurd: at most 2/],
    ['owned.server.accelerators=7.5', /whole units/],
    ['demand.utilization=1.2', /absurd: at most 1 \(share\)\.$/],
    ['finance.wacc=8', /absurd: at most 1 \(1\/year\); 8 % is written 0\.08 or 8%\.$/],
    ['site.colo_includes_power=perhaps', /true or false/],
    ['demand.hourly=1,2,3', /has 3 values; a day has 24/],
    ['site.pue=much', /needs a number in ratio, not "much"/],
    ['site.pue', /write ID=VALUE/],
    ['owned.power_basis=guess', /one of metered-wall/],
  ])('%s', (text, message) => {
    expect(() => assumed(text)).toThrow(message);
  });

  it('contradictions: in one layer, and between ids', () => {
    expect(() => assumed('site.pue=1.2', 'site.pue=1.3')).toThrow(/site\.pue is 1\.2 in .* and 1\.3 in .*keep one/);
    expect(() => assumed('demand.utilization=0.4', 'demand.requests_per_month=1e6')).toThrow(
      /decides on the utilisation/,
    );
    expect(() => assumed('owned.server.power_kw=11', 'owned.server.power_provisioned_kw=10')).toThrow(
      /cannot draw more/,
    );
    expect(() => assumed('demand.cached_share=0.8', 'demand.cache_write_share=0.4')).toThrow(/exceed the input/);
    const day = Array.from({ length: 24 }, () => 100).join(',');
    expect(() => assumed(`demand.hourly=${day}`, 'demand.peak_to_average=3')).toThrow(/the hours amount to 1/);
  });

  it('in a file: unknown id, wrong unit, value outside its own range, no assumptions', () => {
    const wrong = (text: string) => () => resolveRegister(readAssumptions(file(text)));
    expect(wrong('assumptions:\n  site.pue: 1.2\n  site.peu: 1\n')).toThrow(
      /study\.yaml:3: there is no assumption "site\.peu"/,
    );
    expect(wrong('entries:\n  - id: owned.server.price_usd\n    value: 285\n    unit: kUSD/server\n')).toThrow(
      /study\.yaml:2: owned\.server\.price_usd is in USD\/server, not in kUSD\/server/,
    );
    expect(wrong('assumptions:\n  finance.wacc: {value: 0.3, low: 0.05, high: 0.2}\n')).toThrow(
      /outside its own range/,
    );
    expect(wrong('assumptions:\n  finance.wacc: {value: 0.3, lo: 0.05}\n')).toThrow(/study\.yaml:2: finance\.wacc/);
    expect(wrong('name: x\n')).toThrow(/neither assumptions/);
    expect(wrong('assumptions: {site.pue: -1}\n')).toThrow(/study\.yaml:1: site\.pue is -1/);
  });
});
