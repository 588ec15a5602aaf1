import { SseReader, type SseSink } from '../wire/sse.ts';
import type { Facts } from './facts.ts';
import { FrameShapes } from './frame-shapes.ts';
import { errorSentence, readFrame } from './openai-frame.ts';
import type { StreamDecoder } from './protocol.ts';

const lf = 10;
const cr = 13;

/** Shapes of frames are the server's, not a request's: what one stream taught serves all. */
const shapes = new FrameShapes();

/** Server-sent events of the OpenAI routes into facts. */
export class OpenAiStream implements StreamDecoder, SseSink {
  private readonly facts: Facts;
  private readonly reader: SseReader;

  constructor(facts: Facts) {
    this.facts = facts;
    this.reader = new SseReader(this);
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    this.reader.push(bytes, start, end, atUs);
    if (this.reader.overflow) this.facts.fail('malformed_event', 'An event of the stream was longer than 16 MiB.');
  }

  end(clean: boolean): void {
    if (clean && this.reader.end()) this.facts.flags.add('unterminated_event');
  }

  /** `data: {…}` and its blank line, all in one read and of a known shape: the way of nearly every token. */
  whole(bytes: Buffer, start: number, end: number, atUs: number): number {
    if (
      bytes[start] !== 0x64 ||
      bytes[start + 1] !== 0x61 ||
      bytes[start + 2] !== 0x74 ||
      bytes[start + 3] !== 0x61 ||
      bytes[start + 4] !== 0x3a
    )
      return -1;
    const behind = shapes.find(bytes, bytes[start + 5] === 0x20 ? start + 6 : start + 5, end);
    if (behind < 0) return -1;
    const next = blankLine(bytes, behind, end);
    if (next > 0) shapes.take(this.facts, bytes, atUs);
    return next;
  }

  event(bytes: Buffer, start: number, end: number, atUs: number, name: string): boolean {
    if (name === '' && shapes.find(bytes, start, end) === end) {
      shapes.take(this.facts, bytes, atUs);
      return false;
    }
    const data = bytes.toString('utf8', start, end);
    const bare = data.trim();
    if (bare === '') return false;
    if (bare === '[DONE]') {
      this.facts.terminated = true;
      return true;
    }
    const frame = parse(data);
    if (name === 'error') this.facts.fail('server_error', errorSentence(frame?.['error'] ?? frame ?? data), data);
    else if (frame === null) this.facts.fail('malformed_event', 'An event of the stream was not a JSON object.', data);
    else {
      readFrame(frame, this.facts, atUs);
      shapes.learn(bytes, start, end, frame);
    }
    return this.facts.failure !== null;
  }
}

/** Position behind the end of this line and an empty one; -1 when they are not both there as LF or CRLF. */
function blankLine(bytes: Buffer, at: number, end: number): number {
  if (at + 1 < end && bytes[at] === lf && bytes[at + 1] === lf) return at + 2;
  const crlf = at + 3 < end && bytes[at] === cr && bytes[at + 1] === lf && bytes[at + 2] === cr && bytes[at + 3] === lf;
  return crlf ? at + 4 : -1;
}

function parse(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
