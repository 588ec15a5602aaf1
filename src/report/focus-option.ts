import type { DecisionCase } from '../procurement/decide-case.ts';
import type { EvaluatedOption } from '../procurement/decide-evaluate.ts';
import type { FocusOption } from './focus.ts';
import { apiMonths, hybridApiMonths, hybridOwnedMonths, ownedMonths, rentedMonths } from './focus-month.ts';

/** An option as FOCUS names it, with its charges; a hybrid plan as its two parts, one without figures as none. */
export function focusOptions(
  about: DecisionCase,
  option: EvaluatedOption,
  months: number,
  organisation: string,
): FocusOption[] {
  const { kind, name, state, values } = option;
  if (option.usdPerYear === null) return [];
  if (kind === 'hybrid') return hybridParts(about, option, months, organisation);
  const ratio = { output_input_ratio: values['cost.output_input_ratio'] ?? null };
  const base = {
    option: name,
    kind,
    runId: null,
    state,
    // An API's latency is not measured here, so nobody can say whether it meets the objectives.
    sloMet: kind === 'api' ? null : state === 'ok' ? true : state === 'infeasible' ? false : null,
    costBasis: 'allocation',
  };
  const vendor = vendorOf(name);
  const provider = kind === 'own' ? organisation : vendor.provider;
  const service = kind === 'own' ? 'Own model serving' : vendor.service;
  if (kind === 'api')
    return [
      {
        ...{ ...base, provider, service, resource: null, utilization: null },
        attribution: { method: option.offer?.listUsdPerMillion ? 'list' : 'per-request', details: {} },
        sku: { id: name, details: { x_Model: vendor.service } },
        charges: apiMonths(about, option, months),
      },
    ];
  const charges = kind === 'own' ? ownedMonths(about, option) : rentedMonths(about, option, kind, months);
  const accelerators = kind === 'own' ? values['owned.server.accelerators'] : option.rented?.acceleratorsPerInstance;
  return [
    {
      ...{ ...base, provider, service, charges },
      utilization: (kind === 'own' ? option.fleet?.sizing.utilization : option.rented?.utilization) ?? null,
      attribution: { method: 'price-ratio', details: ratio },
      sku: { id: name, details: { GpuCount: accelerators ?? null } },
      resource: { name, type: kind === 'own' ? 'Owned server' : 'Rented instance' },
    },
  ];
}

/** `api:openai/gpt-5` is of openai; `rent:lambda/h100` of lambda; a bare kind names nobody. */
function vendorOf(name: string): { readonly provider: string; readonly service: string } {
  const [, text = name] = /^[a-z]+:(.*)$/.exec(name) ?? [];
  const [provider, ...rest] = text.split('/');
  return { provider: provider || name, service: rest.join('/') || text };
}

/** Owned servers and the API of a hybrid plan: two suppliers, one option. */
function hybridParts(
  about: DecisionCase,
  option: EvaluatedOption,
  months: number,
  organisation: string,
): FocusOption[] {
  const { hybrid, api, values, name, state } = option;
  if (hybrid?.state !== 'ok' || api === null) return [];
  const base = { option: name, runId: null, state, sloMet: null, costBasis: 'allocation', resource: null } as const;
  const vendor = vendorOf(api.name);
  return [
    {
      ...base,
      kind: 'own',
      utilization: null,
      attribution: {
        method: 'price-ratio',
        details: { output_input_ratio: values['cost.output_input_ratio'] ?? null },
      },
      provider: organisation,
      service: 'Own model serving',
      sku: { id: 'hybrid:own', details: { GpuCount: values['owned.server.accelerators'] ?? null } },
      resource: { name: `${option.offer?.name ?? 'own'} of the hybrid plan`, type: 'Owned server' },
      charges: hybridOwnedMonths(about, option),
    },
    {
      ...base,
      kind: 'api',
      utilization: null,
      attribution: { method: 'per-request', details: {} },
      provider: vendor.provider,
      service: vendor.service,
      sku: { id: `hybrid:${api.name}`, details: { x_Model: vendor.service } },
      charges: hybridApiMonths(about, option, months),
    },
  ];
}
