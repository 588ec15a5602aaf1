import { UserError } from '../error/user-error.ts';
import { type ApiTrace, traceAt } from '../procurement/api-trace.ts';
import type { MeasuredCapacity } from '../procurement/capacity.ts';
import type { Statement } from '../procurement/entry.ts';
import { acceleratorsOf, recordedAccelerators } from '../procurement/hardware-count.ts';
import type { Offer } from '../procurement/offer.ts';
import { capacityOfRun, type HardwareCount } from '../procurement/throughput.ts';
import { readRun, type StoredRun } from '../store/record.ts';
import { outputOf } from '../target/protocols.ts';
import { summariseRun } from './analysis.ts';
import { parseHardware } from './plan-quantity.ts';

/** Judged where neither the run nor the command states an objective: an interactive service (section 3). */
export const defaultObjectives = ['ttft.p99 < 500ms', 'tpot.p99 < 50ms', 'errors < 1%'] as const;

/** Where replies hold vectors or scores, whose times nobody has set a usual limit for. */
const ungeneratedObjectives = ['errors < 1%'] as const;

export interface PricedRun {
  readonly stored: StoredRun;
  readonly capacity: MeasuredCapacity;
}

/**
 * Reads runs as capacities at their objectives, or at those given instead.
 *
 * @param hardware `NAME[xN]` for runs that do not say what they ran on
 * @throws UserError those of `readRun`, `bad_objective`, `bad_hardware`, `unknown_profile`
 */
export async function readPricedRuns(
  paths: readonly string[],
  options: { readonly out: string; readonly objectives: readonly string[]; readonly hardware: string | null },
): Promise<PricedRun[]> {
  const given = options.hardware === null ? null : parseHardware(options.hardware);
  if (options.hardware !== null && given === null)
    throw new UserError('bad_hardware', `--hardware ${options.hardware}: write NAME or NAMExN, such as h100-sxmx8.`);
  const stated = given === null ? null : acceleratorsOf(given);
  const runs: PricedRun[] = [];
  for (const path of paths) {
    const stored = await readRun(path, options.out);
    const assumed = options.objectives.length === 0 && stored.record.objectives.length === 0;
    const usual = outputOf(stored.record.target.protocol) === 'tokens' ? defaultObjectives : ungeneratedObjectives;
    const objectives = assumed ? usual : options.objectives.length > 0 ? options.objectives : stored.record.objectives;
    const summary = await summariseRun({ ...stored, record: { ...stored.record, objectives } });
    const capacity = capacityOfRun(summary, stated ?? hardwareOf(stored));
    const note = `The run states no objective: judged by ${usual.join(', ')}, the default for ${usual === defaultObjectives ? 'an interactive service' : 'replies that are not generated'}.`;
    runs.push({ stored, capacity: assumed ? { ...capacity, notes: [...capacity.notes, note] } : capacity });
  }
  return runs;
}

function hardwareOf({ record }: StoredRun): HardwareCount | null {
  const { hardware } = record.plan as { hardware?: HardwareCount | null };
  return recordedAccelerators(hardware ?? null);
}

/** Prices the requests of a run at every API among the offers, each request at its own size and time. */
export async function traceRun({ stored }: PricedRun, offers: readonly Offer[]): Promise<Map<string, ApiTrace>> {
  const apis = offers.flatMap(({ name, api }) =>
    api === null ? [] : [{ name, trace: traceAt(api, stored.record.startedUnixMs) }],
  );
  if (apis.length > 0)
    for await (const exchange of stored.exchanges()) for (const { trace } of apis) trace.add(exchange);
  return new Map(apis.map(({ name, trace }) => [name, trace.result()]));
}

/** What a run says about the cost model, below everything that people state. */
export function runStatements({ capacity }: PricedRun): Statement[] {
  const { accelerators, name } = capacity;
  if (accelerators === null) return [];
  return [
    {
      ...{ id: 'capacity.accelerators_per_replica', value: accelerators, layer: 'run', origin: name },
      ...{ sourceText: `hardware of the run, ${capacity.hardware} x ${accelerators}`, kind: 'measured' },
    },
  ];
}
