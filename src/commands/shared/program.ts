/** How the program was called, for commands that a report offers: npx puts it in nobody's PATH. */
export const programName = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['npm_command'] === 'exec' ? 'npx tokbench' : 'tokbench';
