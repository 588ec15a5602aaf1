import type { DecisionCase } from './decide-case.ts';
import { totalsOf } from './decide-course.ts';
import type { EvaluatedOption } from './decide-evaluate.ts';
import type { Fleet } from './decide-fleet.ts';
import { pricesOf } from './decide-price.ts';
import { reasonSentence } from './decide-reason.ts';
import type { OptionRow } from './decide-result.ts';
import { need } from './decide-values.ts';

/** An evaluated option as its row in the table: yearly cost in both views, prices of tokens, totals (section 13, row 2). */
export function optionRow(about: DecisionCase, option: EvaluatedOption, chosen: boolean): OptionRow {
  const { usdPerYear, state, reasons, missing } = option;
  const totals = totalsOf(about, option);
  const requestsPerYear = 12 * need(option.values, 'demand.requests_per_month');
  return {
    name: option.name,
    kind: option.kind,
    state,
    reasons,
    explanation: reasons.length === 0 ? null : reasonSentence(reasons, missing),
    chosen,
    ...money(option),
    usdPerRequest: usdPerYear === null ? null : usdPerYear / requestsPerYear,
    usdPerMillion: pricesOf(usdPerYear, option.values, option.kind === 'api' ? option.offer : null),
    listUsdPerMillion: option.kind === 'api' ? (option.offer?.listUsdPerMillion ?? null) : null,
    totalsUsd: totals.accrued,
    cashUsd: totals.cash,
    quote: quoteOf(option),
    ...boxes(option),
    sloMet: sloMetOf(about, option),
    selfShare: selfShareOf(option),
    lines: linesOf(option),
  };
}

/** Whether a run met the objectives with this capacity; null where nobody measured, as with an API. */
function sloMetOf({ measured = null }: DecisionCase, { kind, reasons, state }: EvaluatedOption): boolean | null {
  if (kind === 'api' || kind === 'hybrid') return null;
  if (reasons.includes('slo-never-met')) return false;
  const typed = reasons.includes('capacity-not-measured') || reasons.includes('capacity-of-other-hardware');
  return measured === null || typed || state === 'refused' ? null : true;
}

/** Renting by the hour and a hybrid plan are ways to use an offer that has its own row. */
const quoteOf = ({ kind, rented, offer }: EvaluatedOption): OptionRow['quote'] =>
  kind === 'hybrid' || rented?.mode === 'scaled' ? null : (offer?.quote ?? null);

function selfShareOf({ kind, hybrid, usdPerYear }: EvaluatedOption): number | null {
  if (usdPerYear === null) return null;
  if (kind === 'hybrid') return hybrid?.state === 'ok' ? hybrid.selfShare : null;
  return kind === 'api' ? 0 : 1;
}

const nothing = { annuity: null, straightLine: null };

function money(
  option: EvaluatedOption,
): Pick<OptionRow, 'capexUsd' | 'opexUsdPerYear' | 'usdPerYear' | 'usdPerAcceleratorHour'> {
  const { usdPerYear, fleet, rented, hybrid, kind } = option;
  if (usdPerYear === null)
    return { capexUsd: null, opexUsdPerYear: null, usdPerYear: nothing, usdPerAcceleratorHour: nothing };
  const same = { annuity: usdPerYear, straightLine: usdPerYear };
  if (kind === 'own' && fleet !== null) {
    const { cost } = fleet;
    const self = usdPerYear - cost.total.annuity;
    return {
      capexUsd: cost.capexTotal,
      opexUsdPerYear: cost.opex + self,
      usdPerYear: { annuity: usdPerYear, straightLine: cost.total.straightLine + self },
      usdPerAcceleratorHour: { ...cost.perAcceleratorHour },
    };
  }
  if (hybrid?.state === 'ok') {
    const { capexUsd, opexUsdPerYear, straightLineUsdPerYear: straightLine } = hybrid;
    return {
      capexUsd,
      opexUsdPerYear,
      usdPerYear: { annuity: usdPerYear, straightLine },
      usdPerAcceleratorHour: nothing,
    };
  }
  const perHour = rented?.usdPerAcceleratorHour ?? null;
  return {
    capexUsd: 0,
    opexUsdPerYear: usdPerYear,
    usdPerYear: same,
    usdPerAcceleratorHour: { annuity: perHour, straightLine: perHour },
  };
}

function boxes({
  kind,
  fleet,
  rented,
  hybrid,
  values,
}: EvaluatedOption): Pick<OptionRow, 'servers' | 'accelerators' | 'utilization'> {
  if (kind === 'own' && fleet !== null) {
    const { servers, acceleratorsBought, utilization } = fleet.sizing;
    return { servers, accelerators: acceleratorsBought, utilization };
  }
  if (rented !== null) {
    const { instances, acceleratorsPerInstance, utilization } = rented;
    const servers = { needed: instances, spare: 0, bought: instances };
    return { servers, accelerators: instances * acceleratorsPerInstance, utilization };
  }
  if (fleet !== null && hybrid?.state === 'ok') {
    const servers = { needed: hybrid.servers, spare: 0, bought: hybrid.servers };
    const { unit, load } = fleet;
    const nominal = (hybrid.servers / unit.servers) * unit.nominalRequestsPerMonth;
    const accelerators = hybrid.servers * Math.round(need(values, 'owned.server.accelerators'));
    return { servers, accelerators, utilization: (hybrid.selfShare * load.requestsPerMonth) / nominal };
  }
  return { servers: null, accelerators: null, utilization: null };
}

/** Where a year's money goes, for the stacked chart; capital as annuity. */
function linesOf(option: EvaluatedOption): OptionRow['lines'] {
  const { kind, usdPerYear, fleet, rented, api, hybrid } = option;
  if (usdPerYear === null) return [];
  if (kind === 'own' && fleet !== null)
    return ownedLines(fleet, fleet.sizing.servers.bought, usdPerYear - fleet.cost.total.annuity);
  if (rented !== null)
    return some({
      rental: usdPerYear - rented.fixedUsdPerYear,
      staff: rented.fixedUsdPerYear,
    });
  if (kind === 'api' && api !== null)
    return some({ 'API usage': usdPerYear - api.fixedUsdPerYear, 'fees and staff': api.fixedUsdPerYear });
  if (fleet !== null && hybrid?.state === 'ok') {
    const owned = ownedLines(fleet, hybrid.servers, 0);
    const rest = usdPerYear - owned.reduce((total, line) => total + line.usdPerYear, 0);
    return [...owned, ...some({ 'API usage': rest })];
  }
  return [];
}

function ownedLines({ cost }: Fleet, servers: number, self: number): OptionRow['lines'] {
  return some({
    capital: servers * cost.annuity,
    'energy and space': servers * (cost.energy + cost.colocation),
    'maintenance and licences': servers * (cost.maintenance + cost.licencesPerServer),
    staff: cost.staff,
    'other running cost': self,
  });
}

const some = (lines: Readonly<Record<string, number>>): OptionRow['lines'] =>
  Object.entries(lines).flatMap(([name, usdPerYear]) => (usdPerYear > 0 ? [{ name, usdPerYear }] : []));
