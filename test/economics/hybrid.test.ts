import { describe, expect, it } from 'vitest';
import { splitClasses } from '../../src/economics/class-split.ts';
import { optimalBurst } from '../../src/economics/hybrid.ts';
import { usd } from '../../src/economics/quantity.ts';
import { valueIn } from './vectors/demand.ts';
import type { Data } from './vectors/vector.ts';

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

  it('serve a sensitive class before one that would save more', () => {
    const [notes] = split.classes;
    const sums = { ...notes!, name: 'sums', sensitive: false, apiPerRequest: usd(90, 'request', 'once') };
    expect(
      splitClasses({ ...split, classes: [sums, notes!], mostServers: 1, acceleratorSPerServerMonth: 600 }),
    ).toMatchObject({
      state: 'ok',
      value: { optimum: { selfShare: { notes: 1, sums: 0.2 } } },
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
