import type { Channel, Usage } from '../record/exchange.ts';

/**
 * A shape of content frames: bytes that are the same in all of them, and holes between. A frame that has the same bytes
 * outside its holes, and in them what JSON allows there, would parse to the same object but for the holes' values, so it
 * need not be parsed: comparing some 200 bytes costs a tenth of `JSON.parse`, and this is where a client's CPU time goes.
 * Whatever does not fit, by a single byte, is parsed.
 */
export interface FrameTemplate {
  /** One more than there are holes. */
  readonly literals: readonly Uint8Array[];
  readonly holes: Uint8Array;
  readonly channel: Channel;
  /** Usage of the frame that taught the shape; null without. Its counts of prompt and output are holes. */
  readonly usage: Usage | null;
}

export const hole = { string: 0, number: 1, text: 2, index: 3, prompt: 4, output: 5, ids: 6 } as const;
type Hole = (typeof hole)[keyof typeof hole];

/** Values of the holes of the frame that was matched last; reused, so that a token costs no object. */
export class Holes {
  textStart = 0;
  textEnd = 0;
  chars = 0;
  escaped = false;
  index = 0;
  prompt = -1;
  output = -1;
  ids = -1;
  private number = 0;

  /** Matches a JSON object that begins at `start`; returns the position behind it, or -1. */
  match(template: FrameTemplate, bytes: Uint8Array, start: number, end: number): number {
    const { literals, holes } = template;
    this.prompt = this.output = this.ids = -1;
    this.index = 0;
    let at = start;
    for (let k = 0; k < literals.length; k++) {
      const literal = literals[k]!;
      const length = literal.length;
      if (at + length > end) return -1;
      for (let n = 0; n < length; n++) if (bytes[at + n] !== literal[n]) return -1;
      at += length;
      if (k === holes.length) return at;
      at = this.fill(holes[k]!, bytes, at, end);
      if (at < 0) return -1;
    }
    return at;
  }

  private fill(kind: number, bytes: Uint8Array, start: number, end: number): number {
    switch (kind) {
      case hole.text:
        return this.readText(bytes, start, end);
      case hole.string:
        return skipString(bytes, start, end);
      case hole.ids:
        return this.readIds(bytes, start, end);
    }
    const at = this.readNumber(bytes, start, end);
    if (kind === hole.output) this.output = this.number;
    else if (kind === hole.prompt) this.prompt = this.number;
    else if (kind === hole.index) this.index = this.number;
    return at;
  }

  /** Non-empty, without surrogate escapes: those are left to `JSON.parse`. */
  private readText(bytes: Uint8Array, start: number, end: number): number {
    let chars = 0;
    this.escaped = false;
    let at = start;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === 0x22) break;
      if (byte < 0x20) return -1;
      if (byte === 0x5c) {
        this.escaped = true;
        const length = escapeLength(bytes, at + 1, end);
        if (length < 0) return -1;
        at += length;
      }
      if ((byte & 0xc0) !== 0x80) chars++;
      at++;
    }
    if (chars === 0 || at === end) return -1;
    this.textStart = start;
    this.textEnd = at;
    this.chars = chars;
    return at;
  }

  private readNumber(bytes: Uint8Array, start: number, end: number): number {
    let value = 0;
    let at = start;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const length = at - start;
    if (length === 0 || length > 15 || (length > 1 && bytes[start] === 0x30)) return -1;
    this.number = value;
    return at;
  }

  /** The inside of `[1, 2, 3]`. */
  private readIds(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    let at = start;
    for (;;) {
      at = this.readNumber(bytes, at, end);
      if (at < 0) return -1;
      count++;
      if (bytes[at] !== 0x2c) break;
      at++;
      if (bytes[at] === 0x20) at++;
    }
    this.ids = count;
    return at;
  }
}

/** Bytes behind the backslash; -1 when it is none, or a surrogate. */
function escapeLength(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at];
  if (byte !== 0x75) return byte !== undefined && at < end && simpleEscapes.has(byte) ? 1 : -1;
  if (at + 4 >= end) return -1;
  for (let k = 1; k <= 4; k++) if (!isHex(bytes[at + k]!)) return -1;
  const surrogate = (bytes[at + 1]! | 0x20) === 0x64 && bytes[at + 2]! >= 0x38;
  return surrogate ? -1 : 5;
}

const simpleEscapes = new Set(Buffer.from('"\\/bfnrt'));

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** A string nobody looks at, plain ASCII without escapes. */
function skipString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0x22) return at;
    if (byte < 0x20 || byte === 0x5c || byte > 0x7e) return -1;
  }
  return -1;
}

/** Where a hole may be, by the path of its value. Numbers elsewhere must be equal. */
const holeAt: Readonly<Record<string, Hole>> = {
  '.id': hole.string,
  '.obfuscation': hole.string,
  '.created': hole.number,
  '.choices.0.index': hole.index,
  '.choices.0.token_ids': hole.ids,
  '.usage.prompt_tokens': hole.prompt,
  '.usage.completion_tokens': hole.output,
  '.usage.total_tokens': hole.number,
};

/**
 * The template of a frame that `JSON.parse` has accepted, its text at `textPath`; null when the frame has no simple
 * shape, e.g. one key twice.
 */
export function learnTemplate(
  json: Buffer,
  textPath: string,
  channel: Channel,
  usage: Usage | null,
): FrameTemplate | null {
  const found = new HoleFinder(json.toString('latin1'), textPath);
  found.value(0, '');
  if (found.repeated || !found.kinds.includes(hole.text)) return null;
  const literals = found.ends.map((end, k) => json.subarray(end, found.starts[k] ?? json.length));
  // The copy outlives the receive buffer.
  return {
    literals: literals.map((part) => Uint8Array.from(part)),
    holes: Uint8Array.from(found.kinds),
    channel,
    usage,
  };
}

/** Walks valid JSON, one character a byte, and notes where the holes lie. */
class HoleFinder {
  readonly kinds: Hole[] = [];
  readonly starts: number[] = [];
  /** Ends of the holes, led by 0: where the literals begin. */
  readonly ends: number[] = [0];
  repeated = false;
  private readonly json: string;
  private readonly textPath: string;
  private readonly seen = new Set<string>();

  constructor(json: string, textPath: string) {
    this.json = json;
    this.textPath = textPath;
  }

  /** Returns the position behind the value that begins at `start`, spaces before it included. */
  value(start: number, path: string): number {
    const at = this.skipSpace(start);
    if (this.seen.has(path)) this.repeated = true;
    this.seen.add(path);
    const kind = path === this.textPath ? hole.text : holeAt[path];
    const first = this.json[at]!;
    if (first === '"') {
      const end = this.stringEnd(at);
      if (kind === hole.text || kind === hole.string) this.note(kind, at + 1, end - 1);
      return end;
    }
    if (first === '{' || first === '[') return this.members(at, path, first === '{' ? '}' : ']', kind);
    let end = at;
    while (end < this.json.length && !/[\s,\]}]/.test(this.json[end]!)) end++;
    const counts = kind !== undefined && kind !== hole.text && kind !== hole.string && kind !== hole.ids;
    if (counts && /^\d+$/.test(this.json.slice(at, end))) this.note(kind, at, end);
    return end;
  }

  private members(start: number, path: string, close: string, kind: Hole | undefined): number {
    let at = this.skipSpace(start + 1);
    for (let k = 0; this.json[at] !== close; k++) {
      let key = String(k);
      if (close === '}') {
        const end = this.stringEnd(at);
        key = this.json.slice(at + 1, end - 1);
        // A key in escapes could be any other.
        if (key.includes('\\')) this.repeated = true;
        at = this.skipSpace(end) + 1;
      }
      at = this.skipSpace(this.value(at, `${path}.${key}`));
      if (this.json[at] === ',') at = this.skipSpace(at + 1);
    }
    const inside = this.json.slice(start + 1, at);
    if (kind === hole.ids && /^\d+(, ?\d+)*$/.test(inside)) this.note(kind, start + 1, at);
    return at + 1;
  }

  private note(kind: Hole, start: number, end: number): void {
    this.kinds.push(kind);
    this.starts.push(start);
    this.ends.push(end);
  }

  private stringEnd(at: number): number {
    let end = at + 1;
    while (this.json[end] !== '"') end += this.json[end] === '\\' ? 2 : 1;
    return end + 1;
  }

  private skipSpace(start: number): number {
    let at = start;
    while (/\s/.test(this.json[at] ?? 'x')) at++;
    return at;
  }
}
