import { printCell, printTable } from './cell.ts';
import { drawChart } from './chart.ts';
import { checksTable } from './check.ts';
import type { Banner, Block, Document, Note, Table, Tone } from './document.ts';
import { printable } from './terminal.ts';

const chartWidth = 84;

/** A document in GitHub's Markdown: alerts for banners, pipe tables, charts as text. Everything from outside is escaped. */
export function renderMarkdown(document: Document): string {
  const parts = [
    `# ${escaped(document.title)}`,
    ...(document.subtitle === null ? [] : [escaped(document.subtitle)]),
    ...document.banners.map((banner) => alert(banner, [])),
    ...(document.verdict === null ? [] : [alert(document.verdict, document.verdict.notes)]),
    ...blocks(document.blocks),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Notes that follow each other become one list. */
function blocks(list: readonly Block[]): string[] {
  const parts: string[] = [];
  let previous: Block | null = null;
  for (const block of list) {
    const part = blockText(block);
    if (block.kind === 'note' && previous?.kind === 'note') parts.push(`${parts.pop()}\n${part}`);
    else parts.push(part);
    previous = block;
  }
  return parts;
}

const alertOf: Record<Tone, string> = { ok: 'TIP', warn: 'WARNING', bad: 'CAUTION', info: 'NOTE', plain: 'NOTE' };

function alert(banner: Banner, notes: readonly Note[]): string {
  const head = `**${escaped(banner.label)}** ${escaped(banner.text)}`;
  return [
    `> [!${alertOf[banner.tone]}]`,
    `> ${head}`,
    ...(notes.length > 0 ? ['>'] : []),
    ...notes.map((n) => `> ${item(n)}`),
  ].join('\n');
}

const item = ({ text, code }: Note): string => `- ${escaped(text)}${code === null ? '' : ` (${codeSpan(code)})`}`;

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level + 1)} ${escaped(block.text)}`;
    case 'paragraph':
      return escaped(block.text);
    case 'note':
      return item(block);
    case 'code':
      return fence(block.text, block.language);
    case 'figures':
      return pipes(
        block.items.map((i) => ({ head: escaped(i.label), right: false })),
        [
          block.items.map((i) =>
            [`**${escaped(printCell({ ...i.value, reason: null }))}**`, i.note === null ? '' : escaped(i.note)]
              .filter((p) => p)
              .join('<br>'),
          ),
        ],
      );
    case 'facts':
      // A fact without a key goes on with the one above it.
      return block.items
        .map(({ key, value }) => {
          const text = escaped(printCell(value));
          return key === '' ? `  <br>${text}` : `- **${escaped(key)}**: ${text}`;
        })
        .join('\n');
    case 'checks':
      return titled(block.title, tableText(checksTable(block)));
    case 'table':
      return titled(block.title, tableText(block));
    case 'chart':
      return titled(
        block.shape === 'histogram' ? null : block.title,
        fence(drawChart(block, { width: chartWidth, unicode: true }).join('\n'), 'text'),
      );
  }
}

const titled = (title: string | null, body: string): string =>
  title === null || title === '' ? body : `**${escaped(title)}**\n\n${body}`;

function tableText(table: Table): string {
  const printed = printTable(table);
  const heads = printed.columns.map((column) => ({
    head: escaped([column.group, column.label, column.unit && `(${column.unit})`].filter((part) => part).join(' ')),
    right: column.align === 'right',
  }));
  const rows = printed.rows.map((row) =>
    row.map((cell) => escaped([cell.main, cell.beside].filter((part) => part !== '').join(' '))),
  );
  return [pipes(heads, rows), ...printed.footnotes.map((text) => `${escaped(text)}`)].join('\n\n');
}

function pipes(heads: readonly { head: string; right: boolean }[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads.map((h) => h.head)), line(heads.map((h) => (h.right ? '---:' : ':---'))), ...rows.map(line)].join(
    '\n',
  );
}

/** Escapes whatever Markdown, HTML, or a mention would make of a text; line ends become spaces. */
export function escaped(text: string): string {
  return printable(text, true)
    .replace(/[\\`*_{}[\]<>|~&$]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : `\\${sign}`))
    .replace(/^(\s*)([#+=-])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/(^|\W)@(?=\w)/g, '$1@\u200b')
    .replace(/https?:\/\/[^\s<>]+/g, (url) => url.replace(/\\([_*~&])/g, '$1'));
}

/** Inline code that holds whatever the text holds. */
function codeSpan(text: string): string {
  const safe = printable(text, true);
  const ticks = '`'.repeat(longestRun(safe) + 1);
  return safe.startsWith('`') || safe.endsWith('`') ? `${ticks} ${safe} ${ticks}` : `${ticks}${safe}${ticks}`;
}

function fence(text: string, language: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return [`${ticks}${language}`, text, ticks].join('\n');
}

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
