import { type ComputedDecision, decide } from '../../src/procurement/decide.ts';
import type { DecisionCase } from '../../src/procurement/decide-case.ts';
import type { Decision } from '../../src/procurement/decide-result.ts';
import type { Statement } from '../../src/procurement/entry.ts';
import { resolveRegister } from '../../src/procurement/register.ts';
import { offer, plainCase } from '../procurement/plain-case.ts';

/** A study as a person would state it: documents on 8 x H100 servers against an API and against rented capacity. */
export const stated: Readonly<Record<string, number | boolean>> = {
  'owned.server.price_usd': 285_000,
  'owned.server.accelerators': 8,
  'owned.server.power_kw': 10.96,
  'owned.decommission_usd': 5_000,
  'owned.other_usd_year': 1_200,
  'owned.licences_usd_per_accelerator_year': 450,
  'staff.fte_per_server': 0.02,
  'finance.opex_escalation': 0.03,
  'demand.requests_per_month': 30_000_000,
  'demand.input_tokens': 1_400,
  'demand.output_tokens': 235,
  'demand.reasoning_tokens': 20,
  'demand.cached_share': 0.3,
  'demand.cache_write_share': 0.05,
  'demand.peak_to_average': 3.36,
  'capacity.requests_per_s_per_replica': 1.7,
  'capacity.accelerators_per_replica': 1,
  'api.usd_per_request': 0.0031,
  'api.fixed_usd_per_month': 99,
  'api.fte': 0.05,
  'self.usd_per_request': 0.00002,
  'rent.usd_per_accelerator_hour': 3.9,
  'rent.accelerators_per_instance': 8,
  'rent.commit_discount': 0.4,
  'rent.spot_usd_per_accelerator_hour': 1.9,
  'rent.spot_lost_share': 0.05,
  'rent.fte': 0.2,
  'rent.scales': true,
};

export type Changes = Readonly<Record<string, number | boolean>>;

export function registerWith(changes: Changes = {}) {
  const statement = ([id, value]: [string, number | boolean]): Statement => ({
    ...{ id, value, layer: 'study', origin: 'study.yaml:1', sourceText: 'a quote', date: '2026-11-01' },
    confidence: 'medium',
  });
  return resolveRegister(Object.entries({ ...stated, ...changes }).map(statement));
}

const list = { inputUncached: 3, cacheRead: 0.3, cacheWrite: 3.75, outputVisible: 15, outputReasoning: 15 };

export function caseWith(changes: Changes = {}, more: Partial<DecisionCase> = {}): DecisionCase {
  const register = registerWith(changes);
  const offers = [
    offer('own', 'own:h100-sxm'),
    offer('own', 'own:other', {
      values: { 'owned.server.price_usd': 240_000, 'capacity.requests_per_s_per_replica': 1.2 },
    }),
    offer('rent', 'rent:cloud/h100'),
    offer('commit', 'commit:cloud/h100'),
    offer('spot', 'spot:cloud/h100'),
    offer('api', 'api:vendor/large', { listUsdPerMillion: list }),
    offer('api', 'api:vendor/small', { values: { 'api.usd_per_request': 0.004 } }),
  ];
  return plainCase(register, offers, {
    study: 'fy27-documents',
    title: 'Documents: build, rent or buy',
    strategy: { core: true, predictable: true, predictableEvidence: null, modelControl: 1 },
    value: {
      ...{ unit: 'document', callsPerTask: 1, usdPerTask: null, reviewUsdPerTask: null },
      ...{ escalate: false, failedShare: null, discardedShare: null, claimedMargin: null },
    },
    ...more,
  });
}

const date = '2026-11-25';

export function decisionOf(about: DecisionCase): Decision {
  const computed: ComputedDecision = decide(about, { seed: 1, draws: 40, date });
  return {
    ...computed,
    lints: [
      { id: 'E9', name: 'Stale or unsourced price', severity: 'warn', sentence: 'A price has no date.', evidence: {} },
    ],
    notes: ['A note of the study.'],
    capacity: {
      ...{
        requestsPerSPerReplica: 1.7,
        acceleratorsPerReplica: 1,
        origin: 'assumed',
        runs: [],
        bracket: ['1.7', '2.0'],
      },
      ...{ objectives: ['ttft.p99 < 500ms'], notes: [] },
    },
    commitments: {},
    reproduction: {
      ...{ command: 'tokbench decide study.yaml', studySha256: 'abc', registerSha256: about.register.sha256 },
      ...{ seed: 1, priceSnapshot: null },
    },
  } as Decision;
}
