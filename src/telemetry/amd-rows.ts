import type { Sample, Utilization } from '../record/sample.ts';
import { type AmdIdentity, amdDevice, amdEnergyStepJ, amdPower, amdThrottle, medianOf } from './amd-record.ts';
import { present, presentOrNone } from './quantity.ts';
import type { Row, RowDialect } from './query-rows.ts';

/** Columns by their header, for releases put them elsewhere; the older names come last. */
const units: readonly (readonly [RegExp, string])[] = [
  [/_activity$/, '%'],
  [/power/, 'W'],
  [/_clk$/, 'MHz'],
  [/_vram$/, 'MB'],
  [/energy/, 'J'],
];

function clocks(row: Row, kind: RegExp): number | undefined {
  return medianOf(row.names.flatMap((name) => (kind.test(name) ? (row.number(name) ?? []) : [])));
}

/**
 * Rows of `amd-smi metric … --csv`, watched or taken once. The stamp is a whole second: it is kept, and the time of
 * receipt is taken.
 */
export function amdRows(identities: ReadonlyMap<number, AmdIdentity>): RowDialect {
  return {
    source: 'amd-smi',
    column: (cell) => (/^[a-z][a-z0-9_]*$/.test(cell) ? { name: cell } : null),
    identity: ['gpu'],
    unitOf: (name) => units.find(([pattern]) => pattern.test(name))?.[1],
    stampOf: () => undefined,
    fill(sample, row) {
      const index = row.number('gpu');
      if (index === undefined) return false;
      const identity = identities.get(index);
      const stampS = row.number('timestamp');
      if (stampS !== undefined) sample.t_source_s = stampS;
      sample.device = amdDevice(index, identity);
      const energy_j = row.number('total_energy_consumption');
      Object.assign(
        sample,
        amdPower(row.number('socket_power', 'current_socket_power', 'average_socket_power'), identity?.model),
        energy_j === undefined ? {} : { energy_j, energy_step_j: amdEnergyStepJ },
        present<Partial<Sample>>({
          util: presentOrNone<Utilization>({
            kernel: row.number('gfx_activity'),
            mem_busy: row.number('umc_activity'),
          }),
          mem_used_b: row.number('used_vram'),
          mem_total_b: row.number('total_vram'),
          temp_c: row.number('hotspot', 'hotspot_temperature') ?? row.number('edge', 'edge_temperature'),
          mem_temp_c: row.number('mem', 'mem_temperature'),
          sm_clock_hz: clocks(row, /^gfx_\d+_clk$/),
          mem_clock_hz: clocks(row, /^mem_\d+_clk$/),
          throttle: amdThrottle(row.text('throttle_status')),
        } as Sample),
      );
      if (identity?.partitioned === true) sample.quality.push('partitioned_device');
      return true;
    },
  };
}
