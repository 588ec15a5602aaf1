import { describe, expect, it } from 'vitest';
import { requests } from '../../src/economics/quantity.ts';
import { sizeDeployment } from '../../src/economics/sizing.ts';

describe('sizing', () => {
  const demand = {
    averagePerS: requests(10, 'deployment', 'second'),
    peakPerS: requests(25, 'deployment', 'second'),
    headroom: 0.2,
    capacityPerReplica: requests(3, 'replica', 'second'),
    acceleratorsPerServer: 8,
    acceleratorsPerReplica: 2,
    spareServers: 1,
    mostServers: null,
    kwProvisionedPerServer: 11,
  };

  it('counts whole replicas and servers, spares included', () => {
    expect(sizeDeployment(demand)).toEqual({
      state: 'ok',
      value: {
        replicas: 10,
        acceleratorsServing: 20,
        acceleratorsBought: 32,
        servers: { needed: 3, spare: 1, bought: 4 },
        utilization: 10 / 48,
        powerKw: 44,
      },
    });
  });

  it('spreads a replica over several servers', () => {
    expect(sizeDeployment({ ...demand, acceleratorsPerReplica: 12 })).toMatchObject({
      value: { replicas: 10, servers: { needed: 20, bought: 21 }, utilization: 10 / 30 },
    });
  });

  it('leaves accelerators idle that do not make a replica', () => {
    expect(sizeDeployment({ ...demand, acceleratorsPerReplica: 3, spareServers: 0 })).toMatchObject({
      value: { acceleratorsServing: 30, acceleratorsBought: 40, servers: { needed: 5 } },
    });
  });

  it('does not buy a server for a rounding error', () => {
    const exact = {
      ...demand,
      headroom: 0.1,
      peakPerS: requests(30, 'deployment', 'second'),
      capacityPerReplica: requests(1.1, 'replica', 'second'),
    };
    expect(sizeDeployment(exact)).toMatchObject({ value: { replicas: 30 } });
  });

  it('is infeasible above the servers that may be bought, and needs none without demand', () => {
    expect(sizeDeployment({ ...demand, mostServers: 3 })).toMatchObject({
      state: 'infeasible',
      reasons: ['above-capacity-at-slo'],
      evidence: { serversNeeded: 4, serversAllowed: 3 },
    });
    const none = requests(0, 'deployment', 'second');
    expect(sizeDeployment({ ...demand, averagePerS: none, peakPerS: none, spareServers: 0 })).toMatchObject({
      value: { replicas: 0, servers: { bought: 0 }, utilization: 0 },
    });
  });

  it('serves the average even where a peak below it is claimed', () => {
    const claimed = { ...demand, peakPerS: requests(1, 'deployment', 'second') };
    expect(sizeDeployment(claimed)).toMatchObject({ value: { replicas: 4 } });
  });

  it('names what makes no sense', () => {
    expect(() => sizeDeployment({ ...demand, capacityPerReplica: requests(0, 'replica', 'second') })).toThrow(
      /capacity per replica must be/,
    );
    expect(() => sizeDeployment({ ...demand, spareServers: 0.5 })).toThrow(/spare servers must be a whole number/);
  });
});
