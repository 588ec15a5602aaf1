import type { Channel, FailureCode, Usage } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { count, type Fields, list, object, text } from './json-events.ts';
import { characters } from './openai-frame.ts';
import { noUsage, type Refusal } from './protocol.ts';

/**
 * One `GenerateContentResponse` into facts: an event of a stream, or with `atUs` null a whole reply. An event is one
 * content event per candidate, however many parts and tokens it holds.
 */
export function readGeminiReply(reply: Fields, facts: Facts, atUs: number | null): void {
  if (reply['error'] !== undefined && reply['error'] !== null) {
    failGemini(reply, facts);
    return;
  }
  const block = object(reply['promptFeedback'])['blockReason'];
  if (typeof block === 'string') {
    facts.finishChoice(block, 0);
    facts.flags.add('content_filtered');
  }
  for (const candidate of list(reply['candidates'])) readCandidate(candidate, facts, atUs);
  const usage = geminiUsage(reply['usageMetadata']);
  // A total of all candidates so far: with several, only the last counts, and it comes with the last finish.
  if (usage !== null && (facts.choices === 1 || facts.finished >= facts.choices))
    facts.usage.add(usage, -1, facts.finished);
}

function readCandidate(candidate: Fields, facts: Facts, atUs: number | null): void {
  const index = facts.choices > 1 ? (count(candidate['index']) ?? 0) : 0;
  let channel: Channel | null = null;
  for (const part of list(object(candidate['content'])['parts'])) {
    const found = readPart(part, index, facts);
    if (found !== null && (channel === null || rank[found] > rank[channel])) channel = found;
  }
  if (channel !== null) {
    if (atUs === null) facts.fill(channel);
    else facts.content(atUs, channel, index, -1, -1, -1);
  }
  const reason = candidate['finishReason'];
  if (typeof reason !== 'string' || reason === 'FINISH_REASON_UNSPECIFIED') return;
  facts.finishChoice(reason, index);
  if (filters.has(reason)) facts.flags.add('content_filtered');
}

/** Where an event holds several kinds, the one that a reader waits for names it. */
const rank: Readonly<Record<Channel, number>> = { reasoning: 0, tool: 1, refusal: 2, answer: 3 };

/** The model went on, and a filter took the answer away. */
const filters = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'MODEL_ARMOR',
]);

/** The channel of what the model generated; null for what it did not, such as the result of its code. */
function readPart(part: Fields, choice: number, facts: Facts): Channel | null {
  const words = text(part['text']);
  if (words !== '') {
    const thought = part['thought'] === true;
    facts.textChars += characters(words);
    if (!thought && facts.keepText && choice === 0) facts.text += words;
    return thought ? 'reasoning' : 'answer';
  }
  const call = part['functionCall'];
  if (typeof call === 'object' && call !== null) return readCall(object(call), choice, facts);
  const code = text(object(part['executableCode'])['code']);
  if (code !== '') {
    facts.textChars += characters(code);
    return 'tool';
  }
  // Media stand for tokens and have no characters.
  return part['inlineData'] === undefined ? null : 'answer';
}

function readCall(call: Fields, choice: number, facts: Facts): Channel | null {
  const name = text(call['name']);
  const args = call['args'] === undefined ? '' : JSON.stringify(call['args']);
  // Arguments in pieces, where they were asked for: `partialArgs` with `willContinue`.
  const partial = list(call['partialArgs']).map(({ stringValue }) => text(stringValue));
  if (name === '' && args === '' && partial.join('') === '') return null;
  facts.toolFragment(
    `${choice}.${text(call['id']) || name}`,
    name !== '' && args !== '' && call['willContinue'] !== true,
  );
  facts.textChars += characters(name) + characters(args) + characters(partial.join(''));
  return 'tool';
}

/**
 * Whether thoughts lie inside or outside `candidatesTokenCount` differs between services and dates, so that each reply's
 * own total decides; where there is none, or it fits neither, they lie outside, as the SDK's documentation says.
 */
export function geminiUsage(value: unknown): Usage | null {
  if (typeof value !== 'object' || value === null) return null;
  const usage = object(value);
  const prompt = count(usage['promptTokenCount']);
  const input = prompt === null ? null : prompt + (count(usage['toolUsePromptTokenCount']) ?? 0);
  const candidates = count(usage['candidatesTokenCount']);
  const thoughts = count(usage['thoughtsTokenCount']);
  const total = count(usage['totalTokenCount']);
  return {
    ...noUsage,
    input,
    inputCached: count(usage['cachedContentTokenCount']),
    output: outputOf(candidates, thoughts, total === null || input === null ? null : total - input),
    outputReasoning: thoughts,
  };
}

/** `rest` = total without the input. */
function outputOf(candidates: number | null, thoughts: number | null, rest: number | null): number | null {
  if (candidates === null && thoughts === null) return rest === null || rest < 0 ? null : rest;
  const inside = candidates ?? 0;
  const outside = inside + (thoughts ?? 0);
  return rest === inside && candidates !== null && inside >= (thoughts ?? 0) ? inside : outside;
}

/** https://cloud.google.com/apis/design/errors; statuses of google.rpc.Code. */
const codes: Readonly<Record<string, FailureCode>> = {
  RESOURCE_EXHAUSTED: 'rate_limited',
  UNAVAILABLE: 'overloaded',
  UNAUTHENTICATED: 'unauthorized',
  PERMISSION_DENIED: 'unauthorized',
  NOT_FOUND: 'not_found',
  INVALID_ARGUMENT: 'rejected',
  FAILED_PRECONDITION: 'rejected',
  OUT_OF_RANGE: 'rejected',
  INTERNAL: 'server_error',
  UNKNOWN: 'server_error',
  DEADLINE_EXCEEDED: 'server_error',
};

/** A wrong key is an invalid argument there, and the wait stands in the details, as `46s` or `3.5s`. */
export function geminiRefusal(reply: unknown): Refusal {
  // Without `alt=sse`, and behind some gateways, the error is the only item of a list.
  const error = object(object(Array.isArray(reply) ? reply[0] : reply)['error']);
  const details = list(error['details']);
  const badKey = details.some(({ reason }) => reason === 'API_KEY_INVALID');
  const delay = details.map((detail) => /^(\d+(?:\.\d+)?)s$/.exec(text(detail['retryDelay']))).find((found) => found);
  const message = text(error['message']);
  return {
    code: badKey ? 'unauthorized' : (codes[text(error['status'])] ?? null),
    message: message === '' ? null : `The server says: ${message}`,
    retryAfterMs: delay == null ? null : Math.round(Number(delay[1]) * 1000),
  };
}

export function failGemini(reply: unknown, facts: Facts): void {
  const { code, message, retryAfterMs } = geminiRefusal(reply);
  const sentence = message ?? 'The server reported an error without a message.';
  facts.fail(code ?? 'server_error', sentence, JSON.stringify(reply), retryAfterMs);
}
