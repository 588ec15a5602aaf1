/**
 * The one JSON text of a value: keys in code-point order, `undefined` and non-finite numbers as null, no white space.
 * Equal data gives equal bytes, however it was put together.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isObject(value)) {
    return `{${sortedKeys(value)
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
      .join(',')}}`;
  }
  return scalar(value);
}

/** The same for readers: two spaces of indent, `schema` first, lists of plain values on one line. Ends in a line feed. */
export function prettyJson(value: unknown): string {
  return `${pretty(value, '\n')}\n`;
}

function pretty(value: unknown, lineBreak: string): string {
  const inner = `${lineBreak}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => !isContainer(item))) return `[${value.map(scalar).join(', ')}]`;
    return `[${inner}${value.map((item) => pretty(item, inner)).join(`,${inner}`)}${lineBreak}]`;
  }
  if (!isObject(value)) return scalar(value);
  const keys = sortedKeys(value);
  if (keys.length === 0) return '{}';
  const lines = keys.map((key) => `${JSON.stringify(key)}: ${pretty(value[key], inner)}`);
  return `{${inner}${lines.join(`,${inner}`)}${lineBreak}}`;
}

function scalar(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value);
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function sortedKeys(value: Record<string, unknown>): string[] {
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  const schema = keys.indexOf('schema');
  if (schema > 0) keys.unshift(...keys.splice(schema, 1));
  return keys;
}
