import { GrowingBytes } from '../wire/growing.ts';
import type { Facts } from './facts.ts';
import { failGemini, readGeminiReply } from './gemini-reply.ts';
import { JsonEvents } from './json-events.ts';
import type { StreamDecoder } from './protocol.ts';

const maxBareBytes = 1024 * 1024;
const [lf, cr, brace, bracket] = [10, 13, 0x7b, 0x5b];

/**
 * Server-sent events of `streamGenerateContent`. There is no terminator: the body ends, behind a finish reason. An error
 * within the stream comes as bare JSON, outside of any event: a line that begins with a brace or bracket, which no line of
 * an event does.
 */
export class GeminiStream implements StreamDecoder {
  private readonly facts: Facts;
  private readonly events: JsonEvents;
  private bare: GrowingBytes | null = null;
  private lineBegins = true;

  constructor(facts: Facts) {
    this.facts = facts;
    this.events = new JsonEvents(facts, (event, _name, atUs) => readGeminiReply(event, facts, atUs));
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    if (this.bare === null) {
      const at = this.findBare(bytes, start, end);
      this.events.push(bytes, start, at, atUs);
      if (at === end || this.facts.failure !== null) return;
      this.bare = new GrowingBytes();
      this.bare.append(bytes, at, end);
    } else this.bare.append(bytes, start, end);
    this.readBare(false);
  }

  end(clean: boolean): void {
    this.events.end(clean);
    if (this.bare !== null) this.readBare(true);
    if (clean && this.facts.finished > 0) this.facts.terminated = true;
  }

  /** Position of a line that is no event's, else `end`. */
  private findBare(bytes: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (this.lineBegins && (byte === brace || byte === bracket)) return at;
      this.lineBegins = byte === lf || byte === cr;
    }
    return end;
  }

  private readBare(ended: boolean): void {
    const { bytes, length } = this.bare!;
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8', 0, length));
    } catch {
      if (!ended && length <= maxBareBytes) return;
      const text = bytes.toString('utf8', 0, Math.min(length, maxBareBytes));
      this.facts.fail('malformed_event', 'The stream ended in JSON that is none.', text);
      return;
    }
    failGemini(value, this.facts);
  }
}
