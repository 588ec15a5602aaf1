import type { Exposition } from './exposition.ts';
import type { Stamp } from './stamp.ts';
import type { Output } from './stream-source.ts';

/** What one scrape is known to be. */
export interface ScrapePlace {
  readonly stamp: Stamp;
  /** Without query. */
  readonly url: string;
}

/** Reads one scrape after the other of one endpoint; may remember what it saw. Never throws for what an exporter writes. */
export type DialectReader = (exposition: Exposition, place: ScrapePlace, out: Output) => void;

/** The families of one exporter and what they mean. */
export interface Dialect {
  readonly name: string;
  /** Whether a scrape holds at least one of its families. */
  knows(exposition: Exposition): boolean;
  reader(): DialectReader;
}
