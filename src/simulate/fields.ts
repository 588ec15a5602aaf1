import { type Refusal, refuse, refuseField } from './refusal.ts';

export type Json = Record<string, unknown>;

/** Thrown inside the reading of a body, caught where the reading began. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super('refused');
    this.refusal = refusal;
  }
}

/** Parses a body as a JSON object; throws Refused as vLLM does. */
export function parseBody(body: Buffer): Json {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    const report =
      `{'type': 'json_invalid', 'loc': 'body.${body.length}', 'msg': 'JSON decode error', ` +
      `'input': '<dict of 0 items>', 'ctx': {'error': 'Expecting value'}}`;
    throw new Refused(refuse(400, 'Bad Request', `body.${body.length}`, `1 validation error:\n  ${report}`));
  }
  if (!isObject(value))
    throw new Refused(refuseField('model_attributes_type', 'body', 'Input should be a valid dictionary', shown(value)));
  return value;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number; numeric text is taken, as pydantic takes it. */
export function wholeField(body: Json, name: string): number | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  const parsed = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof parsed === 'number' && Number.isInteger(parsed)) return parsed;
  if (typeof value === 'string')
    throw refusedField(
      'int_parsing',
      name,
      'Input should be a valid integer, unable to parse string as an integer',
      value,
    );
  if (typeof value === 'number')
    throw refusedField(
      'int_from_float',
      name,
      'Input should be a valid integer, got a number with a fractional part',
      value,
    );
  throw refusedField('int_type', name, 'Input should be a valid integer', value);
}

export function booleanField(body: Json, name: string): boolean | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw refusedField('bool_type', name, 'Input should be a valid boolean', value);
}

export function missingField(body: Json, name: string): Refused {
  return new Refused(
    refuseField('missing', `body.${name}`, 'Field required', `'<dict of ${Object.keys(body).length} items>'`),
  );
}

export function refusedField(type: string, name: string, message: string, input: unknown): Refused {
  return new Refused(refuseField(type, `body.${name}`, message, shown(input)));
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 100)}'`;
  if (Array.isArray(value)) return `'<list of ${value.length} items>'`;
  return isObject(value) ? `'<dict of ${Object.keys(value).length} items>'` : String(value);
}
