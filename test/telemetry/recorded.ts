import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReasonCode, Sample } from '../../src/record/sample.ts';
import type { Dialect, DialectReader } from '../../src/telemetry/dialect.ts';
import { readExposition } from '../../src/telemetry/exposition.ts';
import { type Clocks, SourceClock } from '../../src/telemetry/stamp.ts';
import type { Output, OutputReader, Place } from '../../src/telemetry/stream-source.ts';

export const folder = join(import.meta.dirname, '../fixtures/telemetry');

export function recorded(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** What a source delivered. */
export class Delivered implements Output {
  readonly samples: Sample[] = [];
  readonly notes: (readonly [ReasonCode, string])[] = [];

  sample = (sample: Sample): void => void this.samples.push(sample);
  note = (code: ReasonCode, sentence: string): void => void this.notes.push([code, sentence]);

  get codes(): ReasonCode[] {
    return this.notes.map(([code]) => code);
  }
}

/** Clocks that stand still unless a test moves them. */
export class StillClocks implements Clocks {
  mono = 100;
  wall = Date.UTC(2026, 8, 14, 8, 15, 2) / 1000;
  monoS = () => this.mono;
  wallS = () => this.wall;
}

export function placeOf(clocks: Clocks, local = true): Place {
  return { host: 'node-a', local, clocks, clock: new SourceClock(clocks, local) };
}

/** Feeds a tool's output, in pieces that end at the given bytes. */
export function feed(
  create: (out: Output, place: Place) => OutputReader,
  output: string | Buffer,
  ends: readonly number[] = [],
  place: Place = placeOf(new StillClocks()),
): Delivered {
  const out = new Delivered();
  const bytes = Buffer.from(output);
  const reader = create(out, place);
  const cuts = [0, ...ends.map((end) => end % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, end] of cuts.slice(1).entries()) reader.push(bytes.subarray(cuts[i]!, end));
  return out;
}

/** Scrapes of one endpoint a second apart: a file may hold several after lines `# scrape N`. */
export function scrapes(dialect: Dialect, text: string, host = 'target'): Delivered {
  const out = new Delivered();
  const read = dialect.reader();
  const parts = text.split(/^# scrape .*\n/m).filter((part) => part.trim() !== '');
  for (const [i, part] of parts.entries()) once(read, part, i, host, out);
  return out;
}

export function once(read: DialectReader, text: string, atS: number, host: string, out: Output): void {
  const stamp = { t_mono_s: atS, t_wall_s: 1_790_000_000 + atS, host };
  read(readExposition(text), { stamp, url: `http://${host}/metrics` }, out);
}

/** A sample without what it was read from. */
export function values({
  raw: _raw,
  t_mono_s: _mono,
  t_wall_s: _wall,
  ...rest
}: Sample): Omit<Sample, 'raw' | 't_mono_s' | 't_wall_s'> {
  return rest;
}
