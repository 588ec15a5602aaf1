import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderCsv } from '../../src/document/csv.ts';
import type { Block, CurveChart, TornadoChart } from '../../src/document/document.ts';
import { renderHtml } from '../../src/document/html.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import { loadStudy, studyNames } from '../../src/procurement/study.ts';
import { decideStudy } from '../../src/procurement/study-decide.ts';
import { decisionDocument } from '../../src/report/decision.ts';

const options = {
  ...{ assumed: [], offers: [], runs: [], overrides: [], date: '2026-11-25', seed: 1, draws: 200 },
  command: 'tokbench decide x',
};
const decided = (name: string) => decideStudy(loadStudy(name, '/'), options).decision;
const documents = new Map(studyNames('/').map((name) => [name, decisionDocument(decided(name))]));
const documentOf = (name: string) => documents.get(name)!;
const blocksOf = <K extends Block['kind']>(name: string, kind: K) =>
  documentOf(name).blocks.filter((block): block is Extract<Block, { kind: K }> => block.kind === kind);

describe('the report of a decision', () => {
  it('has the order of a reader who pays: verdict, options, break-even, value, risks, evidence, assumptions, lints', () => {
    expect(documentOf('demo').verdict?.label).toBe('HYBRID, NOT VERIFIED');
    const headings = blocksOf('demo', 'heading').map(({ text }) => text.replace(/ (against|instead|of) .*/, ''));
    expect(headings).toEqual([
      ...['Options', 'Break-even', 'Buying', 'What the purchase hangs on', 'Hybrid', 'Build or buy'],
      ...['Capacity, demand and power', 'Data and commitments', 'Vendors', 'Assumptions', 'Lints'],
      ...['Burn rate and return', 'Notes', 'To repeat it'],
    ]);
  });

  it.each(studyNames('/'))('of %s fits screens of any width, with and without Unicode', (name) => {
    for (const columns of [60, 80, 100, 140]) {
      for (const unicode of [true, false]) {
        const lines = renderConsole(documentOf(name), { columns, unicode, color: false }).split('\n');
        const long = lines.filter((line) => [...line].length > columns);
        expect(long, `${columns}`).toEqual([]);
        if (!unicode) expect(lines.filter((line) => /[^\x20-\x7e]/.test(line))).toEqual([]);
      }
    }
  });

  it.each(studyNames('/'))('of %s says nothing that is not a number, in any format', (name) => {
    const document = documentOf(name);
    for (const text of [renderHtml(document), renderMarkdown(document), renderCsv(document)])
      expect(text).not.toMatch(/NaN|undefined|Infinity|\bnull\b/);
  });

  it('names the three assumptions that would reverse it, with their values, and the declarations', () => {
    const notes = documentOf('internal-search').verdict!.notes.map(({ text }) => text);
    expect(notes).toEqual([
      expect.stringMatching(
        /^It becomes rented capacity if api\.fte \(people who run the use of an API\) goes from 0\.05\d* FTE to 0\.\d+ FTE\.$/,
      ),
      expect.stringMatching(/rent\.fte/),
      'It becomes rented capacity if the data may not go to the API.',
    ]);
  });

  it('puts a closed gate before everything that could reverse', () => {
    const { notes, tone } = documentOf('contract-review').verdict!;
    expect(tone).toBe('bad');
    expect(notes.slice(0, 2).map(({ code }) => code)).toEqual(['gate-privacy', 'gate-quality']);
  });

  it('draws whole servers as steps that the line of the alternative crosses where it says', () => {
    const chart = documentOf('demo').blocks.find(
      (block): block is CurveChart => block.kind === 'chart' && block.shape === 'curves',
    )!;
    const [own, other] = chart.curves;
    expect(own).toMatchObject({ name: 'own servers', form: 'steps' });
    const decision = decided('demo');
    const crossing = chart.marks.find(({ label }) => label === 'first break-even')!;
    expect(crossing.x).toBe(decision.breakEven.firstRequestsPerMonth);
    const level = own!.points.findLast(([x]) => x <= crossing.x)![1];
    expect(level / crossing.y).toBeCloseTo(1, 9);
    const [[x0, y0], [x1, y1]] = other!.points as [[number, number], [number, number]];
    expect((y0 + ((y1 - y0) * (crossing.x - x0)) / (x1 - x0)) / crossing.y).toBeCloseTo(1, 9);
  });

  it('draws what moves the value most first, around its base', () => {
    const chart = documentOf('demo').blocks.find(
      (block): block is TornadoChart => block.kind === 'chart' && block.shape === 'tornado',
    )!;
    const swings = chart.rows.map(({ low, high }) => Math.abs(high.outcome - low.outcome));
    expect(swings).toEqual([...swings].sort((a, b) => b - a));
    expect(chart.base).toBe(decided('demo').npv.usd);
    expect(chart.rows.map(({ name }) => name)).toContain('Yearly decline of API prices');
    expect(blocksOf('demo', 'paragraph').map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/api\.price_decline \(yearly decline of API prices\), .* alone turn the sign/),
    );
  });

  it('lists every assumption that was looked at once, expired ones first, with source and date', () => {
    const tables = blocksOf('demo', 'table').filter(({ columns }) => columns[0]?.label === 'assumption');
    const ids = tables.flatMap(({ rows }) => rows.map(([id]) => id as string));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('owned.server.price_usd');
    expect(tables[0]!.rows[0]![0]).toBe('rent.usd_per_accelerator_hour');
    expect(tables[0]!.footnotes.join(' ')).toMatch(
      /Red Hat ConfigIQ, complete server prices \(indicative\), 2026-\d\d-\d\d, trust medium/,
    );
  });

  it('shows what each vendor asks beside what it may ask, of which day and until when', () => {
    const [vendors] = blocksOf('demo', 'table').filter(({ title }) => title?.startsWith('What each asks'));
    const row = (name: string) => vendors!.rows.find(([offer]) => offer === name)!;
    expect(row('own:h100-sxmx8')).toMatchObject([
      ...['own:h100-sxmx8', { value: expect.closeTo(2.674, 4) }, { value: expect.closeTo(2.3754, 4) }],
      ...[{ value: 285_000 }, { value: expect.closeTo(235_427, 0) }, 'list, 2026-08-01', '2027-01-28'],
    ]);
    expect(row('rent:lambda/h100-sxm').at(-1)).toMatchObject({ text: '2026-10-30 !', tone: 'warn' });
    expect(row('hybrid')).toBeUndefined();
  });

  it('has one flat row an option for spreadsheets', () => {
    const lines = renderCsv(documentOf('demo')).trim().split('\n');
    expect(lines).toHaveLength(1 + decided('demo').options.length);
    expect(lines[0]).toMatch(/^study,date,simulated,verdict,verdict_state,option,kind,chosen/);
  });
});
