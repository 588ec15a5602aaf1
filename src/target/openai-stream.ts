import { SseReader, type SseSink } from '../wire/sse.ts';
import type { Facts } from './facts.ts';
import { errorSentence, readFrame } from './openai-frame.ts';
import type { StreamDecoder } from './protocol.ts';

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

  whole(_bytes: Buffer, _start: number, _end: number, _atUs: number): number {
    return -1;
  }

  event(bytes: Buffer, start: number, end: number, atUs: number, name: string): boolean {
    const data = bytes.toString('utf8', start, end);
    if (data.trim() === '') return false;
    if (data.trim() === '[DONE]') {
      this.facts.terminated = true;
      return true;
    }
    const frame = parse(data);
    if (name === 'error') this.facts.fail('server_error', errorSentence(frame?.['error'] ?? frame ?? data), data);
    else if (frame === null) this.facts.fail('malformed_event', 'An event of the stream was not a JSON object.', data);
    else readFrame(frame, this.facts, atUs);
    return this.facts.failure !== null;
  }
}

function parse(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
