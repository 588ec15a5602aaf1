/** One series of a Prometheus text exposition. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The value as the server wrote it: integers above 2^53 lose digits as numbers. */
  readonly text: string;
}

/** Families of one scrape. */
export interface Exposition {
  /** Series by metric name, in the order of the text. */
  readonly families: ReadonlyMap<string, readonly Series[]>;
  /** Help by metric name; free text of whoever configured the exporter. */
  readonly help: ReadonlyMap<string, string>;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?[\d.]+)?$/;
/** What OpenMetrics hangs behind a value: `# {trace_id="…"} 0.67 1520879607.789`. */
const exemplar = /\s+#\s*\{.*$/;
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gy;
const bucket = /^[a-zA-Z0-9_:]*_bucket\{/;
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
  return text !== '' && !Number.isNaN(value) ? value + 0 : null; // -0 is 0
}

function parseRow(row: string): { readonly name: string; readonly series: Series } | null {
  const found = line.exec(row);
  if (!found) return null;
  const labels = found[2] === undefined ? {} : parseLabels(found[2]);
  const value = parseValue(found[3]!);
  return labels === null || value === null ? null : { name: found[1]!, series: { labels, value, text: found[3]! } };
}

function parseSeries(row: string): ReturnType<typeof parseRow> {
  // A label may hold what looks like an exemplar: it is taken off only where the row cannot be read with it.
  return parseRow(row) ?? (exemplar.test(row) ? parseRow(row.replace(exemplar, '')) : null);
}

/**
 * Prometheus text format 0.0.4 and what real exporters make of it: `\r\n`, label values with escapes and braces,
 * a trailing comma, time stamps, three-digit exponents, exemplars. Lines that are neither are left out, as a scraper
 * must. Declared types are not read: exporters declare them wrongly.
 *
 * Buckets of histograms are most of a server's page, and too coarse for anything that is reported: whoever reads pages
 * again and again leaves them out.
 */
export function readExposition(text: string, options: { readonly buckets?: boolean } = {}): Exposition {
  const buckets = options.buckets ?? true;
  const families = new Map<string, Series[]>();
  const help = new Map<string, string>();
  for (const raw of text.split('\n')) {
    const row = raw.trim();
    if (row === '') continue;
    if (row.startsWith('#')) {
      const found = /^#\s*HELP\s+(\S+)\s+(.*)$/.exec(row);
      if (found !== null) help.set(found[1]!, found[2]!);
      continue;
    }
    if (!buckets && bucket.test(row)) continue;
    const parsed = parseSeries(row);
    if (parsed === null) continue;
    const series = families.get(parsed.name);
    if (series) series.push(parsed.series);
    else families.set(parsed.name, [parsed.series]);
  }
  return { families, help };
}

/** @returns the families alone; an empty map when the text is no exposition at all */
export function parseExposition(text: string): ReadonlyMap<string, readonly Series[]> {
  return readExposition(text).families;
}
