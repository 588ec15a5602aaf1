import type { RunRecord, StepRecord } from '../record/run.ts';
import { writeRunRecord } from '../store/record.ts';

/** Holds `run.json` as it grows and writes it at every mark, one write after the other. */
export class RecordKeeper {
  record: RunRecord;
  /** The last write; rejects with `results_write_failed`. */
  written: Promise<void>;
  readonly #directory: string;

  constructor(directory: string, record: RunRecord) {
    this.#directory = directory;
    this.record = record;
    this.written = this.#write();
  }

  mark(index: number, step: StepRecord): void {
    this.change({ steps: [...this.record.steps.slice(0, index), step] });
  }

  /** Sentences that a reader of the run must see, each once. */
  note(texts: readonly string[]): void {
    const fresh = texts.filter((text) => !this.record.notes.includes(text));
    if (fresh.length > 0) this.change({ notes: [...this.record.notes, ...fresh] });
  }

  change(change: Partial<RunRecord>): void {
    this.record = { ...this.record, ...change };
    this.written = this.#write();
  }

  #write(): Promise<void> {
    const written = writeRunRecord(this.#directory, this.record);
    written.catch(() => {}); // whoever awaits `written` gets it
    return written;
  }
}
