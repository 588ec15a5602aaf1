import { readXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import * as f from '../../src/document/formula.ts';
import { createSheet, styled } from '../../src/document/sheet.ts';
import { cellAddress, cellName, columnLetters, type Workbook } from '../../src/document/workbook.ts';
import { renderXlsx } from '../../src/document/xlsx.ts';
import { recalculate } from './recalculate.ts';

/** A purchase with its inputs on one sheet and its figures on another. */
function workbook(): Workbook {
  const inputs = createSheet('Inputs', { widths: [30, 12], frozen: { rows: 1, columns: 0 }, tone: 'input' });
  inputs.row(['what', 'value'], { role: 'head' });
  const input = (label: string, id: string, value: number) => {
    const limits = { low: 0, high: 1e9, whole: false, wording: `${label} must be a number from 0 on.` };
    return inputs.at(inputs.row([label, styled(value, { role: 'input', name: cellName(id), limits })]), 1);
  };
  const rate = input('cost of capital', 'finance.wacc', 0.08);
  const life = input('life', 'owned.life_years', 4);
  const capex = input('capex', 'capex', 335_800);
  const residual = input('residual', 'residual', 57_000);
  const sheet = createSheet("What's it cost", { widths: [30, 14] });
  const put = (label: string, term: f.Term<number | string | boolean>, name: string) =>
    sheet.at(sheet.row([label, styled(term, { name, format: 'usd' })]), 1);
  put('EAC', f.annuity(rate, life, capex, residual), 'eac');
  put('SL', f.straightLine(capex, residual, life), 'sl');
  put('units', f.wholeUnits(f.over(capex, 100_000)), 'units');
  put('negative', f.minus(f.minus(residual, capex), f.minus(residual, 1)), 'negative');
  put(
    'mixed',
    f.over(f.times(f.plus(rate, 1), f.power(f.plus(1, rate), -2)), f.plus(life, f.times(-2, rate))),
    'mixed',
  );
  put('choice', f.when(f.compare(rate, '>', 0.1), f.over(capex, 0), f.words('cheap "money"')), 'choice');
  put('ends', f.largest(f.smallest(capex, residual, 3), -5), 'ends');
  const first = sheet.next;
  for (const cash of [-100, 40, 50, 60]) sheet.row(['cash', f.times(cash, f.plus(1, rate))]);
  const cells = sheet.down(1, first, sheet.next - 1);
  put('npv', f.presentValue(rate, cells), 'npv');
  put('sum', f.plus(f.total(cells), f.highest(cells), f.average(cells)), 'sum');
  put('squares', f.sumOfProducts(cells, cells), 'squares');
  sheet.chart({
    kind: 'lines',
    title: 'Cash',
    x: { title: 'month', format: 'whole' },
    y: { title: 'USD', format: 'usd' },
    series: [{ name: 'cash', categories: cells.text, values: cells.text }],
    at: { row: 1, column: 3, rows: 15, columns: 6 },
  });
  return { title: 'Test', description: 'd', createdAt: new Date(0), sheets: [inputs.finish(), sheet.finish()] };
}

describe('an XLSX file', () => {
  it('holds results that another engine calculates too', async () => {
    const book = await recalculate(await renderXlsx(workbook()));
    const cells = book.formulas();
    expect(cells).toHaveLength(14);
    for (const { formula, cached, value } of cells)
      if (typeof cached === 'number')
        expect(value, formula).toBeCloseTo(cached, 9 - Math.ceil(Math.log10(Math.abs(cached) + 1)));
      else expect(value, formula).toBe(cached);
    expect(book.named('eac')).toBeCloseTo(88735.5202818, 6);
    expect(book.named('choice')).toBe('cheap "money"');
    expect(book.named('negative')).toBe(-335_799);
  });
  it('recalculates when an input changes', async () => {
    const book = await recalculate(await renderXlsx(workbook()));
    book.change({ finance_wacc: 0 });
    expect(book.named('eac')).toBeCloseTo(69_700, 8);
    expect(book.named('sl')).toBeCloseTo(69_700, 8);
    book.change({ capex: 300_001 });
    expect(book.named('units')).toBe(4);
    book.change({ capex: 300_000 });
    expect(book.named('units')).toBe(3);
  });
  it('gives the same bytes for the same workbook', async () => {
    expect(await renderXlsx(workbook())).toEqual(await renderXlsx(workbook()));
  });
  it('locks all cells but the inputs, which check what is typed', async () => {
    const [inputs] = (await readXlsx(await renderXlsx(workbook()), { readStyles: true })).sheets;
    expect(inputs!.protection?.sheet).toBe(true);
    expect(inputs!.cells?.get('1,1')?.style?.protection?.locked).toBe(false);
    expect(inputs!.cells?.get('1,0')?.style?.protection?.locked).not.toBe(false);
    expect(inputs!.dataValidations?.map(({ range }) => range)).toEqual(['B2', 'B3', 'B4', 'B5']);
    expect(inputs!.freezePane).toEqual({ rows: 1 });
  });
  it('is safe against what servers put into names, and leaves out what a file cannot hold', async () => {
    const sheet = createSheet('S');
    sheet.row(['=HYPERLINK("http://x")', '\u0007\u001b[31mred\ud800', Number.NaN, f.over(1, 0)]);
    const file = await renderXlsx({
      title: 't\u0000',
      description: '',
      createdAt: new Date(0),
      sheets: [sheet.finish()],
    });
    const [read] = (await readXlsx(file)).sheets;
    expect(read!.rows[0]!.slice(0, 2)).toEqual(['=HYPERLINK("http://x")', 'red\ufffd']);
    expect(read!.rows[0]![2] ?? null).toBeNull();
    expect(read!.cells?.get('0,0')?.formula).toBeUndefined();
    expect(read!.cells?.get('0,3')).toMatchObject({ formula: '1/0' });
  });
});

describe('addresses and names', () => {
  it('counts columns as spreadsheets do', () => {
    expect([0, 25, 26, 51, 52, 701, 702].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA', 'ZZ', 'AAA']);
    expect(cellAddress("What's it", 2, 1)).toBe("'What''s it'!$B$3");
  });
  it('makes names that no spreadsheet takes for an address', () => {
    expect(cellName('owned.server.price_usd')).toBe('owned_server_price_usd');
    expect(cellName('ab12')).toBe('_ab12');
    expect(cellName('r')).toBe('_r');
    expect(cellName('C')).toBe('_C');
    expect(cellName('R1C1')).toBe('_R1C1');
    expect(cellName('3rd')).toBe('_3rd');
  });
});
