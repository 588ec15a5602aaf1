import { describe, expect, it } from 'vitest';
import { type CostInputs, costReport } from '../../src/procurement/cost.ts';
import { explain } from '../../src/procurement/explain.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import type { OfferCost } from '../../src/procurement/offer-cost.ts';
import { resolveRegister } from '../../src/procurement/register.ts';
import { sizeReport } from '../../src/procurement/size.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { assumedCapacity, typedCapacity } from '../../src/procurement/typed-capacity.ts';

const date = '2026-11-25';
/** OWN-1 and the throughput of ATTR-1. */
const own1 = [
  ...['owned.server.price_usd=285000', 'owned.server.install_usd=22300', 'owned.server.accelerators=8'],
  ...[
    'owned.server.power_kw=10.96',
    'site.colo_usd_per_kw_month=150',
    'owned.spare_servers=0',
    'capacity.availability=1',
  ],
];
const perServer = 29.671875 * 8;
const attr1 = `input=${perServer * 512},output=${perServer * 256},requests=${perServer},scope=server`;

function cost(offers: string[], assume: string[], more: Partial<CostInputs> = {}, throughput: string | null = attr1) {
  const statements = assume.map(assumedByFlag);
  return costReport({
    capacities: throughput === null ? [] : [typedCapacity(throughput)],
    offers: offersOf(offers, { statements, overrides: [], date }),
    traceOf: () => null,
    ...{ statements, declared: [], date },
    ...more,
  });
}
const only = (rows: readonly OfferCost[], kind: string): OfferCost => rows.find((row) => row.kind === kind)!;
const sumOf = (row: OfferCost): number =>
  (['inputUncached', 'cacheRead', 'cacheWrite', 'outputVisible', 'outputReasoning'] as const).reduce(
    (total, name) => total + (row.usdPerMillion[name] ?? 0) * row.tokensPerHour![name],
    0,
  ) / 1e6;

describe('an owned offer', () => {
  it('reproduces OWN-1 and ATTR-1, and refuses to rank a full utilisation (E1)', () => {
    const { offers } = cost(['own'], [...own1, 'demand.utilization=1']);
    const [row] = offers;
    expect(row!.usdPerAcceleratorHour!.annuity).toBeCloseTo(2.67120103598, 9);
    expect(row!.usdPerAcceleratorHour!.straightLine).toBeCloseTo(2.39957546119, 9);
    expect(row!.usdPerHour).toBeCloseTo(21.3696082879, 9);
    expect(row!.usdPerMillion.blended).toBeCloseTo(0.0325610096443, 11);
    expect(row!.usdPerMillion.inputUncached).toBeCloseTo(0.0217073, 6);
    expect(row!.usdPerMillion.outputVisible).toBeCloseTo(0.0542683, 6);
    expect(row!.usdPerMillion.outputOnly).toBeCloseTo(0.0976830289329, 10);
    expect(row!.rankable).toBe(false);
    expect(row!.lints.find(({ id }) => id === 'E1')).toMatchObject({ severity: 'error' });
  });

  it('costs more a token the less it is used, by 1/U (UTIL-4), at one bill (E5)', () => {
    const at = (u: number) => cost(['own'], [...own1, `demand.utilization=${u}`]).offers[0]!;
    expect(at(0.3).usdPerMillion.blended).toBeCloseTo(0.108536698814, 10);
    expect(at(0.05).usdPerMillion.blended).toBeCloseTo(0.651220192885, 10);
    expect(at(0.3).usdPerMillionUsage.blended).toBeCloseTo(0.0325610096443, 10);
    expect(at(0.3).usdPerHour).toBe(at(0.05).usdPerHour);
  });

  it('is sized in whole servers for a demand, whose utilisation is an output (UTIL-1)', () => {
    const hours =
      '40000,30000,25000,20000,20000,30000,60000,110000,180000,240000,280000,300000,310000,300000,290000,280000,260000,230000,190000,150000,120000,90000,70000,50000';
    const rate = 100_000 / 3600;
    const throughput = `input=${rate * 512},output=${rate * 256},requests=${rate},scope=server`;
    const [row] = cost(
      ['own'],
      [...own1, 'staff.fte=0', 'owned.other_usd_year=0', `demand.hourly=${hours}`],
      {},
      throughput,
    ).offers;
    expect(row!.units).toMatchObject({ needed: 4, bought: 4, acceleratorsPerUnit: 8 });
    expect(row!.utilization).toBeCloseTo(0.3828125, 12);
    const perServerHour = row!.usdPerHour! / 4;
    expect(row!.usdPerMillion.blended).toBeCloseTo((96 * perServerHour * 1e6) / 2_822_400_000, 9);
    expect(row!.rankable).toBe(true);
  });

  it('prices every class so that Σ class × tokens is the bill', () => {
    const mix = [
      'demand.cached_share=0.3',
      'demand.cache_write_share=0.1',
      'demand.output_tokens=256',
      'demand.input_tokens=512',
    ];
    const { offers } = cost(
      ['own', 'api:anthropic/claude-sonnet-4-5'],
      [
        ...own1,
        ...mix,
        'demand.reasoning_tokens=100',
        'cost.cached_input_ratio=0.1',
        'demand.requests_per_month=1e7',
        'demand.peak_to_average=2',
        'api.negotiated_discount=0.15',
      ],
    );
    for (const row of offers) {
      expect(sumOf(row) / row.usdPerHour!, row.offer).toBeCloseTo(1, 9);
      expect(row.reconciliation!.holds, row.offer).toBe(true);
      expect(row.lines.reduce((total, { usdPerHour }) => total + usdPerHour, 0)).toBeCloseTo(row.usdPerHour!, 9);
      for (const name of ['cacheRead', 'cacheWrite', 'outputReasoning'] as const)
        expect(row.usdPerMillion[name]).toBeGreaterThan(0);
    }
    const api = only(offers, 'api');
    expect(api.usdPerMillion).toMatchObject({
      inputUncached: expect.closeTo(3 * 0.85, 9),
      cacheRead: expect.closeTo(0.3 * 0.85, 9),
    });
    expect(api.usdPerMillion.cacheWrite).toBeCloseTo(3.75 * 0.85, 9);
    expect(api.usdPerMillion.outputReasoning).toBeCloseTo(15 * 0.85, 9);
  });

  it('says which assumptions are missing, in one sentence', () => {
    expect(() => cost(['own'], ['demand.utilization=0.4', 'owned.server.accelerators=8'])).toThrow(
      /owned\.server\.price_usd.*owned\.server\.power_kw/,
    );
    expect(() => cost(['own'], own1)).toThrow(/needs a demand/);
    expect(() => cost(['own'], [...own1, 'demand.requests_per_month=1e6'])).toThrow(/demand\.peak_to_average/);
    expect(() => cost(['own'], own1, {}, null)).toThrow(/needs a capacity/);
  });
});

describe('rented offers', () => {
  const rent = [
    'rent.usd_per_accelerator_hour=2',
    'rent.commit_discount=0.3',
    'rent.spot_lost_share=0.2',
    'demand.utilization=0.5',
    'owned.server.accelerators=8',
  ];
  it('pay list, list less the discount, spot over what is not lost; always', () => {
    const { offers } = cost(['rent', 'commit', 'spot'], rent);
    expect(only(offers, 'rent').usdPerAcceleratorHour).toEqual({ annuity: 2, straightLine: 2 });
    expect(only(offers, 'commit').usdPerHour).toBeCloseTo(8 * 1.4, 12);
    expect(only(offers, 'spot').usdPerHour).toBeCloseTo((8 * 2) / 0.8, 12);
  });

  it('convert a rate of one scope to that of the box (E7): of accelerators, replicas, servers', () => {
    const blended = (throughput: string, more: string[] = []) =>
      cost(['rent'], [...rent, ...more], {}, throughput).offers[0]!.usdPerMillion.blended!;
    const whole = blended('input=4800,output=1200,scope=server');
    expect(blended('input=600,output=150,scope=accelerator', ['capacity.accelerators_per_replica=8'])).toBeCloseTo(
      whole,
      12,
    );
    expect(blended('input=600,output=150,scope=accelerator')).toBeCloseTo(whole, 12);
    expect(blended('input=2400,output=600,scope=replica', ['capacity.accelerators_per_replica=4'])).toBeCloseTo(
      whole,
      12,
    );
    expect(blended('input=4800,output=1200,scope=deployment,accelerators=8')).toBeCloseTo(whole, 12);
    expect(() => blended('input=4800,output=1200,scope=server', ['capacity.accelerators_per_replica=3'])).toThrow(
      /whole replicas of 3/,
    );
  });
});

describe('the table', () => {
  const demand = [
    'demand.requests_per_month=1e6',
    'demand.peak_to_average=3',
    'demand.input_tokens=1000',
    'demand.output_tokens=200',
  ];
  it('has the rankable first, cheapest first, marks unlike offers (E10) and places within a class', () => {
    const report = cost(
      ['own', 'rent', 'api'],
      [...own1, ...demand, 'rent.usd_per_accelerator_hour=3', 'api.usd_per_request=1e-9'],
    );
    expect(report.lints.find(({ id }) => id === 'E10')).toMatchObject({ severity: 'error' });
    expect(report.offers.map(({ kind, rank }) => [kind, rank])).toEqual([
      ['own', 1],
      ['rent', 1],
      ['api', null],
    ]);
    expect(only(report.offers, 'api')).toMatchObject({
      state: 'not-verified',
      reasons: ['quality-equivalence-undeclared'],
    });
    const declared = cost(
      ['own', 'rent', 'api'],
      [...own1, ...demand, 'rent.usd_per_accelerator_hour=3', 'api.usd_per_request=1e-9'],
      {
        declared: ['quality', 'purchase'],
      },
    );
    expect(declared.offers.map(({ kind, rank }) => [kind, rank])).toEqual([
      ['api', 1],
      ['own', 2],
      ['rent', 3],
    ]);
    expect(declared.lints.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('does not rank a stale or unverified price (E9): the catalogue keeps p4de at 40.96 for that', () => {
    const report = cost(
      ['rent:aws/p5.48xlarge', 'rent:aws/p4de.24xlarge'],
      demand,
      {},
      'input=4800,output=1200,scope=server',
    );
    for (const row of report.offers) {
      expect(row.rankable, row.offer).toBe(false);
      expect(row.lints.some(({ id, severity }) => id === 'E9' && severity === 'error')).toBe(true);
    }
    const fresh = cost(['rent:aws/p5.48xlarge'], demand, { date: '2026-09-01' }, 'input=4800,output=1200,scope=server');
    expect(fresh.offers[0]).toMatchObject({ state: 'ok', rankable: true });
  });

  it('carries the interval of a capacity to the dollars', () => {
    const capacity = { ...typedCapacity(attr1), interval: [0.9, 1.1] as const };
    const [row] = cost(['own'], [...own1, 'demand.utilization=0.4'], { capacities: [capacity] }).offers;
    const blended = row!.usdPerMillion.blended!;
    expect(row!.intervals.blended).toEqual([expect.closeTo(blended / 1.1, 12), expect.closeTo(blended / 0.9, 12)]);
  });

  it('prices an API alone, without a capacity, at the request that is stated', () => {
    const [row] = cost(
      ['api:openai/gpt-5'],
      ['demand.input_tokens=1000', 'demand.output_tokens=100', 'demand.cached_share=0.6'],
      {},
      null,
    ).offers;
    expect(row).toMatchObject({
      state: 'ok',
      usdPerHour: null,
      attribution: 'list',
      usdPerRequest: expect.closeTo(0.001575, 12),
    });
    expect(row!.usdPerMillion.blended).toBeCloseTo((0.001575 * 1e6) / 1100, 9);
  });

  it('treats an infeasible capacity as one: no numbers, a reason', () => {
    const capacity = { ...typedCapacity(attr1), state: 'infeasible' as const, reasons: ['slo-never-met'] };
    const [row] = cost(['own'], [...own1, 'demand.utilization=0.4'], { capacities: [capacity] }).offers;
    expect(row).toMatchObject({ state: 'infeasible', reasons: ['slo-never-met'], usdPerHour: null, rankable: false });
  });

  it('separates input from output by regression where runs of three shapes allow it', () => {
    const run = (input: number, output: number) => {
      const requestsPerS = 8 / (0.0001 * input + 0.001 * output);
      return {
        ...typedCapacity(attr1),
        ...{
          origin: 'run' as const,
          name: `${input}/${output}`,
          accelerators: 8,
          requestsPerS,
          scope: 'replica' as const,
        },
        ...{ inputTokensPerS: requestsPerS * input, outputTokensPerS: requestsPerS * output },
        shape: { inputTokens: input, outputTokens: output },
      };
    };
    const capacities = [run(1000, 100), run(100, 1000), run(500, 500), run(2000, 50)];
    const { offers } = cost(['own'], [...own1, 'demand.utilization=0.4'], { capacities });
    for (const row of offers) {
      expect(row.attribution).toBe('regression');
      expect(row.usdPerMillion.outputVisible! / row.usdPerMillion.inputUncached!).toBeCloseTo(10, 6);
      expect(sumOf(row) / row.usdPerHour!).toBeCloseTo(1, 9);
    }
  });
});

describe('energy that was measured', () => {
  const measured = (powerW: number) => {
    const capacity = typedCapacity('input=3000,output=1000,requests=10,scope=server');
    return { ...capacity, power: { powerW, basis: 'metered-board' as const, method: 'counter' } };
  };
  const assume = [...own1, 'demand.utilization=0.4', 'site.pue=1.3', 'site.usd_per_kwh=0.10'];

  it('is priced by its own watts, not by the nameplate of the bill', () => {
    // 360 J a second at 1,000 output tokens: 0.36 J an output token, 0.09 J a token
    const { offers } = cost(['own'], assume, { capacities: [measured(360)] });
    for (const { energy } of offers) {
      expect(energy).toMatchObject({ basis: 'measured metered-board' });
      expect(energy!.joulesPerOutputToken).toBeCloseTo(0.36, 9);
      expect(energy!.usdPerMillion).toBeCloseTo((0.09 / 3.6) * 0.1 * 1.3, 9);
    }
  });

  it('has no price of its own where a box is rented', () => {
    const rented = ['rent.usd_per_accelerator_hour=2', 'rent.accelerators_per_instance=8', 'demand.utilization=0.4'];
    const { offers } = cost(['rent'], rented, { capacities: [measured(360)] });
    expect(only(offers, 'rent').energy).toMatchObject({ usdPerMillion: null });
    expect(only(offers, 'rent').energy!.joulesPerOutputToken).toBeCloseTo(0.36, 9);
  });
});

describe('explaining', () => {
  it('gives formula, numbers and sources of a figure, down to the assumptions', () => {
    const statements = [...own1, 'demand.utilization=0.4'].map(assumedByFlag);
    const [row] = cost(['own'], [...own1, 'demand.utilization=0.4']).offers;
    const steps = explain('usd_per_million_output', row!, resolveRegister(statements));
    expect(steps[0]).toMatchObject({ id: 'usd_per_million_output', value: row!.usdPerMillion.outputVisible });
    expect(steps[0]!.numbers).toContain('/2.5');
    expect(steps.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'usd_per_hour',
        'capital',
        'energy',
        'colocation',
        'maintenance',
        'staff',
        'tokens_per_hour',
      ]),
    );
    const capital = steps.find(({ id }) => id === 'capital')!;
    expect(capital.inputs.find(({ id }) => id === 'owned.server.price_usd')).toMatchObject({
      value: 285_000,
      source: 'flag',
    });
  });
});

describe('sizing', () => {
  const size = (assume: string[], throughput: string | null = attr1) => {
    const register = resolveRegister(assume.map(assumedByFlag));
    return sizeReport(throughput === null ? assumedCapacity(register)! : typedCapacity(throughput), register);
  };
  it('counts replicas, accelerators, servers, spares and power; utilisation is an output', () => {
    const report = size(
      [
        ...[
          'capacity.requests_per_s_per_replica=10',
          'capacity.accelerators_per_replica=2',
          'owned.server.accelerators=8',
        ],
        ...[
          'demand.input_tokens=512',
          'demand.output_tokens=256',
          'demand.requests_per_month=262800000',
          'demand.peak_to_average=2',
        ],
        ...['owned.server.power_kw=10', 'owned.spare_servers=2'],
      ],
      null,
    );
    // 100 req/s on average, 200 at the peak, 240 with headroom: 24 replicas on 6 servers.
    expect(report).toMatchObject({
      ...{ state: 'ok', replicas: 24, accelerators: 48, acceleratorsBought: 64, powerKw: 80, lowerBound: false },
      servers: { needed: 6, spare: 2, bought: 8 },
    });
    expect(report.utilization).toBeCloseTo(100 / 320, 12);
  });

  it('recounts requests of another shape by the class that runs out first (UTIL-3)', () => {
    const base = [
      'owned.server.accelerators=8',
      'demand.requests_per_month=26280000',
      'demand.peak_to_average=1',
      'capacity.headroom=0',
    ];
    const rate = size([...base, 'demand.input_tokens=512', 'demand.output_tokens=512']).capacity
      .requestsPerSPerReplica!;
    expect(rate).toBeCloseTo(perServer / 2, 9);
  });

  it('asks for volume and peak, and says what is a lower bound', () => {
    expect(() => size(['owned.server.accelerators=8'])).toThrow(/demand\.requests_per_month.*demand\.peak_to_average/);
    const register = resolveRegister(
      ['owned.server.accelerators=8', 'demand.requests_per_month=1e6', 'demand.peak_to_average=2'].map(assumedByFlag),
    );
    const capacity = { ...typedCapacity(attr1), state: 'not-verified' as const, reasons: ['capacity-lower-bound'] };
    expect(sizeReport(capacity, register)).toMatchObject({
      state: 'not-verified',
      lowerBound: true,
      servers: { needed: 1 },
    });
    const never = { ...capacity, state: 'infeasible' as const, reasons: ['slo-never-met'] };
    expect(
      sizeReport(
        never,
        resolveRegister(
          [
            ...[
              'owned.server.accelerators=8',
              'demand.requests_per_month=1e6',
              'demand.peak_to_average=2',
              'demand.input_tokens=1',
              'demand.output_tokens=1',
            ],
          ].map(assumedByFlag),
        ),
      ),
    ).toMatchObject({
      ...{ state: 'infeasible', replicas: null, utilization: null },
    });
  });
});

describe('a typed throughput', () => {
  it.each([
    ['input=1,output=1', /scope is missing/],
    ['input=1,scope=server', /output is missing/],
    ['input=1,output=1,scope=rack', /scope is one of accelerator/],
    ['input=x,output=1,scope=server', /input is a number/],
    ['inptu=1,output=1,scope=server', /did you mean "input"/],
    ['input=0,output=0,scope=server', /delivers nothing/],
    ['input=1,input=2,output=1,scope=server', /input is given twice/],
    ['input=1,output=1,scope=server,requests=0', /requests is 0/],
    ['input=1,output=1,scope=server,cached=2', /cached is a number from 0 to 1/],
    ['input=1e12,output=1,scope=server', /input is a number from 0 to 100,000,000, not "1e12"/],
  ])('refuses %s', (text, message) => {
    expect(() => typedCapacity(text)).toThrow(message);
  });
});
