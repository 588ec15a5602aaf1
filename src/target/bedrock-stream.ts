import type { FailureCode, Usage } from '../record/exchange.ts';
import { type EventStreamHeaders, EventStreamReader, type EventStreamSink } from '../wire/eventstream.ts';
import { eventStreamFailure, sentence } from './aws-stream.ts';
import type { Facts } from './facts.ts';
import { count, type Fields, object, parseObject, text } from './json-events.ts';
import { characters } from './openai-frame.ts';
import { noUsage, type StreamDecoder } from './protocol.ts';

/** Exceptions of the Bedrock runtime, as they stand in the stream and in `x-amzn-errortype`, by lower-case name. */
export const bedrockCodes: Readonly<Record<string, FailureCode>> = {
  throttlingexception: 'rate_limited',
  servicequotaexceededexception: 'rate_limited',
  serviceunavailableexception: 'overloaded',
  modelnotreadyexception: 'overloaded',
  validationexception: 'rejected',
  conflictexception: 'rejected',
  accessdeniedexception: 'unauthorized',
  unrecognizedclientexception: 'unauthorized',
  invalidsignatureexception: 'unauthorized',
  incompletesignatureexception: 'unauthorized',
  missingauthenticationtokenexception: 'unauthorized',
  expiredtokenexception: 'unauthorized',
  resourcenotfoundexception: 'not_found',
  internalserverexception: 'server_error',
  modelerrorexception: 'server_error',
  modelstreamerrorexception: 'server_error',
  modeltimeoutexception: 'server_error',
};

/** Messages of ConverseStream into facts. `metadata` with the usage comes last, behind `messageStop`. */
export class BedrockStream implements StreamDecoder, EventStreamSink {
  private readonly facts: Facts;
  private readonly reader: EventStreamReader;

  constructor(facts: Facts) {
    this.facts = facts;
    this.reader = new EventStreamReader(this);
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    this.reader.push(bytes, start, end, atUs);
    eventStreamFailure(this.reader.fault, this.facts);
  }

  end(clean: boolean): void {
    if (clean && this.reader.pendingBytes === 0 && this.facts.finished > 0) this.facts.terminated = true;
  }

  message(headers: EventStreamHeaders, bytes: Buffer, start: number, end: number, atUs: number): boolean {
    const { facts } = this;
    const data = bytes.toString('utf8', start, end);
    const kind = headers[':message-type'];
    if (kind === 'event') {
      const event = parseObject(data);
      if (event === null) facts.fail('malformed_event', 'A message of the stream was not a JSON object.', data);
      else readEvent(String(headers[':event-type']), event, facts, atUs);
    } else if (kind === 'exception') {
      const type = String(headers[':exception-type']);
      const message = text(object(parseObject(data))['message']);
      facts.fail(bedrockCodes[type.toLowerCase()] ?? 'server_error', sentence(type, message), data);
    } else if (kind === 'error')
      facts.fail('server_error', sentence(String(headers[':error-code']), text(headers[':error-message'])), data);
    return facts.terminated || facts.failure !== null;
  }
}

function readEvent(type: string, event: Fields, facts: Facts, atUs: number): void {
  const index = String(event['contentBlockIndex'] ?? 0);
  if (type === 'contentBlockDelta') readDelta(object(event['delta']), index, facts, atUs);
  else if (type === 'contentBlockStart') {
    const name = text(object(object(event['start'])['toolUse'])['name']);
    if (name !== '') tool(index, name, '', facts, atUs);
  } else if (type === 'messageStop') finishBedrock(event['stopReason'], facts);
  else if (type === 'metadata') {
    const usage = bedrockUsage(event['usage']);
    if (usage !== null) facts.usage.add(usage, 0, facts.finished);
    facts.terminated = facts.finished > 0;
  }
}

function readDelta(delta: Fields, index: string, facts: Facts, atUs: number): void {
  const reasoning = delta['reasoningContent'];
  const input = text(object(delta['toolUse'])['input']);
  const answer = text(delta['text']);
  if (answer !== '') {
    facts.textChars += characters(answer);
    if (facts.keepText) facts.text += answer;
    facts.content(atUs, 'answer', 0, -1, -1, -1);
  } else if (input !== '') tool(index, '', input, facts, atUs);
  else if (reasoning !== undefined && reasoning !== null) {
    const thought = text(object(reasoning)['text']);
    // In cipher its tokens were generated all the same; a signature was not.
    if (thought === '' && object(reasoning)['redactedContent'] === undefined) return;
    facts.textChars += characters(thought);
    facts.content(atUs, 'reasoning', 0, -1, -1, -1);
  }
}

function tool(index: string, name: string, input: string, facts: Facts, atUs: number): void {
  facts.toolFragment(index, name !== '' && input !== '');
  facts.textChars += characters(name) + characters(input);
  facts.content(atUs, 'tool', 0, -1, -1, -1);
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html */
export function finishBedrock(reason: unknown, facts: Facts): void {
  if (typeof reason !== 'string') return;
  facts.finishChoice(reason, 0);
  if (reason === 'guardrail_intervened' || reason === 'content_filtered') facts.flags.add('content_filtered');
  if (reason === 'refusal') facts.flags.add('refused');
}

/** `inputTokens` leaves out what was read from the cache and written to it. */
export function bedrockUsage(value: unknown): Usage | null {
  if (typeof value !== 'object' || value === null) return null;
  const usage = object(value);
  const fresh = count(usage['inputTokens']);
  const read = count(usage['cacheReadInputTokens']);
  const write = count(usage['cacheWriteInputTokens']);
  return {
    ...noUsage,
    input: fresh === null ? null : fresh + (read ?? 0) + (write ?? 0),
    inputCached: read,
    inputCacheWrite: write,
    output: count(usage['outputTokens']),
  };
}
