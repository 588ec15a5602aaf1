import { UserError } from '../error/user-error.ts';

const secretHeader = /^(proxy-)?authorization$|cookie|secret|passw|token|credential|api-?key|signature|^x-.*-key$/i;
const secretField = /^(api[-_]?key|authorization|access[-_]?token|.*(secret|passw|credential).*)$/i;
/** In the query of a URL, where no other name ends like that. */
const secretParameter = /(^|[-_.])(key|sig|signature|token|auth|pwd)$/i;
const variable = /\$\{([^}]*)\}/g;

/** Why a header may not be written down as it is, as a clause that never repeats its value; null when it may. */
export function headerProblem(name: string, value: string): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'is not a header name';
  for (const [, inside = ''] of value.matchAll(variable)) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    if (!isVariableName(inside)) return 'has something other than a variable name between ${ and }';
  }
  const literal = value.replace(variable, '');
  if (/[^\t\x20-\x7e\x80-\xff]/.test(literal)) return 'holds characters that no header can carry';
  if (secretHeader.test(name) && literal === value && value.trim() !== '') {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    return 'holds a secret in plain text: put it in an environment variable and write ${NAME} here';
  }
  return null;
}

/** Why a URL may not be used or stored, as a clause that repeats no secret of it; null when it may. */
export function urlProblem(text: string): string | null {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const hint = /^[\w.-]+(:\d+)?(\/|$)/.test(text) ? ` (http://${hostOnly(text)} ?)` : '';
    return `must be a URL that begins with http:// or https://${hint}`;
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or password: give the name of the variable that holds the key instead (apiKeyEnv, --api-key-env)';
  }
  for (const name of url.searchParams.keys()) {
    if (secretParameter.test(name) || secretField.test(name)) {
      return `holds a secret in its query (${name}): give it by the name of its variable, as a key or a header`;
    }
  }
  return null;
}

function hostOnly(text: string): string {
  return text.replace(/[?#].*$/s, '');
}

/** Why a text cannot be the name of the variable that holds the key; a key given by mistake is not repeated. */
export function variableProblem(name: string): string | null {
  // Upper case is how variables are named; a long mixture of letters and digits is how keys look.
  const looksLikeKey = /^(?=.*\d)(?=.*[a-z])[A-Za-z0-9_]{20,}$/.test(name);
  return isVariableName(name) && !looksLikeKey
    ? null
    : 'must be the name of the environment variable that holds the key, such as OPENAI_API_KEY, never the key itself';
}

function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** The first field of a request body, at any depth, that looks like a place for a secret; null when there is none. */
export function secretFieldOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  for (const [key, value] of Object.entries(body)) {
    if (typeof value !== 'object' && secretField.test(key)) return key;
    const inside = secretFieldOf(value);
    if (inside !== null) return inside;
  }
  return null;
}

/**
 * Headers with every `${VAR}` read from the environment: secrets, for memory only.
 *
 * @throws UserError `missing_variable` naming a variable that is not set or empty.
 */
export function expandHeaders(
  headers: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const expanded: Record<string, string> = {};
  for (const [header, template] of Object.entries(headers)) {
    expanded[header] = template.replace(variable, (_, name: string) => read(name, environment, `Header ${header}`));
  }
  return expanded;
}

/** The key that the plan names by its variable; null when it names none. Same error. */
export function readApiKey(
  apiKeyEnv: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  return apiKeyEnv === null ? null : read(apiKeyEnv, environment, 'The key');
}

function read(name: string, environment: Readonly<Record<string, string | undefined>>, who: string): string {
  const value = environment[name]?.trim() ?? '';
  if (value === '') {
    const state = environment[name] === undefined ? 'is not set' : 'is empty';
    throw new UserError('missing_variable', `${who} is read from the environment variable ${name}, which ${state}.`);
  }
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new UserError('bad_variable', `The environment variable ${name} holds characters that no header can carry.`);
  }
  return value;
}
