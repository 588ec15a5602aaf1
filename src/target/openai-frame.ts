import type { Channel } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { readUsage } from './usage.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * One parsed object of the OpenAI chat or completions routes into facts: a stream frame, or with `atUs` null a whole
 * reply. Content is any non-empty text, reasoning, refusal or tool fragment, any token id, or a rise of continuous
 * usage without text (held-back UTF-8, special tokens); a role alone, an empty delta or usage alone is not.
 */
export function readFrame(frame: Fields, facts: Facts, atUs: number | null): void {
  if (frame['error'] !== undefined && frame['error'] !== null) {
    facts.fail('server_error', errorSentence(frame['error']), JSON.stringify(frame));
    return;
  }
  const usage = readUsage(frame['usage']);
  const choices = Array.isArray(frame['choices']) ? (frame['choices'] as Fields[]) : [];
  for (const choice of choices) {
    const index = facts.choices > 1 ? (count(choice['index']) ?? 0) : 0;
    // One usage for several choices says nothing of each.
    readChoice(choice, index, choices.length === 1 ? (usage?.output ?? -1) : -1, facts, atUs);
  }
  if (usage === null) return;
  const timings = (frame['timings'] ?? {}) as Fields;
  const accepted = count(timings['draft_n_accepted']) ?? usage.outputAccepted;
  // A whole reply of llama.cpp with several choices has the usage of one of them: what the others took is unknown.
  const half = atUs === null && facts.choices > 1 && timings['predicted_n'] === usage.output;
  const owner = choices.length === 1 && atUs !== null ? (count(choices[0]!['index']) ?? 0) : -1;
  facts.usage.add({ ...usage, output: half ? null : usage.output, outputAccepted: accepted }, owner, facts.finished);
}

function readChoice(choice: Fields, index: number, cumulative: number, facts: Facts, atUs: number | null): void {
  const delta = (choice['delta'] ?? choice['message'] ?? {}) as Fields;
  const answer = text(delta['content']) || text(choice['text']);
  const reasoning = text(delta['reasoning']) || text(delta['reasoning_content']);
  const refusal = text(delta['refusal']);
  const tool = readTools(delta, index, facts);
  if (refusal !== '') facts.flags.add('refused');
  facts.textChars += characters(answer) + characters(reasoning) + characters(refusal) + tool;
  if (facts.keepText && index === 0) facts.text += answer;
  const reason = choice['finish_reason'];
  const finish = typeof reason === 'string' ? reason : null;
  const channel = channelOf(answer, refusal, tool, reasoning);
  if (atUs !== null) {
    const ids = Array.isArray(choice['token_ids']) ? choice['token_ids'].length : -1;
    const rises = typeof delta['role'] !== 'string' && facts.rises(index, cumulative, finish !== null);
    if (channel !== null || ids > 0 || rises)
      facts.content(atUs, channel, index, ids, cumulative, logprobs(choice['logprobs']));
    else if (cumulative >= 0) facts.baseline = true;
  } else if (channel !== null) facts.fill(channel);
  if (finish !== null) facts.finishChoice(finish, index);
}

/** Where an event carries several kinds, the one that a reader waits for names it. */
function channelOf(answer: string, refusal: string, tool: number, reasoning: string): Channel | null {
  if (answer !== '') return 'answer';
  if (refusal !== '') return 'refusal';
  if (tool > 0) return 'tool';
  return reasoning !== '' ? 'reasoning' : null;
}

/** Characters of tool names and arguments; a call that came whole in one event is known as late. */
function readTools(delta: Fields, index: number, facts: Facts): number {
  const calls = Array.isArray(delta['tool_calls']) ? (delta['tool_calls'] as Fields[]) : [];
  const legacy = delta['function_call'];
  let sum = 0;
  for (const call of legacy === undefined || legacy === null ? calls : [{ index: 0, function: legacy }]) {
    const made = (call['function'] ?? {}) as Fields;
    const [name, args] = [text(made['name']), text(made['arguments'])];
    if (name === '' && args === '') continue;
    facts.toolFragment(`${index}.${count(call['index']) ?? 0}`, name !== '' && args !== '');
    sum += characters(name) + characters(args);
  }
  return sum;
}

/** Text of a field that some servers send as a list of parts. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((part: unknown) => text((part as Fields | null)?.['text'])).join('');
}

/** Chat: `{content: […]}`; completions: `{tokens: […]}`. */
function logprobs(value: unknown): number {
  if (typeof value !== 'object' || value === null) return -1;
  const list = (value as Fields)['content'] ?? (value as Fields)['tokens'];
  return Array.isArray(list) ? list.length : -1;
}

/** Unicode code points. */
export function characters(value: string): number {
  let low = 0;
  for (let k = 0; k < value.length; k++) {
    const unit = value.charCodeAt(k);
    if (unit >= 0xdc00 && unit <= 0xdfff) low++;
  }
  return value.length - low;
}

export function errorSentence(error: unknown): string {
  const message = errorMessage(error);
  return message === null ? 'The server reported an error without a message.' : `The server says: ${message}`;
}

/** What an error says that is text, or keys with a `message`; null when it says nothing. */
export function errorMessage(error: unknown): string | null {
  const message = typeof error === 'string' ? error : (error as Fields | null | undefined)?.['message'];
  return typeof message === 'string' ? message : null;
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
