import { expect, it } from 'vitest';
import { type Document, note, number, paragraph } from '../../src/document/document.ts';
import { escaped, renderMarkdown } from '../../src/document/markdown.ts';

const page = (more: Partial<Document>): Document => ({
  title: 't',
  subtitle: null,
  banners: [],
  verdict: null,
  rows: null,
  blocks: [],
  ...more,
});

it.each([
  ['a|b', 'a\\|b'],
  ['*x* _y_ `z`', '\\*x\\* \\_y\\_ \\`z\\`'],
  ['<script>&', '&lt;script\\>&amp;'],
  ['# not a heading', '\\# not a heading'],
  ['1. not a list', '1\\. not a list'],
  ['12.5', '12.5'],
  ['- not a list', '\\- not a list'],
  ['−5', '−5'],
  ['[a](b)', '\\[a\\](b)'],
  ['two\nlines', 'two lines'],
  ['ask @someone', 'ask @\u200bsomeone'],
  ['see http://h/a_b_c?x=1&y=2 now', 'see http://h/a_b_c?x=1&amp;y=2 now'],
])('escapes %j', (text, safe) => expect(escaped(text)).toBe(safe));

it('writes alerts, lists, tables with alignment, and charts as text', () => {
  const text = renderMarkdown(
    page({
      banners: [{ tone: 'warn', label: 'SIMULATED', text: 'no real server' }],
      verdict: { tone: 'ok', label: 'VALID', text: 'fine', notes: [note('info', 'A note.', 'a_code')] },
      blocks: [
        paragraph('Text.'),
        {
          kind: 'facts',
          items: [
            { key: 'model', value: 'a_b|c' },
            { key: '', value: 'more' },
          ],
        },
        {
          kind: 'table',
          title: 'Latency',
          scale: 'row',
          footnotes: ['from due'],
          columns: [{ label: '' }, { label: 'p50', unit: 'ms' }],
          rows: [
            ['TTFT', number(1630, 'ms', { interval: [1600, 1660] })],
            ['E2E', number(null, 'ms', { reason: 'too few' })],
          ],
        },
        {
          kind: 'chart',
          shape: 'bars',
          title: 'Load',
          categories: { label: 'n', names: ['1'] },
          series: [{ name: 'x', unit: 'none', values: [1] }],
        },
        { kind: 'code', language: 'sh', text: 'echo ```' },
        note('warn', 'one'),
        note('warn', 'two'),
      ],
    }),
  );
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "
    # t

    > [!WARNING]
    > **SIMULATED** no real server

    > [!TIP]
    > **VALID** fine
    >
    > - A note. (\`a_code\`)

    Text.

    - **model**: a\\_b\\|c
      <br>more

    **Latency**

    |  | p50 |  |
    | :--- | ---: | :--- |
    | TTFT | 1.63 ±0.03 | s |
    | E2E | – | ms |

    – too few

    from due

    **Load**

    \`\`\`text
    x
    1  ████████████████████████████████████████████████████████████████████████████ 1.00
    \`\`\`

    \`\`\`\`sh
    echo \`\`\`
    \`\`\`\`

    - one
    - two
    "
  `);
});
