import type { Channel } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { type FrameTemplate, Holes, learnTemplate } from './frame-template.ts';
import { readUsage } from './usage.ts';

type Fields = Readonly<Record<string, unknown>>;

const maxTemplates = 4;
/** Frames that may be learnt in a row without a single match: a server that never repeats a shape costs no more. */
const patience = 32;

/** Where generated text may stand in a frame, and what it then is. */
const textPlaces: readonly (readonly [string, Channel])[] = [
  ['content', 'answer'],
  ['reasoning', 'reasoning'],
  ['reasoning_content', 'reasoning'],
];

/** The shapes of content frames that a server is known to send. */
export class FrameShapes {
  private readonly templates: FrameTemplate[] = [];
  private readonly holes = new Holes();
  private current: FrameTemplate | null = null;
  private oldest = 0;
  private credit = patience;

  /** Looks for a frame of known shape at `start`; returns the position behind it, or -1. */
  find(bytes: Buffer, start: number, end: number): number {
    if (this.current === null) return -1;
    const behind = this.holes.match(this.current, bytes, start, end);
    return behind >= 0 ? behind : this.findOther(bytes, start, end);
  }

  /** Facts of the frame that was found. */
  take(facts: Facts, bytes: Buffer, atUs: number): void {
    const { holes } = this;
    const { channel, usage } = this.current!;
    const index = facts.choices > 1 ? holes.index : 0;
    this.credit = patience;
    facts.textChars += holes.chars;
    if (facts.keepText && channel === 'answer' && index === 0) facts.text += this.text(bytes);
    facts.content(atUs, channel, index, holes.ids, holes.output, -1);
    if (usage === null) return;
    if (facts.choices === 1) facts.moveUsage(usage, holes.prompt, holes.output);
    else facts.usage.add({ ...usage, input: holes.prompt, output: holes.output }, holes.index, facts.finished);
  }

  /** Remembers the shape of a frame that was parsed, if it is one that will come again: one choice, one text, no end. */
  learn(bytes: Buffer, start: number, end: number, frame: Fields): void {
    const place = this.credit > 0 ? plainText(frame) : null;
    if (place === null) return;
    const usage = readUsage(frame['usage']);
    if (usage !== null && (usage.input === null || usage.output === null)) return;
    // reasoning that is counted beside the completion would be missed
    if (usage !== null && usage.output !== (frame['usage'] as Fields)['completion_tokens']) return;
    this.credit--;
    const template = learnTemplate(bytes.subarray(start, end), place[0], place[1], usage);
    if (template === null) return;
    if (this.templates.length < maxTemplates) this.templates.push(template);
    else {
      this.templates[this.oldest] = template;
      this.oldest = (this.oldest + 1) % maxTemplates;
    }
    this.current = template;
  }

  private findOther(bytes: Buffer, start: number, end: number): number {
    for (const template of this.templates) {
      if (template === this.current) continue;
      const behind = this.holes.match(template, bytes, start, end);
      if (behind < 0) continue;
      this.current = template;
      return behind;
    }
    return -1;
  }

  private text(bytes: Buffer): string {
    const { textStart, textEnd, escaped } = this.holes;
    const raw = bytes.toString('utf8', textStart, textEnd);
    return escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
  }
}

/** Path and channel of a frame's one text; null when it has none, several, or anything that is more than text. */
function plainText(frame: Fields): readonly [string, Channel] | null {
  const { choices, error, timings } = frame as { choices?: unknown; error?: unknown; timings?: unknown };
  if (!Array.isArray(choices) || choices.length !== 1 || (error ?? timings ?? null) !== null) return null;
  const choice = choices[0] as Fields;
  if ((choice['finish_reason'] ?? choice['logprobs'] ?? choice['message'] ?? null) !== null) return null;
  const delta = (choice['delta'] ?? {}) as Fields;
  if ((delta['tool_calls'] ?? delta['function_call'] ?? null) !== null || filled(delta['refusal'])) return null;
  const found: (readonly [string, Channel])[] = filled(choice['text']) ? [['.choices.0.text', 'answer']] : [];
  for (const [key, channel] of textPlaces) if (filled(delta[key])) found.push([`.choices.0.delta.${key}`, channel]);
  const only = found[0];
  if (only === undefined || found.length > 1) return null;
  const value = only[0].endsWith('.text') ? choice['text'] : delta[only[0].slice('.choices.0.delta.'.length)];
  return typeof value === 'string' ? only : null;
}

function filled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
