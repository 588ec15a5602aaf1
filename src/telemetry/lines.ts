import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is no line of any tool; it is given up so that a runaway tool cannot fill the memory. */
const longestLine = 1024 * 1024;

/** Bytes of a child's output to whole lines, at any split. A last line without its newline never comes out: it may be cut. */
export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private skipping = false;

  push(bytes: Buffer): string[] {
    const parts = (this.rest + this.decoder.write(bytes)).split('\n');
    this.rest = parts.pop()!;
    if (this.skipping && parts.length > 0) {
      parts.shift();
      this.skipping = false;
    }
    if (this.rest.length > longestLine) {
      this.rest = '';
      this.skipping = true;
    }
    return parts.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }
}
