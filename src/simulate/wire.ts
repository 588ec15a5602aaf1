import { type Answer, logprobOf, tokenOf } from './answer.ts';
import type { Route } from './ask.ts';

/** Chunk length lines; frames are rarely longer than the table. */
const lengthLines = Array.from({ length: 1024 }, (_, length) => `${length.toString(16)}\r\n`);

/** One HTTP chunk around ASCII text. */
export function chunk(text: string): string {
  return `${lengthLines[text.length] ?? `${text.length.toString(16)}\r\n`}${text}\r\n`;
}

export const doneChunk = chunk('data: [DONE]\n\n');

/** JSON text with everything outside ASCII escaped, so that a string's length is its length in bytes. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Usage as vLLM writes it in a stream. */
export function usageJson(prompt: number, completion: number, details: string): string {
  return `{"prompt_tokens":${prompt},"total_tokens":${prompt + completion},"completion_tokens":${completion}${details}}`;
}

export interface FrameFacts {
  readonly route: Route;
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly fingerprint: string;
}

/** What a token frame holds beside its text; all null in the plain case. */
export interface FrameExtras {
  readonly finish: string | null;
  readonly ids: string | null;
  readonly logprobs: string | null;
  readonly usage: string | null;
  /** Prompt ids, on the first frame of a completion that asked for ids. */
  readonly promptIds: string | null;
  readonly fingerprint: boolean;
}

export const noExtras: FrameExtras = {
  finish: null,
  ids: null,
  logprobs: null,
  usage: null,
  promptIds: null,
  fingerprint: false,
};

/** vLLM's stream events of one request, byte for byte but for ids and names; made to cost little for each token. */
export class Frames {
  readonly #chat: boolean;
  readonly #head: string;
  readonly #fingerprint: string;
  /** Up to the text, by 2 × choice + (1 for reasoning). */
  readonly #opens: string[] = [];
  readonly #plainClose: string;

  constructor(facts: FrameFacts) {
    this.#chat = facts.route === 'chat';
    const object = this.#chat ? 'chat.completion.chunk' : 'text_completion';
    const model = asciiJson(facts.model);
    this.#head = `data: {"id":"${facts.id}","object":"${object}","created":${facts.created},"model":${model},"choices":[`;
    this.#fingerprint = `,"system_fingerprint":"${facts.fingerprint}"`;
    this.#plainClose = this.#close(noExtras);
  }

  /** The event that opens a chat choice. */
  role(choice: number, usage: string | null, promptIds: string | null): string {
    const tail = usage === null ? '' : `"usage":${usage},`;
    return chunk(
      `${this.#head}{"index":${choice},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],${tail}"prompt_token_ids":${promptIds},"prompt_text":null}\n\n`,
    );
  }

  /** An event of a token, or of several. */
  tokens(choice: number, reasoning: boolean, text: string, extras: FrameExtras): string {
    const open = this.#open(choice, reasoning);
    const close = extras === noExtras ? this.#plainClose : this.#close(extras);
    const length = open.length + text.length + close.length;
    return `${lengthLines[length] ?? `${length.toString(16)}\r\n`}${open}${text}${close}\r\n`;
  }

  /** The event without choices that ends a stream which was asked for usage. */
  usage(usage: string): string {
    return chunk(`${this.#head}],"usage":${usage}${this.#fingerprint}}\n\n`);
  }

  /** An event whose JSON breaks off in the middle. */
  broken(choice: number): string {
    return chunk(`${this.#open(choice, false)}\n\n`);
  }

  #open(choice: number, reasoning: boolean): string {
    const slot = 2 * choice + (reasoning ? 1 : 0);
    const known = this.#opens[slot];
    if (known !== undefined) return known;
    const field = this.#chat ? `"delta":{"${reasoning ? 'reasoning' : 'content'}":"` : '"text":"';
    const open = `${this.#head}{"index":${choice},${field}`;
    this.#opens[slot] = open;
    return open;
  }

  #close(extras: FrameExtras): string {
    const finish = extras.finish === null ? 'null' : `"${extras.finish}"`;
    const reason = extras.finish === null && this.#chat ? '' : ',"stop_reason":null';
    const prompt = this.#chat ? '' : `,"prompt_token_ids":${extras.promptIds}`;
    const usage = extras.usage === null ? '' : `,"usage":${extras.usage}`;
    const last = extras.fingerprint ? this.#fingerprint : '';
    return `"${this.#chat ? '}' : ''},"logprobs":${extras.logprobs},"finish_reason":${finish}${reason}${prompt},"token_ids":${extras.ids}}]${usage}${last}}\n\n`;
  }
}

/** The `logprobs` object of the tokens [from, to) of an answer, in the shape of its route. */
export function logprobsJson(route: Route, answer: Answer, from: number, to: number, alternatives: number): string {
  const tokens = Array.from({ length: to - from }, (_, i) => ({
    token: tokenOf(answer, from + i).text,
    logprob: logprobOf(answer, from + i),
  }));
  if (route === 'completions')
    return JSON.stringify({
      text_offset: tokens.map(() => 0),
      token_logprobs: tokens.map((t) => t.logprob),
      tokens: tokens.map((t) => t.token),
      top_logprobs: tokens.map((t) => (alternatives > 0 ? { [t.token]: t.logprob } : null)),
    });
  const content = tokens.map((t) => ({ ...t, bytes: [...Buffer.from(t.token)] }));
  return JSON.stringify({ content: content.map((t) => ({ ...t, top_logprobs: alternatives > 0 ? [t] : [] })) });
}
