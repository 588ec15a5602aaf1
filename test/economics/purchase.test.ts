import { describe, expect, it } from 'vitest';
import {
  breakEvenApiPrice,
  breakEvenDecline,
  breakEvenGrowth,
  breakEvenServerPrice,
} from '../../src/economics/break-even-rate.ts';
import { breakEvenInServers, breakEvenSingle, type ServerSteps } from '../../src/economics/breakeven.ts';
import { npvOf, purchaseCashFlow } from '../../src/economics/cashflow.ts';
import { splitClasses } from '../../src/economics/class-split.ts';
import { optimalBurst } from '../../src/economics/hybrid.ts';
import { serverPriceFor } from '../../src/economics/indifference.ts';
import { internalRate, presentValue } from '../../src/economics/internal-rate.ts';
import { ownedCost } from '../../src/economics/ownership.ts';
import { requests, usd } from '../../src/economics/quantity.ts';
import { bisect } from '../../src/economics/root.ts';
import { firstMonthOverCapacity } from '../../src/economics/volume.ts';
import { valueIn } from './vectors/demand.ts';
import { purchaseOf } from './vectors/npv.ts';
import { deploymentOf } from './vectors/owned.ts';
import { type Data, inputsOf } from './vectors/vector.ts';

const base = inputsOf('NPV-1');
const purchase = purchaseOf(base, 0, 0.5);

describe('cash flow', () => {
  const cap = { requestsPerMonth: 623_821_500, peakToAverage: 3, softwareGain: null, expansion: null };
  const expansion = {
    requestsPerMonth: 623_821_500,
    capex: usd(335_800, 'server', 'once'),
    residual: usd(57_000, 'server', 'once'),
    opex: usd(44_462, 'server', 'year'),
  };

  it('is infeasible in the month that outgrows the capacity', () => {
    expect(purchaseCashFlow({ ...purchase, limit: cap })).toMatchObject({
      state: 'infeasible',
      reasons: ['capacity-exceeded-in-month'],
      evidence: { month: 38 },
    });
    expect(purchaseCashFlow({ ...purchase, limit: { ...cap, peakToAverage: 1.226 } }).state).toBe('ok');
  });

  it('lasts longer with a gain by software', () => {
    const gain = { month: 25, share: 0.5 };
    expect(firstMonthOverCapacity({ requestsPerMonth: 6e7, growth: 0.5 }, { ...cap, softwareGain: gain }, 120)).toBe(
      50,
    );
    expect(purchaseCashFlow({ ...purchase, limit: { ...cap, softwareGain: gain } }).state).toBe('ok');
  });

  it('buys a server where it may, paid the month before and worth its unused life at the end', () => {
    const flow = valueIn<Data>(purchaseCashFlow({ ...purchase, limit: { ...cap, expansion } }));
    expect(flow.months[36].serversAdded).toBe(0);
    expect(flow.months[37].serversAdded).toBe(1);
    expect(flow.firstMonthOverCapacity).toBeNull();
    const without = valueIn<Data>(purchaseCashFlow(purchase));
    expect(flow.cashUsd[37] - without.cashUsd[37]).toBeCloseTo(-335_800, 6);
    const book = 57_000 + ((335_800 - 57_000) * 37) / 48;
    expect(flow.cashUsd[48] - without.cashUsd[48]).toBeCloseTo(book - (44_462 / 12) * 1, 6);
    expect(flow.npvUsd).toBeLessThan(without.npvUsd);
  });

  it('stops the decline at a floor', () => {
    const falling = purchaseOf(base, 0.9, 0.5);
    const floor = usd(base.p0 * 0.8, 'request', 'once');
    expect(npvOf({ ...falling, apiFloor: floor })).toBeGreaterThan(npvOf(falling));
    for (const lift of [1, 3])
      expect(npvOf({ ...falling, apiFloor: usd(base.p0 * lift, 'request', 'once') })).toBeCloseTo(npvOf(purchase), 6);
  });

  it('replaces the fleet in the middle of its life', () => {
    const refresh = {
      month: 25,
      capex: usd(200_000, 'deployment', 'once'),
      resaleOfOld: usd(120_000, 'deployment', 'once'),
      residual: usd(80_000, 'deployment', 'once'),
      opex: usd(60_000, 'deployment', 'year'),
      requestsPerMonth: 1e9,
    };
    const flow = valueIn<Data>(purchaseCashFlow({ ...purchase, limit: cap, refresh }));
    const without = valueIn<Data>(purchaseCashFlow(purchase));
    expect(flow.cashUsd[24] - without.cashUsd[24]).toBeCloseTo(120_000 - 200_000, 6);
    expect(flow.cashUsd[30] - without.cashUsd[30]).toBeCloseTo((98_462.24832 - 60_000) / 12, 6);
    expect(flow.cashUsd[48] - without.cashUsd[48]).toBeCloseTo((98_462.24832 - 60_000) / 12 + 80_000 - 57_000, 6);
    // With tax, the new hardware is written off over the months that are left.
    const taxed = { ...purchase, tax: 0.25, refresh };
    const row = valueIn<Data>(purchaseCashFlow(taxed)).months[40];
    expect(row.operatingUsd).toBeCloseTo((row.savingUsd - row.opexUsd) * 0.75 + 0.25 * (120_000 / 24), 6);
    expect(() => npvOf({ ...purchase, refresh: { ...refresh, month: 49 } })).toThrow(/within the life of 48 months/);
  });

  it('names what makes no sense', () => {
    expect(() => npvOf({ ...purchase, apiDecline: 1 })).toThrow(/API price decline must be below 1/);
    expect(() => npvOf({ ...purchase, growth: -1 })).toThrow(/volume growth/);
    expect(() => npvOf({ ...purchase, tax: 30 })).toThrow(/tax rate must be a share/);
    expect(() => purchaseCashFlow({ ...purchase, limit: { ...cap, peakToAverage: 0.5 } })).toThrow(/peak-to-average/);
  });
});

describe('internal rate', () => {
  it('is the rate at which the cash is worth nothing', () => {
    const cash = [-1000, 50, 60, 70, 80, 900];
    const rate = valueIn<number>(internalRate(cash));
    expect(Math.abs(presentValue(cash, rate))).toBeLessThan(1e-9);
  });

  it('does not exist without a change of sign and is refused with several', () => {
    expect(internalRate([-1, -2, 0])).toMatchObject({ state: 'not-reached', reasons: ['no-sign-change'] });
    expect(internalRate([1, 2])).toMatchObject({ state: 'not-reached' });
    expect(internalRate([-100, 230, -132])).toMatchObject({ state: 'refused', reasons: ['several-sign-changes'] });
  });

  it('finds very high and very low rates', () => {
    expect(valueIn<number>(internalRate([-1, 2]))).toBeCloseTo(4095, 6);
    expect(valueIn<number>(internalRate([-1e9, 1]))).toBe(-1);
  });
});

describe('break-even rates', () => {
  it('have all their outcomes', () => {
    expect(breakEvenDecline(purchaseOf(base, 0, 0))).toMatchObject({ state: 'already-negative' });
    expect(breakEvenDecline(purchaseOf({ ...base, p0: 0.01, V0_req_month: 1e9 }, 0, 0))).toMatchObject({
      state: 'survives-any',
    });
    expect(breakEvenGrowth(purchaseOf({ ...base, p0: 1e-9, V0_req_month: 1 }, 0, 0))).toMatchObject({
      state: 'not-reached',
    });
    expect(breakEvenGrowth(purchaseOf({ ...base, p0: 1, V0_req_month: 1e9 }, 0, 0))).toMatchObject({
      state: 'survives-any',
    });
    expect(breakEvenApiPrice(purchaseOf({ ...base, V0_req_month: 0 }, 0, 0))).toMatchObject({ state: 'not-reached' });
    expect(
      breakEvenApiPrice({ ...purchase, capex: usd(1, 'deployment', 'once'), opex: usd(0, 'deployment', 'year') }),
    ).toMatchObject({ state: 'survives-any' });
  });

  it('give the server price to ask for', () => {
    const at = (price: Data) => {
      const cost = ownedCost({ ...deploymentOf(inputsOf('OWN-1')), price });
      return { ...purchase, capex: cost.capexTotal, residual: cost.residualTotal, opex: cost.opex };
    };
    const price = valueIn<Data>(breakEvenServerPrice(at));
    expect(price).toBeGreaterThan(285_000);
    expect(Math.abs(npvOf(at(price)))).toBeLessThan(0.01);
    expect(breakEvenServerPrice((p) => ({ ...at(p), requestsPerMonth: 0 }))).toMatchObject({
      state: 'already-negative',
    });
  });
});

describe('break-even volume', () => {
  const steps: ServerSteps = {
    fixed: usd(2000, 'deployment', 'month'),
    perServer: usd(10_000, 'server', 'month'),
    capacityPerServer: requests(5e7, 'server', 'month'),
    apiPerRequest: usd(0.0003, 'request', 'once'),
    selfPerRequest: usd(0, 'request', 'once'),
    horizon: null,
    mostServers: null,
  };

  it('does not exist where a request saves nothing', () => {
    const none = { ...steps, selfPerRequest: steps.apiPerRequest };
    expect(breakEvenInServers(none)).toMatchObject({ state: 'not-reached', reasons: ['no-saving-per-request'] });
    const single = { fixed: usd(1, 'deployment', 'month'), capacity: requests(1, 'deployment', 'month') };
    expect(breakEvenSingle({ ...none, ...single })).toMatchObject({ state: 'not-reached' });
  });

  it('is first reached, but not sustained, within a horizon that ends in a gap', () => {
    expect(breakEvenInServers({ ...steps, horizon: 6e7 })).toMatchObject({
      state: 'reached',
      value: {
        first: { value: { requestsPerMonth: 4e7, servers: 1, requiredUtilization: 0.8 } },
        sustained: { state: 'not-reached', reasons: ['beyond-horizon'] },
        selfCheaper: [[4e7, 5e7]],
      },
    });
  });

  it('needs no search where crossings are many, and says that the list was cut', () => {
    const tight = {
      ...steps,
      fixed: usd(1e6, 'deployment', 'month'),
      apiPerRequest: usd(0.000200002, 'request', 'once'),
    };
    const outcome = breakEvenInServers(tight);
    expect(outcome).toMatchObject({ state: 'reached', value: { listComplete: false } });
    expect(valueIn<Data>(outcome).selfCheaper).toHaveLength(1000);
    expect(valueIn<Data>(outcome).sustained.value.servers).toBeGreaterThan(1e7);
  });

  it('is proved never even where servers are limited', () => {
    const never = { ...steps, apiPerRequest: usd(0.00018, 'request', 'once') };
    expect(breakEvenInServers({ ...never, mostServers: 3 })).toMatchObject({
      reasons: ['api-per-full-server-below-server-cost'],
    });
    expect(breakEvenInServers({ ...steps, apiPerRequest: usd(0.0002, 'request', 'once') })).toMatchObject({
      state: 'not-reached',
    });
    expect(breakEvenInServers({ ...steps, mostServers: 0 })).toMatchObject({ state: 'infeasible' });
  });
});

describe('hybrid plans', () => {
  const burst = {
    hourly: [10, 20, 30],
    capacityPerServerHour: 10,
    serverHour: usd(1, 'server', 'hour'),
    apiPerRequest: usd(0.5, 'request', 'once'),
    selfPerRequest: usd(0.1, 'request', 'once'),
  };

  it('own nothing where a request saves nothing, and all where servers are free', () => {
    expect(optimalBurst({ ...burst, apiPerRequest: usd(0.1, 'request', 'once') })).toMatchObject({
      reasons: ['no-saving-per-request'],
    });
    expect(optimalBurst({ ...burst, serverHour: usd(0, 'server', 'hour') })).toMatchObject({
      value: { optimum: { servers: 3, selfShare: 1 } },
    });
    expect(optimalBurst({ ...burst, hourly: [0, 0] })).toMatchObject({
      value: { optimum: { servers: 0, selfShare: null } },
    });
  });

  it('find the optimum among very many servers', () => {
    const huge = optimalBurst({ ...burst, hourly: [1e9, 2e9, 3e9] });
    expect(huge).toMatchObject({ value: { optimum: { servers: 300_000_000 } } });
    expect(valueIn<Data>(huge).plans).toHaveLength(201);
  });

  const split = {
    serverMonth: usd(1000, 'server', 'month'),
    acceleratorSPerServerMonth: 1000,
    leastQuality: 0.9,
    mostServers: null,
    classes: [
      {
        name: 'notes',
        requestsPerMonth: 100,
        acceleratorSPerRequest: 5,
        apiPerRequest: usd(20, 'request', 'once'),
        sensitive: true,
        qualityOwn: 0.95,
      },
    ],
  };

  it('are infeasible where a sensitive class has no model that is good enough, or no server', () => {
    const poor = [{ ...split.classes[0]!, qualityOwn: 0.5 }];
    expect(splitClasses({ ...split, classes: poor })).toMatchObject({
      state: 'infeasible',
      reasons: ['quality-below-floor', 'sensitive-class-needs-self-hosting'],
    });
    expect(splitClasses({ ...split, mostServers: 0 })).toMatchObject({
      state: 'infeasible',
      evidence: { mostServers: 0 },
    });
  });

  it('are computed but not verified on a quality that nobody declared', () => {
    const unknown = [{ ...split.classes[0]!, qualityOwn: null }];
    expect(splitClasses({ ...split, classes: unknown })).toMatchObject({
      state: 'not-verified',
      reasons: ['quality-equivalence-undeclared'],
      value: { optimum: { servers: 1, selfShare: { notes: 1 } } },
    });
  });
});

it('asks no price of a vendor whose running cost alone is above the tie', () => {
  const deployment = deploymentOf(inputsOf('OWN-1'));
  expect(serverPriceFor(deployment, usd(0.5, 'accelerator', 'hour'))).toMatchObject({ state: 'not-reached' });
});

it('says when a root is not there or the budget ran out', () => {
  expect(bisect((x) => x * x + 1, -1, 1, 1e-9)).toMatchObject({ found: 'none' });
  expect(bisect((x) => x - 0.3, 0, 1, 1e-12, 3)).toMatchObject({ found: 'budget' });
  expect(bisect((x) => x - 0.3, 0, 1, 1e-12)).toMatchObject({ found: 'root' });
});
