import type { Utilization } from '../record/sample.ts';
import { slashedStamp } from './nvidia-smi-rows.ts';
import { present, presentOrNone } from './quantity.ts';
import { queryColumn, type RowDialect, RowReader } from './query-rows.ts';
import { streamSource } from './stream-source.ts';
import { toolKind } from './tool-kind.ts';
import { unixSeconds } from './zoned-time.ts';

const command = 'hl-smi';
const fields = [
  'timestamp',
  'index',
  'serial',
  'bus_id',
  'utilization.aip',
  'memory.used',
  'memory.total',
  'temperature.aip',
  'power.draw',
];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Sep 14 08:15:00 UTC 2026`; a zone that is only a nickname cannot be told. */
function dateStamp(cell: string): number | null {
  const found = /^\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d(?:\.\d+)?) (?:UTC|GMT) (\d{4})$/.exec(cell);
  if (found === null) return null;
  const month = months.indexOf(found[1]!) + 1;
  const [day, hour, minute, second, year] = found.slice(2).map(Number);
  return unixSeconds({ year: year!, month, day: day!, hour: hour!, minute: minute!, second: second! }, 'UTC');
}

/** Rows of `hl-smi -Q … -f csv`. */
export const gaudiRows: RowDialect = {
  source: 'hl-smi',
  column: queryColumn,
  identity: ['index', 'serial', 'bus_id', 'uuid'],
  unitOf: (name) =>
    ({ 'utilization.aip': '%', 'power.draw': 'W' })[name] ?? (name.startsWith('memory.') ? 'MiB' : undefined),
  stampOf(row) {
    const cell = row.cell('timestamp');
    return cell === undefined ? undefined : (dateStamp(cell) ?? slashedStamp(cell, 'UTC'));
  },
  fill(sample, row) {
    const index = row.number('index');
    const serial = row.text('serial');
    if (index === undefined && serial === undefined) return false;
    sample.device = present({
      index,
      serial,
      uuid: row.text('uuid'),
      pci: row.text('bus_id'),
      model: row.text('name'),
    });
    const power_w = row.number('power.draw');
    // It may be the reading of one rail only: the module's at most, never the wall's.
    if (power_w !== undefined) Object.assign(sample, { power_w, power_kind: 'unknown', power_scope: 'module' });
    Object.assign(
      sample,
      present({
        util: presentOrNone<Utilization>({ kernel: row.number('utilization.aip') }),
        mem_used_b: row.number('memory.used'),
        mem_total_b: row.number('memory.total'),
        temp_c: row.number('temperature.aip'),
      }),
    );
    return true;
  },
};

/** Intel Gaudi. */
export const gaudi = toolKind({
  name: 'hl-smi',
  command,
  look: { args: ['-L'], found: (output) => /\d/.test(output.stdout) },
  source: ({ name, ssh, host, context }) =>
    streamSource({
      name,
      host,
      context,
      // Whole seconds only.
      tool: async () => ({
        command,
        args: [
          '-Q',
          fields.join(','),
          '-f',
          'csv,noheader',
          '-l',
          String(Math.max(1, Math.round(context.intervalMs / 1000))),
        ],
        ssh,
      }),
      reader: (out, place) => new RowReader(gaudiRows, out, place, fields),
    }),
});
