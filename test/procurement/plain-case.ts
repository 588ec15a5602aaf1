import type { CaseOffer, DecisionCase } from '../../src/procurement/decide-case.ts';
import { valuesOf } from '../../src/procurement/decide-values.ts';
import type { Register } from '../../src/procurement/entry.ts';

/** An offer that says nothing over the values of its case. */
export const offer = (kind: CaseOffer['kind'], name: string, more: Partial<CaseOffer> = {}): CaseOffer => ({
  ...{ name, kind, values: {}, without: [], doubts: [], listUsdPerMillion: null },
  ...more,
});

/** A case in which nothing is closed, limited or doubted, and the work is core and predictable. */
export const plainCase = (
  register: Register,
  offers: readonly CaseOffer[],
  more: Partial<DecisionCase> = {},
): DecisionCase => ({
  study: 'sample',
  title: 'Sample',
  register,
  values: valuesOf(register),
  offers,
  situation: { shape: null, powerBasis: 'all-in-it', mostServers: null },
  strategy: { core: true, predictable: true, predictableEvidence: null, modelControl: 2 },
  privacy: { sensitiveShare: 0, apiAllowed: true, rentAllowed: true, sensitivity: 'internal' },
  quality: { floor: null, self: null, api: null, equivalence: 'declared', check: null },
  limits: { capitalUsd: null, servers: null, budgetUsd: null },
  classes: [],
  interruptible: false,
  expand: true,
  horizonRequestsPerMonth: null,
  weights: {},
  value: {
    ...{ unit: 'task', callsPerTask: 1, usdPerTask: null, reviewUsdPerTask: null },
    ...{ escalate: false, failedShare: null, discardedShare: null, claimedMargin: null },
  },
  doubts: { own: [], rent: [], api: [] },
  simulated: false,
  ...more,
});
