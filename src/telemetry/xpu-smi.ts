import type { Sample, Utilization } from '../record/sample.ts';
import { present, presentOrNone } from './quantity.ts';
import { type RowDialect, RowReader } from './query-rows.ts';
import { streamSource } from './stream-source.ts';
import { toolKind } from './tool-kind.ts';

const command = 'xpu-smi';
/** Utilization, power, clock, temperatures, memory in use, energy, memory bandwidth, as the manual numbers them. */
const metrics = '0,1,2,3,4,5,8,17,18';

/** Rows of `xpu-smi dump`: their stamps are times of a day, so that the time of receipt is taken. */
export const xpuRows: RowDialect = {
  source: 'xpu-smi',
  column(cell) {
    const found = /^([A-Za-z][A-Za-z0-9 _-]*?)(?:\s*\(([^)]+)\))?$/.exec(cell);
    if (found === null) return null;
    const unit = found[2]?.replace(/^Celsius.*$/, 'C');
    return { name: found[1]!.trim(), unit };
  },
  identity: ['DeviceId'],
  unitOf: () => undefined,
  stampOf: () => undefined,
  fill(sample, row) {
    const index = row.number('DeviceId');
    if (index === undefined || row.cell('TileId') !== undefined) return false;
    sample.device = { index };
    const power_w = row.number('GPU Power');
    if (power_w !== undefined) Object.assign(sample, { power_w, power_kind: 'unknown', power_scope: 'gpu_board' });
    const energy_j = row.number('GPU Energy Consumed');
    if (energy_j !== undefined) Object.assign(sample, { energy_j, energy_step_j: 0.01 });
    Object.assign(
      sample,
      present<Partial<Sample>>({
        util: presentOrNone<Utilization>({
          kernel: row.number('GPU Utilization'),
          dram: row.number('GPU Memory Bandwidth Utilization'),
        }),
        mem_used_b: row.number('GPU Memory Used'),
        temp_c: row.number('GPU Core Temperature'),
        mem_temp_c: row.number('GPU Memory Temperature'),
        sm_clock_hz: row.number('GPU Frequency'),
      } as Sample),
    );
    return true;
  },
};

/** Intel's GPUs. */
export const xpuSmi = toolKind({
  name: 'xpu-smi',
  command,
  look: { args: ['discovery', '--dump', '1,2'], found: (output) => /^\s*\d+\s*,/m.test(output.stdout) },
  source: ({ name, ssh, host, context }) =>
    streamSource({
      name,
      host,
      context,
      tool: async () => ({
        command,
        args: ['dump', '-d', '-1', '-m', metrics, '-i', String(Math.max(1, Math.round(context.intervalMs / 1000)))],
        ssh,
      }),
      reader: (out, place) => new RowReader(xpuRows, out, place),
    }),
});
