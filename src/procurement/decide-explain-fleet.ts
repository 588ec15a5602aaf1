import type { AssumptionId } from './assumption.ts';
import type { EvaluatedOption } from './decide-evaluate.ts';
import type { Decision } from './decide-result.ts';
import { need } from './decide-values.ts';
import type { Entry } from './entry.ts';
import { type Explanation, explainStep, fig } from './explanation.ts';

/** Explanations of what is bought and when it has paid for itself. */

type EntriesOf = (ids: readonly AssumptionId[]) => Entry[];

const sizingIds = [
  'demand.requests_per_month',
  'demand.peak_to_average',
  'capacity.headroom',
  'capacity.requests_per_s_per_replica',
  'capacity.accelerators_per_replica',
] as const;
const priceIds = ['owned.server.price_usd', 'owned.fabric_share', 'owned.server.install_usd'] as const;

/** Servers of owned options and what they cost, instances of rented ones; null for what has none. */
export function boxStep(
  figure: 'servers' | 'capex_usd',
  option: EvaluatedOption,
  entriesOf: EntriesOf,
): Explanation | null {
  if (option.usdPerYear === null) return null;
  return figure === 'servers' ? serverStep(option, entriesOf) : capexStep(option, entriesOf);
}

function serverStep(
  { kind, fleet, rented, hybrid, values }: EvaluatedOption,
  entriesOf: EntriesOf,
): Explanation | null {
  if (kind === 'hybrid' && hybrid?.state === 'ok')
    return explainStep(
      ...(['servers', hybrid.servers, 'bought'] as const),
      'owned while each is busy enough: see tokbench decide, Hybrid',
      fig(hybrid.servers),
      entriesOf(sizingIds),
    );
  const load = fleet?.load ?? null;
  if (load === null || kind !== 'own' || fleet === null) return rentedStep({ rented, values }, entriesOf);
  const { replicas, servers } = fleet.sizing;
  return explainStep(
    ...(['servers', servers.bought, 'bought'] as const),
    'N_buy = N_needed + N_spare; N_needed holds ⌈peak · (1 + headroom) / X_slo⌉ replicas on whole servers',
    `${fig(servers.needed)} + ${fig(servers.spare)}, for ⌈${fig(load.peakPerS)} · (1 + ${fig(need(values, 'capacity.headroom'))}) / ${fig(need(values, 'capacity.requests_per_s_per_replica'))}⌉ = ${fig(replicas)} replicas`,
    entriesOf([...sizingIds, 'owned.server.accelerators', 'owned.spare_servers']),
  );
}

function rentedStep(
  { rented, values }: Pick<EvaluatedOption, 'rented' | 'values'>,
  entriesOf: EntriesOf,
): Explanation | null {
  if (rented === null) return null;
  return explainStep(
    ...(['servers', rented.instances, 'instances at the peak'] as const),
    'instances that hold ⌈peak · (1 + headroom) / X_slo⌉ replicas',
    `${fig(rented.instances)} of ${fig(rented.acceleratorsPerInstance)} accelerators, for ${fig(rented.replicas)} replicas of ${fig(need(values, 'capacity.accelerators_per_replica'))}`,
    entriesOf([...sizingIds, 'rent.accelerators_per_instance']),
  );
}

function capexStep({ kind, fleet, hybrid, values }: EvaluatedOption, entriesOf: EntriesOf): Explanation | null {
  const bought =
    kind === 'own' && fleet !== null
      ? { servers: fleet.sizing.servers.bought, usd: fleet.cost.capexTotal }
      : hybrid?.state === 'ok'
        ? { servers: hybrid.servers, usd: hybrid.capexUsd }
        : null;
  if (bought === null) return null;
  const [price, fabric, install] = [
    need(values, 'owned.server.price_usd'),
    need(values, 'owned.fabric_share'),
    need(values, 'owned.server.install_usd'),
  ];
  return explainStep(
    ...(['capex_usd', bought.usd, 'USD'] as const),
    'N_buy · (P · (1 + f_net) + install)',
    `${fig(bought.servers)} · (${fig(price)} · (1 + ${fig(fabric)}) + ${fig(install)})`,
    entriesOf(priceIds),
  );
}

/** Payback as the cash that has come together in the months around it. */
export function paybackStep({ npv }: Decision): Explanation {
  const { paybackMonth: month, cumulativeUsd } = npv;
  const after = (at: number) => `${fig(cumulativeUsd[at] ?? null)} after month ${at}`;
  const last = cumulativeUsd.length - 1;
  return explainStep(
    ...(['payback_month', month, 'months after the purchase'] as const),
    'first month in which what was saved is at least what was paid; the resale is not counted',
    month === null ? `never: ${after(Math.max(0, last))}` : `${after(month - 1)}, ${after(month)}`,
    [],
  );
}
