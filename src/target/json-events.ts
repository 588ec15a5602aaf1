import { SseReader, type SseSink } from '../wire/sse.ts';
import type { Facts } from './facts.ts';
import type { StreamDecoder } from './protocol.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One event, parsed, into facts; `name` as `event:` gave it, empty without one. */
export type ReadEvent = (event: Fields, name: string, atUs: number) => void;

export interface JsonEventsOptions {
  /** Names of events that are never looked into, such as heartbeats. */
  readonly skipped?: ReadonlySet<string>;
  /** Data that is no JSON and ends the stream, such as `[DONE]`. */
  readonly done?: string;
  /** The body ended, and its last event was read. */
  readonly onEnd?: (clean: boolean) => void;
}

/**
 * Server-sent events whose data are JSON objects, for APIs whose events hold several tokens each. What an event means is
 * `read`'s to say; it ends the stream by setting `facts.terminated` or failing.
 */
export class JsonEvents implements StreamDecoder, SseSink {
  private readonly facts: Facts;
  private readonly read: ReadEvent;
  private readonly options: JsonEventsOptions;
  private readonly reader: SseReader;

  constructor(facts: Facts, read: ReadEvent, options: JsonEventsOptions = {}) {
    this.facts = facts;
    this.read = read;
    this.options = options;
    this.reader = new SseReader(this);
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    this.reader.push(bytes, start, end, atUs);
    if (this.reader.overflow) this.facts.fail('malformed_event', 'An event of the stream was longer than 16 MiB.');
  }

  end(clean: boolean): void {
    if (clean && this.reader.end()) this.facts.flags.add('unterminated_event');
    this.options.onEnd?.(clean);
  }

  whole(): number {
    return -1;
  }

  event(bytes: Buffer, start: number, end: number, atUs: number, name: string): boolean {
    if (this.options.skipped?.has(name) === true) return false;
    const data = bytes.toString('utf8', start, end);
    const bare = data.trim();
    if (bare === '') return false;
    if (bare === this.options.done) {
      this.facts.terminated = true;
      return true;
    }
    const event = parseObject(data);
    if (event === null) this.facts.fail('malformed_event', 'An event of the stream was not a JSON object.', data);
    else this.read(event, name, atUs);
    return this.facts.terminated || this.facts.failure !== null;
  }
}

/** Null for what is no JSON object. */
export function parseObject(data: string): Fields | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

export const object = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(object) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
