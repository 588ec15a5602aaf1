import { readXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { renderXlsx } from '../../src/document/xlsx.ts';
import { stepRows } from '../../src/report/rows.ts';
import { runWorkbook } from '../../src/report/run-workbook.ts';
import { recalculate } from '../document/recalculate.ts';
import { allFailed, interrupted, ladder, samples, simulated } from './sample.ts';

describe('the workbook of a run', () => {
  it.each(Object.keys(samples) as (keyof typeof samples)[])(
    '%s: every formula gives what the file shows',
    async (name) => {
      const book = await recalculate(await renderXlsx(runWorkbook([samples[name]])));
      for (const { formula, cached, value } of book.formulas())
        if (typeof cached === 'number') expect(value, formula).toBeCloseTo(cached, 9);
        else expect(value, formula).toBe(cached ?? '');
    },
  );
  it('has every column of the CSV, with all digits', async () => {
    const { sheets } = await readXlsx(await renderXlsx(runWorkbook([ladder])));
    const all = sheets.find(({ name }) => name === 'All columns')!;
    const { columns, rows } = stepRows(ladder);
    expect(all.rows[0]).toEqual(columns);
    expect(all.rows.slice(1).map((row) => columns.map((_, i) => row[i] ?? null))).toEqual(
      Array.from(rows, (row) => row.map((v) => (v === '' ? null : v))),
    );
  });
  it('has a row a step and ratios that are formulas', async () => {
    const { sheets } = await readXlsx(await renderXlsx(runWorkbook([ladder])));
    const steps = sheets.find(({ name }) => name === 'Steps')!;
    expect(steps.rows).toHaveLength(1 + ladder.steps.length);
    const share = steps.rows[0]!.indexOf('ok share');
    expect(steps.cells?.get(`1,${share}`)?.formula).toBe('IF(Steps!$E$2>0,Steps!$F$2/Steps!$E$2,"")');
  });
  it('says first what must not be overlooked', async () => {
    const text = async (run: typeof ladder) =>
      JSON.stringify((await readXlsx(await renderXlsx(runWorkbook([run])))).sheets[0]!.rows);
    expect(await text(simulated)).toContain('SIMULATED');
    expect(await text(interrupted)).toContain('INTERRUPTED');
    expect(await text(allFailed)).toContain('INVALID');
  });
  it('holds several runs, and none', async () => {
    const { sheets } = await readXlsx(await renderXlsx(runWorkbook([ladder, simulated])));
    expect(sheets.find(({ name }) => name === 'All columns')!.rows).toHaveLength(
      1 + ladder.steps.length + simulated.steps.length,
    );
    expect(await renderXlsx(runWorkbook([{ ...ladder, steps: [] }]))).toBeInstanceOf(Uint8Array);
  });
});
