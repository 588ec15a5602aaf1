import { UserError } from '../error/user-error.ts';
import { urlProblem } from './plan-secret.ts';

const variable = /\$\{([^}]*)\}/g;

/** Names between `${` and `}`, in their order. */
export function urlVariables(url: string): string[] {
  return [...url.matchAll(variable)].map(([, name = '']) => name);
}

/** The URL with something plain for every variable, so that its shape can be checked. */
export function withPlaceholders(url: string): string {
  return url.replace(variable, (_, __, offset: number) => (offset === 0 ? 'https://placeholder' : 'placeholder'));
}

/**
 * The URL with its variables read: an account, a region, an endpoint's address; never a secret, since URLs are stored.
 *
 * @throws UserError `missing_variable`, `bad_url`
 */
export function expandUrl(url: string, environment: Readonly<Record<string, string | undefined>>): string {
  if (!url.includes('${')) return url;
  const expanded = url.replace(variable, (_, name: string) => {
    const value = (environment[name] ?? '').trim().replace(/\/+$/, '');
    if (value !== '') return value;
    const state = environment[name] === undefined ? 'is not set' : 'is empty';
    throw new UserError(
      'missing_variable',
      `The address ${url} needs the environment variable ${name}, which ${state}. Set it, or give the whole address with --url.`,
    );
  });
  const problem = urlProblem(expanded);
  if (problem === null) return expanded;
  throw new UserError(
    'bad_url',
    `With ${urlVariables(url).join(' and ')} from the environment the target's URL ${problem}.`,
  );
}
