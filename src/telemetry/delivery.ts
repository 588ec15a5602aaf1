import { Attendance, isPlausible } from './attendance.ts';
import type { SourceSink } from './source.ts';

/** What comes out of a source: each note once, rows that name no device as vendors do left out, devices that vanish named. */
export class Delivery implements Pick<SourceSink, 'sample' | 'note'> {
  /** Samples so far. */
  samples = 0;
  private readonly name: string;
  private readonly sink: SourceSink;
  private readonly attendance = new Attendance();
  private readonly said = new Set<string>();

  /** @param name of the source, for sentences */
  constructor(name: string, sink: SourceSink) {
    this.name = name;
    this.sink = sink;
  }

  readonly sample: SourceSink['sample'] = (sample) => {
    if (!isPlausible(sample))
      return this.note('malformed_output', `${this.name} wrote lines that could not be read; they were left out.`);
    this.samples++;
    this.sink.sample(sample);
    if (sample.device === undefined) return;
    for (const gone of this.attendance.mark(sample))
      this.note('device_vanished', `${this.name}: ${gone} is not reported any more.`);
  };

  readonly note: SourceSink['note'] = (code, sentence) => {
    const key = `${code} ${sentence}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.sink.note(code, sentence);
  };
}
