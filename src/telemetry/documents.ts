import { StringDecoder } from 'node:string_decoder';

const longestDocument = 32 * 1024 * 1024;

interface Start {
  readonly at: number;
  readonly depth: number;
}

/**
 * JSON documents one after the other out of a child's output, at any split of its bytes, on one line or on many, with
 * whatever text between them. A document that was cut is given up when the next one begins at the start of a line.
 */
export class DocumentSplitter {
  private readonly isDocument: (value: unknown) => boolean;
  private readonly decoder = new StringDecoder('utf8');
  /** From the start of the open document; empty between documents. */
  private text = '';
  private at = 0;
  private depth = 0;
  private lineStart = true;
  private inString = false;
  private escaped = false;
  /** Where the open document began, and where others may have begun since. */
  private starts: Start[] = [];
  /** Texts that began as documents and were none. */
  broken = 0;

  /** @param isDocument tells a document from what may stand inside one: needed after a cut only */
  constructor(isDocument: (value: unknown) => boolean) {
    this.isDocument = isDocument;
  }

  push(bytes: Buffer): unknown[] {
    this.text += this.decoder.write(bytes);
    const found: unknown[] = [];
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!;
      const value = this.step(char);
      this.lineStart = char === '\n';
      if (value !== undefined) found.push(value);
    }
    if (this.depth === 0) this.drop();
    else if (this.text.length > longestDocument) {
      this.broken++;
      this.drop();
    }
    return found;
  }

  private step(char: string): unknown {
    if (this.inString) {
      // JSON has no line break in a string: one that has was cut.
      if (char === '\n') this.inString = false;
      else if (this.escaped) this.escaped = false;
      else if (char === '\\') this.escaped = true;
      else if (char === '"') this.inString = false;
      if (!this.inString) this.escaped = false;
      return undefined;
    }
    if (char === '"') this.inString = this.depth > 0;
    else if (char === '{' || char === '[') this.open();
    else if ((char === '}' || char === ']') && this.depth > 0) return this.close();
    return undefined;
  }

  private open(): void {
    if (this.depth === 0) this.starts = [{ at: this.at, depth: 0 }];
    else if (this.lineStart) this.starts.push({ at: this.at, depth: this.depth });
    this.depth++;
  }

  private close(): unknown {
    this.depth--;
    while (this.starts.length > 1 && this.starts.at(-1)!.depth > this.depth) this.starts.pop();
    const start = this.starts.at(-1)!;
    if (start.depth !== this.depth) return undefined;
    const whole = this.depth === 0;
    const value = parse(this.text.slice(start.at, this.at + 1));
    if (value !== undefined && (whole || this.isDocument(value))) {
      if (!whole) this.broken++;
      this.next();
      return value;
    }
    if (whole) {
      this.broken++;
      this.next();
    } else this.starts.pop();
    return undefined;
  }

  /** Goes on behind the character that ended a document. */
  private next(): void {
    const rest = this.text.slice(this.at + 1);
    this.drop();
    this.text = rest;
    this.at = -1;
  }

  private drop(): void {
    this.text = '';
    this.at = 0;
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.starts = [];
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
