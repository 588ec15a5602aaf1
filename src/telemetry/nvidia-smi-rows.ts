import type { PowerKind, RawValue, Sample, Throttle, Utilization } from '../record/sample.ts';
import { LineSplitter } from './lines.ts';
import { clockReasons } from './nvidia-smi-fields.ts';
import { isBlank, present, presentOrNone, siNumber } from './quantity.ts';
import { emptySample } from './stamp.ts';
import type { Output, OutputReader, Place } from './stream-source.ts';
import { unixSeconds } from './zoned-time.ts';

interface Column {
  readonly name: string;
  readonly unit: string | undefined;
}

/** Units of columns without one in their header, as with `nounits,noheader`. */
const units: readonly (readonly [RegExp, string])[] = [
  [/^(module\.)?(power\.|enforced\.power)/, 'W'],
  [/^utilization\./, '%'],
  [/^memory\./, 'MiB'],
  [/^clocks\./, 'MHz'],
  [/^clocks_event_reasons_counters\./, 'us'],
  [/^temperature\./, 'C'],
];

export interface NvidiaSmiOptions {
  /** Names of the columns where the output has no header. */
  readonly fields?: readonly string[];
  /** Zone of the time stamps; the tool is run in UTC. */
  readonly zone?: string;
}

/**
 * Rows of `nvidia-smi --query-gpu=… --format=csv`, with or without header and units, of any number of GPUs.
 * A row that does not have its columns is dropped and said.
 */
export class NvidiaSmiReader implements OutputReader {
  private readonly out: Output;
  private readonly place: Place;
  private readonly zone: string;
  private readonly lines = new LineSplitter();
  private columns: readonly Column[] | null;
  /** One kind of power for each device for the whole run: readings of two kinds are no series. */
  private readonly kinds = new Map<string, PowerKind>();
  /** Rows that could not be read. */
  dropped = 0;

  constructor(out: Output, place: Place, options: NvidiaSmiOptions = {}) {
    this.out = out;
    this.place = place;
    this.zone = options.zone ?? 'UTC';
    this.columns = options.fields?.map((name) => ({ name, unit: unitOf(name) })) ?? null;
  }

  push(bytes: Buffer): void {
    for (const line of this.lines.push(bytes)) this.line(line);
  }

  private line(line: string): void {
    const cells = line.split(',').map((cell) => cell.trim());
    if (line.trim() === '') return;
    const header = headerOf(cells);
    if (header !== null) {
      this.columns = header;
      return;
    }
    const sample =
      this.columns !== null && cells.length === this.columns.length ? this.sample(this.columns, cells) : null;
    if (sample !== null) this.out.sample(sample);
    else this.drop(line);
  }

  private drop(line: string): void {
    this.dropped++;
    if (/GPU is lost|requires? reset|Unable to determine the device handle/i.test(line))
      this.out.note('device_vanished', `nvidia-smi: ${line.trim().slice(0, 200)}`);
    else this.out.note('malformed_output', 'nvidia-smi wrote lines that could not be read; they were left out.');
  }

  private sample(columns: readonly Column[], cells: readonly string[]): Sample | null {
    const row = new Map(columns.map(({ name }, i) => [name, cells[i]!] as const));
    const text = (name: string) => {
      const cell = row.get(name);
      return cell === undefined || isBlank(cell) ? undefined : cell;
    };
    const number = (...names: string[]): number | undefined => {
      const column = columns.find(({ name }) => names.includes(name));
      return column && siNumber(row.get(column.name)!, column.unit);
    };
    const index = number('index');
    const uuid = text('uuid') ?? text('gpu_uuid');
    if (index === undefined && uuid === undefined) return null;
    const sourceS = parseStamp(row.get('timestamp'), this.zone);
    const sample = emptySample('nvidia-smi', this.place.clock.stamp(this.place.host, sourceS ?? null));
    if (sourceS === null) sample.quality.push('invalid_timestamp');
    sample.device = present({
      index,
      uuid,
      model: text('name') ?? text('gpu_name'),
      pci: text('pci.bus_id'),
      driver: text('driver_version'),
    });
    Object.assign(sample, this.power(uuid ?? String(index), number), presentReadings(number));
    const reasons = clockReasons(
      row.get('clocks_event_reasons.active') ?? row.get('clocks_throttle_reasons.active') ?? '',
    );
    const throttle = throttleOf(number, reasons);
    if (throttle !== undefined) sample.throttle = throttle;
    if (text('mig.mode.current') === 'Enabled') sample.quality.push('partitioned_device');
    sample.raw = columns.map(({ name, unit }, i) => present<RawValue>({ name, value: cells[i]!, unit }));
    return sample;
  }

  /** The mean of the second before, where the device has it; the reading of the moment on older ones. */
  private power(key: string, number: (name: string) => number | undefined): Partial<Sample> {
    const fields: readonly (readonly [PowerKind, number | undefined])[] = [
      ['avg1s', number('power.draw.average')],
      ['instant', number('power.draw.instant')],
      ['unknown', number('power.draw')],
    ];
    const kind = this.kinds.get(key) ?? fields.find(([, watts]) => watts !== undefined)?.[0];
    if (kind === undefined) return {};
    this.kinds.set(key, kind);
    const power_w = fields.find(([candidate]) => candidate === kind)![1];
    return power_w === undefined ? {} : { power_w, power_kind: kind, power_scope: 'gpu_board' };
  }
}

function unitOf(name: string): string | undefined {
  return units.find(([pattern]) => pattern.test(name))?.[1];
}

/** A header names its columns; a repeated one does so again. */
function headerOf(cells: readonly string[]): Column[] | null {
  const columns = cells.map((cell) => /^([a-z][a-z0-9_.]*)(?:\s*\[(.+)\])?$/.exec(cell));
  if (!columns.every((column) => column !== null)) return null;
  if (!columns.some((column) => ['index', 'uuid', 'gpu_uuid'].includes(column[1]!))) return null;
  return columns.map((column) => ({ name: column[1]!, unit: column[2] ?? unitOf(column[1]!) }));
}

/** Unix seconds; null for a time that the zone has twice or never; undefined without one. */
function parseStamp(cell: string | undefined, zone: string): number | null | undefined {
  if (cell === undefined) return undefined;
  const found = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(cell);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return unixSeconds({ year, month, day, hour, minute, second }, zone);
}

function presentReadings(number: (...names: string[]) => number | undefined): Partial<Sample> {
  return present<Partial<Sample>>({
    power_limit_w: number('enforced.power.limit', 'power.limit'),
    util: presentOrNone<Utilization>({ kernel: number('utilization.gpu'), mem_busy: number('utilization.memory') }),
    mem_used_b: number('memory.used'),
    mem_total_b: number('memory.total'),
    mem_reserved_b: number('memory.reserved'),
    temp_c: number('temperature.gpu'),
    mem_temp_c: number('temperature.memory'),
    sm_clock_hz: number('clocks.current.sm', 'clocks.sm'),
    mem_clock_hz: number('clocks.current.memory', 'clocks.mem'),
  } as { [K in keyof Sample]: Sample[K] | undefined });
}

/** Sum of the counters that are there. */
function total(...values: (number | undefined)[]): number | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length === 0 ? undefined : there.reduce((sum, value) => sum + value, 0);
}

function throttleOf(number: (name: string) => number | undefined, reasons: string[] | undefined): Throttle | undefined {
  const counter = (name: string) => number(`clocks_event_reasons_counters.${name}`);
  const brake = counter('hw_power_brake_slowdown');
  const hwThermal = counter('hw_thermal_slowdown');
  return presentOrNone<Throttle>({
    power_s: total(counter('sw_power_cap'), brake),
    thermal_s: total(counter('sw_thermal_slowdown'), hwThermal),
    hw_s: total(hwThermal, brake),
    reasons,
  });
}
