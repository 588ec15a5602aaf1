/** Response headers by lower-case name; a repeated field is joined with `, `. */
export type HeaderFields = Readonly<Record<string, string | undefined>>;

export interface ResponseHead {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly framing: Framing;
  /** The connection may carry another request after this response. */
  readonly keepAlive: boolean;
}

/** How the end of the body is known (RFC 9112, 6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'eof' };

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;

/**
 * Parses a response head (latin1, without its last empty line) as strictly as llhttp: no obs-fold, no space before a
 * colon, no control characters, one length only. Returns the reason as text when it is malformed.
 */
export function parseHead(text: string, requestMethod: string): ResponseHead | string {
  const lines = text.split('\r\n');
  const status = statusLine.exec(lines[0]!);
  if (status === null) return 'its status line is not HTTP/1.0 or 1.1';
  const headers: Record<string, string | undefined> = Object.create(null);
  for (let k = 1; k < lines.length; k++) {
    const field = fieldLine.exec(lines[k]!);
    if (field === null) return fieldFault(lines[k]!)!;
    const name = field[1]!.toLowerCase();
    const value = field[2]!;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  const code = Number(status[2]);
  const framing = framingOf(code, headers, requestMethod);
  if (typeof framing === 'string') return framing;
  return { status: code, headers, framing, keepAlive: framing.kind !== 'eof' && keepsAlive(status[1]!, headers) };
}

/** Null when the line is a well-formed field; else the reason. Trailers are held to it too. */
export function fieldFault(line: string): string | null {
  if (fieldLine.test(line)) return null;
  return /^[\t ]/.test(line) ? 'a header is folded over two lines' : 'a header line is malformed';
}

function framingOf(
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  method: string,
): Framing | string {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    return `it is encoded as ${encoding} although identity was asked for`;
  const transfer = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (transfer !== undefined && length !== undefined) return 'it states both a length and a transfer encoding';
  if (transfer !== undefined && transfer.toLowerCase() !== 'chunked') return `its transfer encoding is ${transfer}`;
  const bytes = length === undefined ? 0 : contentLength(length);
  if (bytes === null) return 'its content-length is not one number';
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return { kind: 'none' };
  if (method === 'CONNECT' && status < 300) return { kind: 'none' };
  if (transfer !== undefined) return { kind: 'chunked' };
  if (length === undefined) return { kind: 'eof' };
  return bytes === 0 ? { kind: 'none' } : { kind: 'length', bytes };
}

/** Repeated equal values are one length (RFC 9110, 8.6); different ones are an attack or a defect. */
function contentLength(value: string): number | null {
  const parts = value.split(',').map((part) => part.trim());
  if (!parts.every((part) => part === parts[0] && /^\d{1,15}$/.test(part))) return null;
  return Number(parts[0]);
}

function keepsAlive(minor: string, headers: HeaderFields): boolean {
  const options = (headers['connection'] ?? '').toLowerCase().split(/\s*,\s*/);
  if (options.includes('close')) return false;
  return minor === '1' || options.includes('keep-alive');
}
