/** One series of a Prometheus text exposition. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The value as the server wrote it: integers above 2^53 lose digits as numbers. */
  readonly text: string;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gy;
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

function parseLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  let end = 0;
  for (let found = label.exec(text); found; found = label.exec(text)) {
    labels[found[1]!] = found[2]!.replace(/\\[n"\\]/g, (escaped) => escapes[escaped]!);
    end = label.lastIndex;
  }
  return text.slice(end).trim() === '' ? labels : null;
}

function parseValue(text: string): number | null {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return text !== '' && !Number.isNaN(value) ? value : null;
}

/**
 * Prometheus text format 0.0.4 and what real exporters make of it: `\r\n`, label values with escapes and braces,
 * a trailing comma, time stamps, three-digit exponents. Lines that are neither are left out, as a scraper must.
 * @returns series by metric name, in the order of the text; an empty map when the text is no exposition at all
 */
export function parseExposition(text: string): Map<string, Series[]> {
  const families = new Map<string, Series[]>();
  for (const raw of text.split('\n')) {
    const row = raw.trim();
    if (row === '' || row.startsWith('#')) continue;
    const found = line.exec(row);
    if (!found) continue;
    const labels = found[2] === undefined ? {} : parseLabels(found[2]);
    const value = parseValue(found[3]!);
    if (labels === null || value === null) continue;
    const series = families.get(found[1]!);
    if (series) series.push({ labels, value, text: found[3]! });
    else families.set(found[1]!, [{ labels, value, text: found[3]! }]);
  }
  return families;
}
