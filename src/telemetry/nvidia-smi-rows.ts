import type { PowerKind, Sample, Throttle, Utilization } from '../record/sample.ts';
import { clockReasons } from './nvidia-smi-fields.ts';
import { present, presentOrNone } from './quantity.ts';
import { queryColumn, type Row, type RowDialect } from './query-rows.ts';
import { unixSeconds } from './zoned-time.ts';

/** Units of columns without one in their header, as with `nounits,noheader`. */
const units: readonly (readonly [RegExp, string])[] = [
  [/^(module\.)?(power\.|enforced\.power)/, 'W'],
  [/^utilization\./, '%'],
  [/^memory\./, 'MiB'],
  [/^clocks\./, 'MHz'],
  [/^clocks_event_reasons_counters\./, 'us'],
  [/^temperature\./, 'C'],
];

/**
 * Unix seconds of a stamp such as `2026/09/14 08:15:00.104`.
 * @returns null for a time that the zone has twice or never, or that is no time; undefined without a stamp
 */
export function slashedStamp(cell: string | undefined, zone: string): number | null | undefined {
  if (cell === undefined) return undefined;
  const found = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(cell);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  return unixSeconds({ year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! }, zone);
}

/** Sum of the counters that are there. */
function total(...values: (number | undefined)[]): number | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length === 0 ? undefined : there.reduce((sum, value) => sum + value, 0);
}

function throttleOf(row: Row): Throttle | undefined {
  const counter = (name: string) => row.number(`clocks_event_reasons_counters.${name}`);
  const brake = counter('hw_power_brake_slowdown');
  const hwThermal = counter('hw_thermal_slowdown');
  return presentOrNone<Throttle>({
    power_s: total(counter('sw_power_cap'), brake),
    thermal_s: total(counter('sw_thermal_slowdown'), hwThermal),
    hw_s: total(hwThermal, brake),
    reasons: clockReasons(row.text('clocks_event_reasons.active', 'clocks_throttle_reasons.active') ?? ''),
  });
}

/**
 * Rows of `nvidia-smi --query-gpu=… --format=csv`.
 * @param zone of its time stamps, which name none; the tool is run in UTC
 */
export function nvidiaSmiRows(zone = 'UTC'): RowDialect {
  /** One kind of power for each device for the whole run: readings of two kinds are no series. */
  const kinds = new Map<string, PowerKind>();
  /** The mean of the second before, where the device has it; the reading of the moment on older ones. */
  const power = (key: string, row: Row): Partial<Sample> => {
    const readings: readonly (readonly [PowerKind, number | undefined])[] = [
      ['avg1s', row.number('power.draw.average')],
      ['instant', row.number('power.draw.instant')],
      ['unknown', row.number('power.draw')],
    ];
    const kind = kinds.get(key) ?? readings.find(([, watts]) => watts !== undefined)?.[0];
    if (kind === undefined) return {};
    kinds.set(key, kind);
    const power_w = readings.find(([candidate]) => candidate === kind)![1];
    return power_w === undefined ? {} : { power_w, power_kind: kind, power_scope: 'gpu_board' };
  };
  return {
    source: 'nvidia-smi',
    column: queryColumn,
    identity: ['index', 'uuid', 'gpu_uuid'],
    unitOf: (name) => units.find(([pattern]) => pattern.test(name))?.[1],
    stampOf: (row) => slashedStamp(row.cell('timestamp'), zone),
    lost: /GPU is lost|requires? reset|Unable to determine the device handle/i,
    fill(sample, row) {
      const index = row.number('index');
      const uuid = row.text('uuid', 'gpu_uuid');
      if (index === undefined && uuid === undefined) return false;
      sample.device = present({
        index,
        uuid,
        model: row.text('name', 'gpu_name'),
        pci: row.text('pci.bus_id', 'gpu_bus_id'),
        driver: row.text('driver_version'),
      });
      Object.assign(sample, power(uuid ?? String(index), row), readings(row));
      if (row.text('mig.mode.current') === 'Enabled') sample.quality.push('partitioned_device');
      return true;
    },
  };
}

function readings(row: Row): Partial<Sample> {
  return present<Partial<Sample>>({
    power_limit_w: row.number('enforced.power.limit', 'power.limit'),
    util: presentOrNone<Utilization>({
      kernel: row.number('utilization.gpu'),
      mem_busy: row.number('utilization.memory'),
    }),
    mem_used_b: row.number('memory.used'),
    mem_total_b: row.number('memory.total'),
    mem_reserved_b: row.number('memory.reserved'),
    temp_c: row.number('temperature.gpu'),
    mem_temp_c: row.number('temperature.memory'),
    sm_clock_hz: row.number('clocks.current.sm', 'clocks.sm'),
    mem_clock_hz: row.number('clocks.current.memory', 'clocks.mem'),
    throttle: throttleOf(row),
  } as Sample);
}
