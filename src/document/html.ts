import { type PrintedColumn, printCell, printTable, toneOf } from './cell.ts';
import { checksTable } from './check.ts';
import type { Banner, Block, Chart, Document, Note, Table } from './document.ts';
import { chooseScale, formatInterval, formatScaled } from './number.ts';
import { style } from './style.ts';
import { svgCharts } from './svg.ts';
import { markup } from './xml.ts';

/** A document as one HTML file that needs nothing else: no script, no font, no picture from anywhere. Light, dark, A4. */
export function renderHtml(document: Document): string {
  const verdict = document.verdict === null ? '' : banner(document.verdict) + notes(document.verdict.notes);
  const body = [
    `<header><h1>${markup(document.title)}</h1>${document.subtitle === null ? '' : `<p class="sub">${markup(document.subtitle)}</p>`}</header>`,
    ...document.banners.map(banner),
    verdict,
    ...blocks(document.blocks),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${markup(document.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`;
}

const banner = ({ tone, label, text }: Banner): string =>
  `<p class="banner ${tone}"><strong>${markup(label)}</strong> <span>${markup(text)}</span></p>`;

const notes = (list: readonly Note[]): string =>
  list.length === 0 ? '' : `<ul class="notes">${list.map(item).join('')}</ul>`;
const item = ({ tone, code, text }: Note): string =>
  `<li class="${tone}">${markup(text)}${code === null ? '' : ` <code>${markup(code)}</code>`}</li>`;

function blocks(list: readonly Block[]): string[] {
  const parts: string[] = [];
  let pending: Note[] = [];
  // Titles of tables and charts stand one level below the heading they follow.
  let level = 2;
  const flush = () => {
    if (pending.length > 0) parts.push(notes(pending));
    pending = [];
  };
  for (const block of list) {
    if (block.kind === 'note') pending.push(block);
    else {
      flush();
      if (block.kind === 'heading') level = block.level + 2;
      parts.push(blockHtml(block, level));
    }
  }
  flush();
  return parts;
}

/** `level` is that of the titles of tables and charts. */
function blockHtml(block: Exclude<Block, Note>, level: number): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level + 1} class="chapter">${markup(block.text)}</h${block.level + 1}>`;
    case 'paragraph':
      return `<p>${markup(block.text)}</p>`;
    case 'code':
      // Line ends matter here and markup() would join the lines.
      return `<pre><code>${block.text.split('\n').map(markup).join('\n')}</code></pre>`;
    case 'figures':
      return `<div class="figures">${block.items.map(figure).join('')}</div>`;
    case 'facts':
      return `<dl>${block.items.map(({ key, value }) => `<dt>${markup(key)}</dt><dd class="${toneOf(value)}">${markup(printCell(value))}</dd>`).join('')}</dl>`;
    case 'checks':
      return section(block.title, tableHtml(checksTable(block)), level);
    case 'table':
      return section(block.title, tableHtml(block), level);
    case 'chart':
      return section(block.title, chartHtml(block), level);
  }
}

/** Small drawings stand side by side, large ones alone. */
function chartHtml(chart: Chart): string {
  const drawings = svgCharts(chart).join('');
  return chart.shape === 'curves' || chart.shape === 'tornado' || chart.shape === 'stacks'
    ? drawings
    : `<div class="charts">${drawings}</div>`;
}

const section = (title: string | null, body: string, level: number): string =>
  `<section>${title === null || title === '' ? '' : `<h${level}>${markup(title)}</h${level}>`}${body}</section>`;

function figure({ label, value, note }: Extract<Block, { kind: 'figures' }>['items'][number]): string {
  const scale = chooseScale(value.unit, [value.value]);
  const beside = [
    formatInterval(value.value, value.interval, value.unit, scale),
    note ?? (value.value === null ? value.reason : null),
  ];
  const small = beside.filter((part) => part).join(' · ');
  return `<div class="figure"><div class="label">${markup(label)}</div><div class="big ${toneOf(value)}">${markup(formatScaled(value.value, value.unit, scale))} <span class="unit">${markup(value.value === null ? '' : scale.symbol)}</span></div><div class="beside">${markup(small)}</div></div>`;
}

function tableHtml(table: Table): string {
  const { columns, rows, footnotes } = printTable(table);
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const beside = cell.beside === '' ? '' : ` <small>${markup(cell.beside)}</small>`;
      return `<td class="${cell.align} ${cell.tone}${startsGroup(columns, i) ? ' first' : ''}">${markup(cell.main)}${beside}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const under = footnotes.length === 0 ? '' : `<p class="foot">${footnotes.map(markup).join('<br>')}</p>`;
  return `<div class="wide"><table>${head(columns)}<tbody>${body.join('')}</tbody></table></div>${under}`;
}

const startsGroup = (columns: readonly PrintedColumn[], i: number): boolean =>
  columns[i]?.group !== null && columns[i]?.group !== columns[i - 1]?.group;

/** Groups span their columns in a row of their own; without any head there is no head. */
function head(columns: readonly PrintedColumn[]): string {
  if (columns.every((c) => c.label === '' && c.group === null)) return '';
  const small = (unit: string) => (unit === '' ? '' : ` <small>${markup(unit)}</small>`);
  const cell = (c: PrintedColumn, i: number) =>
    `<th class="${c.align}${startsGroup(columns, i) ? ' first' : ''}">${markup(c.label)}${c.group === null ? small(c.unit) : ''}</th>`;
  const groups: string[] = [];
  for (let i = 0; i < columns.length; ) {
    const { group, unit } = columns[i]!;
    let span = 1;
    while (group !== null && columns[i + span]?.group === group) span++;
    groups.push(
      group === null ? '<th></th>' : `<th class="group first" colspan="${span}">${markup(group)}${small(unit)}</th>`,
    );
    i += span;
  }
  const upper = columns.some((c) => c.group !== null) ? `<tr>${groups.join('')}</tr>` : '';
  return `<thead>${upper}<tr>${columns.map(cell).join('')}</tr></thead>`;
}
