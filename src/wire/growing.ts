/** Bytes appended piece by piece; the memory is kept for the next use. */
export class GrowingBytes {
  bytes: Buffer = Buffer.allocUnsafe(0);
  length = 0;

  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, needed * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(source.subarray(start, end), this.length);
    this.length = needed;
  }

  appendByte(byte: number): void {
    this.append(Uint8Array.of(byte), 0, 1);
  }
}
