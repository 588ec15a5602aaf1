import { readFileSync } from 'node:fs';

/** The overview of commands, as the build had it rendered for every width of terminal: `from` columns on, this text. */
export interface HelpLayouts {
  readonly layouts: readonly { readonly from: number; readonly text: string }[];
  /** What stands for version and platform in the texts. */
  readonly userAgent: string;
}

const least = 40;
const usual = 80;

/**
 * Answers `--version` and the plain `--help` without loading the rest of the program, which takes several times as long
 * as Node itself; the answers are those of oclif. False for everything else.
 */
export function answerAtOnce(argv: readonly string[]): boolean {
  const first = argv[0];
  if (first === '--version') {
    process.stdout.write(`${userAgent()}\n`);
    return true;
  }
  if (first !== undefined && !(first === '--help' && argv.length === 1)) return false;
  const help = readLayouts();
  if (help === null) return false;
  process.stdout.write(overview(help, userAgent(), columnsOf(process.stdout), colorful(process.stdout)));
  return true;
}

/** @param columns of the terminal; headings are bold where there is colour */
export function overview(help: HelpLayouts, agent: string, columns: number, bold: boolean): string {
  const fitting = help.layouts.findLast(({ from }) => from <= columns) ?? help.layouts[0]!;
  const text = fitting.text.replaceAll(help.userAgent, agent);
  return bold ? text.replace(/^[A-Z]+$/gm, '\u001b[1m$&\u001b[22m') : text;
}

function userAgent(): string {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`;
}

function readLayouts(): HelpLayouts | null {
  try {
    return JSON.parse(readFileSync(new URL('./help.json', import.meta.url), 'utf8')) as HelpLayouts;
  } catch {
    return null;
  }
}

/** As oclif finds them. */
function columnsOf(stream: NodeJS.WriteStream): number {
  const wanted = Number.parseInt(process.env['OCLIF_COLUMNS'] ?? '', 10);
  if (wanted > 0) return wanted;
  return stream.isTTY === true && stream.columns > 0 ? Math.max(least, stream.columns) : usual;
}

function colorful(stream: NodeJS.WriteStream): boolean {
  const { env } = process;
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
