import { readFileSync } from 'node:fs';
import { isMap, isNode, isPair, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import * as z from 'zod';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';
import { definitionOf } from './assumption.ts';
import { knownAssumption, type Layer, type Statement } from './register.ts';

/** How people state assumptions: `--assume ID=VALUE` and YAML. */

const source = z.union([
  z.string(),
  z.strictObject({ title: z.string(), ref: z.string().optional(), date: z.string().optional() }),
]);

/** One entry of a register file (section 12): a bare value, or a value with all that is known about it. */
export const statedSchema = z.strictObject({
  value: z.union([z.number(), z.boolean(), z.string(), z.array(z.number())]),
  unit: z.string().optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  distribution: z.enum(['none', 'triangular', 'pert', 'lognormal', 'normal', 'discrete']).optional(),
  kind: z.enum(['measured', 'quoted', 'list', 'derived', 'assumed']).optional(),
  scope: z.string().optional(),
  source: source.optional(),
  date: z
    .string()
    .regex(/^\d{4}-\d{2}(-\d{2})?$/, 'must be a date such as 2026-11-24')
    .optional(),
  accessed: z.string().optional(),
  owner: z.string().optional(),
  confidence: z.enum(['high', 'medium', 'low', 'unverified']).optional(),
  expires_after_days: z.number().positive().optional(),
  used_by: z.array(z.string()).optional(),
  note: z.string().optional(),
});
export type Stated = z.infer<typeof statedSchema>;

/** `--assume ID=VALUE`. Numbers, true and false, words, or hours with commas between them. @throws UserError `bad_assumption` */
export function assumedByFlag(text: string): Statement {
  const at = text.indexOf('=');
  if (at < 1)
    throw new UserError('bad_assumption', `--assume ${text}: write ID=VALUE, such as --assume site.usd_per_kwh=0.09`);
  const [id, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  const { type } = knownAssumption(id, `--assume ${text}`);
  return { id, value: typed(value, type), layer: 'flag', origin: `--assume ${id}` };
}

function typed(text: string, type: string): unknown {
  if (type === 'word') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (type === 'hours') return text.split(/[\s,;]+/).map(plainNumber);
  return plainNumber(text);
}

/** `285_000`, `1e6`, `40%`; anything else stays the text it is, so that the message can show it. */
function plainNumber(text: string): unknown {
  const percent = text.endsWith('%');
  const digits = (percent ? text.slice(0, -1) : text).replaceAll('_', '').trim();
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(digits)) return text;
  return percent ? Number(digits) / 100 : Number(digits);
}

/**
 * Statements of a YAML map `id: value` or `id: {value, unit, low, high, source, date, …}`, or of a list of entries with `id`.
 * Lines are those of the file, for every message that follows.
 */
export function statementsOf(node: unknown, lines: LineCounter, path: string, layer: Layer = 'study'): Statement[] {
  const line = (at: unknown) => (isNode(at) && at.range ? `${path}:${lines.linePos(at.range[0]).line}` : path);
  if (isMap(node)) {
    return node.items.map((pair) => {
      const value = isNode(pair.value) ? (pair.value.toJSON() as unknown) : pair.value;
      return statement(String(pair.key), value, line(pair.key), layer);
    });
  }
  if (isSeq(node)) {
    return node.items.map((item) => {
      const { id, ...rest } = ((item as YAMLMap).toJSON?.() ?? {}) as Record<string, unknown>;
      if (typeof id !== 'string') throw new UserError('bad_assumption', `${line(item)}: an entry needs an id.`);
      return statement(id, rest, line(item), layer);
    });
  }
  throw new UserError('bad_assumption', `${line(node)}: assumptions are a map of ids or a list of entries.`);
}

function statement(id: string, value: unknown, origin: string, layer: Layer): Statement {
  knownAssumption(id, origin);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const type = definitionOf(id)!.type;
    return { id, value: typeof value === 'string' ? typed(value, type) : value, layer, origin };
  }
  const result = statedSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    throw new UserError('bad_assumption', `${origin}: ${[id, ...issue.path].join('.')}: ${issue.message}.`);
  }
  return fromStated(id, result.data, origin, layer);
}

/** A parsed entry as a statement. */
export function fromStated(id: string, stated: Stated, origin: string, layer: Layer): Statement {
  const { source: from } = stated;
  return {
    id,
    value: stated.value,
    layer,
    origin,
    unit: stated.unit ?? null,
    scope: stated.scope ?? null,
    sourceText: from === undefined ? null : typeof from === 'string' ? from : from.title,
    date: stated.date ?? (typeof from === 'object' ? (from.date ?? null) : null),
    confidence: stated.confidence ?? null,
    kind: stated.kind ?? null,
    low: stated.low ?? null,
    high: stated.high ?? null,
    spread: stated.distribution ?? null,
    owner: stated.owner ?? null,
    note: stated.note ?? null,
    expiresAfterDays: stated.expires_after_days ?? null,
  };
}

/**
 * Reads the assumptions of a file: a register (`entries`, section 12) or any YAML with a map `assumptions`, such as a study.
 *
 * @throws UserError `no_such_file`, `bad_assumption` with file and line
 */
export function readAssumptions(path: string): Statement[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('no_such_file', `Cannot read the assumptions ${path}: ${fileProblem(error)}.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken)
    throw new UserError(
      'bad_assumption',
      `${path}:${broken.linePos?.[0].line ?? 1} is not YAML: ${broken.message.split('\n')[0]!.replace(/:$/, '')}.`,
    );
  const { contents } = document;
  const part = isMap(contents)
    ? contents.items.find((pair) => isPair(pair) && ['entries', 'assumptions'].includes(String(pair.key)))
    : undefined;
  if (part === undefined)
    throw new UserError('bad_assumption', `${path} has neither assumptions (a map of ids) nor entries (a list).`);
  return statementsOf(part.value, lines, path);
}
