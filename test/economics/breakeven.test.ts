import { describe, expect, it } from 'vitest';
import { breakEvenInServers, breakEvenSingle, type ServerSteps } from '../../src/economics/breakeven.ts';
import { requests, usd } from '../../src/economics/quantity.ts';
import { valueIn } from './vectors/demand.ts';
import type { Data } from './vectors/vector.ts';

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
