import {
  breakEvenApiPrice,
  breakEvenDecline,
  breakEvenGrowth,
  breakEvenServerPrice,
} from '../economics/break-even-rate.ts';
import { type CashFlow, purchaseCashFlow } from '../economics/cashflow.ts';
import { indifferencePrice, serverPriceFor } from '../economics/indifference.ts';
import { internalRate } from '../economics/internal-rate.ts';
import { requests } from '../economics/quantity.ts';
import { type AnyState, reasonsOf, shownValue } from '../economics/state.ts';
import { firstMonthOverCapacity } from '../economics/volume.ts';
import type { DecisionCase } from './decide-case.ts';
import { type Evaluation, purchaseCase } from './decide-evaluate.ts';
import { deploymentOf, fleetOf } from './decide-fleet.ts';
import { breakEvenOf, type PurchaseBreakEven, purchaseOf } from './decide-purchase.ts';
import { reasonSentence } from './decide-reason.ts';
import type { Decision, RateOutcome } from './decide-result.ts';
import { need } from './decide-values.ts';

/** Break-even, cash flow and the rates at which a purchase is worth nothing, of owning against what it replaces. */

export function breakEvenPart(
  about: DecisionCase,
  evaluation: Evaluation,
): { readonly part: Decision['breakEven']; readonly found: PurchaseBreakEven | null } {
  const { own, alternative } = evaluation;
  if (own === null || own.fleet === null || alternative === null) return { part: noBreakEven, found: null };
  const found = breakEvenOf(own.fleet, own.values, alternative, {
    horizon: about.horizonRequestsPerMonth,
    mostServers: about.situation.mostServers,
  });
  const { outcome, first, sustained, stairs, line } = found;
  const reasons = reasonsOf(outcome.state === 'reached' ? outcome.value.sustained : outcome);
  return {
    found,
    part: {
      state: outcome.state === 'reached' ? outcome.value.sustained.state : outcome.state,
      reasons,
      explanation: reasons.length === 0 ? null : reasonSentence(reasons),
      against: alternative.name,
      firstRequestsPerMonth: first?.requestsPerMonth ?? null,
      firstServers: first?.servers ?? null,
      firstUtilization: first?.requiredUtilization ?? null,
      sustainedRequestsPerMonth: sustained?.requestsPerMonth ?? null,
      sustainedServers: sustained?.servers ?? null,
      requiredUtilization: sustained?.requiredUtilization ?? first?.requiredUtilization ?? null,
      evidence: 'evidence' in outcome ? outcome.evidence : {},
      selfCheaper: outcome.state === 'reached' ? outcome.value.selfCheaper : [],
      stairs,
      line,
    },
  };
}

const noBreakEven: Decision['breakEven'] = {
  state: 'refused',
  reasons: ['missing-input'],
  explanation: 'Needs an owned option and something that it replaces, each with its price.',
  against: null,
  ...{ firstRequestsPerMonth: null, firstServers: null, firstUtilization: null },
  ...{ sustainedRequestsPerMonth: null, sustainedServers: null, requiredUtilization: null },
  ...{ evidence: {}, selfCheaper: [], stairs: null, line: null },
};

export function npvPart(
  about: DecisionCase,
  evaluation: Evaluation,
): { readonly part: Decision['npv']; readonly flow: CashFlow | null } {
  const purchase = purchaseCase(about, evaluation);
  const { own, alternative } = evaluation;
  if (purchase === null || own === null || own.fleet === null || alternative === null)
    return { part: noNpv, flow: null };
  const outcome = purchaseCashFlow(purchase);
  const against = alternative.name;
  const hypothetical = evaluation.alternativeIsHypothetical;
  if (outcome.state === 'infeasible') {
    const usdOrNull = outcome.evidence['npvUsd'];
    const month = outcome.evidence['month'];
    return {
      flow: null,
      part: {
        ...{ ...noNpv, state: 'infeasible', reasons: outcome.reasons, against, hypothetical },
        usd: typeof usdOrNull === 'number' ? usdOrNull : null,
        firstMonthOverCapacity: typeof month === 'number' ? month : null,
      },
    };
  }
  const flow = outcome.value;
  const irr = internalRate(flow.cashUsd);
  const demand = { requestsPerMonth: purchase.requestsPerMonth, growth: purchase.growth };
  let balance = 0;
  return {
    flow,
    part: {
      state: 'ok',
      reasons: [],
      against,
      hypothetical,
      usd: flow.npvUsd,
      irr: shownValue(irr),
      irrState: irr.state,
      irrReasons: reasonsOf(irr),
      paybackMonth: flow.paybackMonth,
      discountedPaybackMonth: flow.discountedPaybackMonth,
      // Of the fleet as bought, whether or not the model adds servers then.
      firstMonthOverCapacity: firstMonthOverCapacity(demand, purchase.limit!, Math.round(12 * purchase.lifeYears)),
      serversAtEnd: own.fleet.sizing.servers.bought + own.fleet.unit.servers * (flow.months.at(-1)?.serversAdded ?? 0),
      cumulativeUsd: flow.cashUsd.map((cash) => (balance += cash)),
    },
  };
}

const noNpv: Decision['npv'] = {
  state: 'refused',
  reasons: ['missing-input'],
  ...{ against: null, hypothetical: false, usd: null, irr: null, irrState: 'refused', irrReasons: ['missing-input'] },
  ...{ paybackMonth: null, discountedPaybackMonth: null, firstMonthOverCapacity: null, serversAtEnd: null },
  cumulativeUsd: [],
};

const rateOf = (outcome: AnyState): RateOutcome => {
  const value = 'value' in outcome ? outcome.value : null;
  return { state: outcome.state, value: typeof value === 'number' ? value : null, reasons: reasonsOf(outcome) };
};
const noRate: RateOutcome = { state: 'refused', value: null, reasons: ['missing-input'] };

/** d* and p* against the API, also where a rental is cheaper; g* and the server price against what is really replaced. */
export function ratesPart(about: DecisionCase, evaluation: Evaluation): Decision['breakEvenRates'] {
  const { own, api, alternative } = evaluation;
  if (own === null || own.fleet === null)
    return { apiPriceDecline: noRate, growth: noRate, apiUsdPerRequest: noRate, serverPriceUsd: noRate };
  const againstApi = api?.api ? purchaseOf(own.fleet, own.values, api.api, true) : null;
  const against = alternative === null ? null : purchaseOf(own.fleet, own.values, alternative, true);
  const situation = { ...about.situation, mostServers: null };
  return {
    apiPriceDecline: againstApi === null ? noRate : rateOf(breakEvenDecline(againstApi)),
    growth: against === null ? noRate : rateOf(breakEvenGrowth(against)),
    apiUsdPerRequest: againstApi === null ? noRate : rateOf(breakEvenApiPrice(againstApi)),
    serverPriceUsd:
      alternative === null
        ? noRate
        : rateOf(
            breakEvenServerPrice((price) => {
              const values = { ...own.values, 'owned.server.price_usd': price };
              const fleet = fleetOf(values, situation);
              if (fleet.state !== 'ok') throw new Error('a fleet without a limit does not depend on its price');
              return purchaseOf(fleet.value, values, alternative, true);
            }),
          ),
  };
}

/** What each other vendor may ask so that it ties the cheapest owned servers, at the same objectives (2.15). */
export function indifferencePart(about: DecisionCase, evaluation: Evaluation): Decision['indifference'] {
  const { own } = evaluation;
  const ours = own?.fleet?.cost.perAcceleratorHour.annuity ?? null;
  if (own === null || ours === null) return [];
  const rate = (values: (typeof own)['values']) =>
    requests(
      need(values, 'capacity.requests_per_s_per_replica') / need(values, 'capacity.accelerators_per_replica'),
      'accelerator',
      'second',
    );
  return evaluation.options.flatMap((option): Decision['indifference'][number][] => {
    const rented = option.rented !== null && option.rented.mode !== 'scaled';
    if (option === own || option.usdPerYear === null || !(rented || option.kind === 'own')) return [];
    const target = indifferencePrice(ours, rate(own.values), rate(option.values));
    const quote = option.offer?.quote ?? null;
    const base = { offer: option.name, against: own.name, usdPerAcceleratorHour: target as number, quote };
    if (option.rented !== null)
      return [{ ...base, asks: option.rented.usdPerAcceleratorHour, serverPriceUsd: null, state: 'ok', reasons: [] }];
    const fleet = option.fleet!;
    const price = serverPriceFor(deploymentOf(option.values, about.situation, fleet.sizing), target);
    return [
      {
        ...base,
        asks: fleet.cost.perAcceleratorHour.annuity,
        serverPriceUsd: shownValue(price),
        state: price.state,
        reasons: reasonsOf(price),
      },
    ];
  });
}
