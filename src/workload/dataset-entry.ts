import { UserError } from '../error/user-error.ts';
import type { Message, Prompt } from '../record/turn.ts';
import type { RawEntry } from './dataset-file.ts';

/** One prompt of a data set, its lengths as far as the file or a tokenizer tells them. */
export interface Entry {
  readonly prompt: Prompt;
  /** The input length that the file names; null when it names none. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** A line of tokbench JSONL: `messages` or `prompt`, and where known `output_tokens` and `input_tokens`. */
export function readTokbenchLine({ text, at }: RawEntry): Entry {
  const value = parse(text, at);
  const inputTokens = tokens(value['input_tokens'], 'input_tokens', at);
  const outputTokens = tokens(value['output_tokens'], 'output_tokens', at);
  if (outputTokens === 0) refuse(at, 'asks for 0 output tokens; the least is 1');
  const { messages, prompt } = value as { messages?: unknown; prompt?: unknown };
  if (messages !== undefined) return { prompt: readMessages(messages, at), inputTokens, outputTokens };
  if (typeof prompt === 'string' && prompt !== '')
    return { prompt: { kind: 'text', text: prompt }, inputTokens, outputTokens };
  if (inputTokens !== null) refuse(at, 'has lengths but no text: it is a trace; give it with --trace');
  return refuse(at, 'has neither "messages" nor a "prompt" that is text');
}

/** The first question of a ShareGPT conversation and the answer to it; null when there are fewer than two turns. */
export function readShareGpt({ text, at }: RawEntry): { question: string; answer: string } | null {
  const { conversations } = parse(text, at) as { conversations?: unknown };
  if (!Array.isArray(conversations)) refuse(at, 'has no "conversations": it is not ShareGPT');
  const values = conversations.slice(0, 2).map((turn: unknown) => (turn as { value?: unknown } | null)?.value);
  const [question, answer] = values;
  return typeof question === 'string' && typeof answer === 'string' ? { question, answer } : null;
}

function parse(text: string, at: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(at, `is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'is not a JSON object');
  return value as Record<string, unknown>;
}

function tokens(value: unknown, key: string, at: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(at, `has a "${key}" that is not a whole number of tokens: ${JSON.stringify(value)}`);
}

const roles: Readonly<Record<string, Message['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** Messages as OpenAI's chat takes them. Throws UserError `code`. */
export function readMessages(value: unknown, at: string, code = 'bad_dataset'): Prompt {
  const refuse = (place: string, what: string): never => {
    throw new UserError(code, `${place} ${what}.`);
  };
  if (!Array.isArray(value) || value.length === 0) refuse(at, 'has "messages" that are not a list with an entry');
  const messages = (value as unknown[]).map((item): Message => {
    const { role, content } = (item ?? {}) as { role?: unknown; content?: unknown };
    const known = typeof role === 'string' ? roles[role] : undefined;
    if (known === undefined)
      refuse(at, `has a message of role ${JSON.stringify(role)}; system, user and assistant are known`);
    return { role: known!, content: contentText(content, at, refuse) };
  });
  return { kind: 'messages', messages };
}

/** A string, or OpenAI's list of text parts. */
function contentText(content: unknown, at: string, refuse: (at: string, what: string) => never): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return refuse(at, 'has a message without text content');
  return content
    .map((part: unknown) => {
      const { text } = (part ?? {}) as { text?: unknown };
      return typeof text === 'string' ? text : refuse(at, 'has a message with content other than text');
    })
    .join('');
}

function refuse(at: string, what: string): never {
  throw new UserError('bad_dataset', `${at} ${what}.`);
}
