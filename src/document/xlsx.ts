import type { Cell, CellValue, DataValidation, SheetChart as FileChart, WriteSheet } from 'hucre/xlsx';
import { printable } from './terminal.ts';
import {
  cellAddress,
  columnLetters,
  type Limits,
  type Sheet,
  type SheetCell,
  type SheetChart,
  type SheetValue,
  type Workbook,
} from './workbook.ts';
import { face, heightOf, numberFormats, type Place, placeOf, styleOf } from './xlsx-style.ts';

/**
 * A workbook as an XLSX file (Office Open XML): formulas with their results, named cells, locked sheets with input cells
 * that check what is typed, native charts, A4 pages. The same workbook gives the same bytes. Opened, it recalculates.
 */
export async function renderXlsx(workbook: Workbook): Promise<Uint8Array> {
  const { writeXlsx } = await import('hucre/xlsx');
  const namedRanges = workbook.sheets.flatMap(namesOf);
  checkUnique(namedRanges.map(({ name }) => name));
  checkUnique(workbook.sheets.map(({ name }) => name));
  return writeXlsx({
    sheets: workbook.sheets.map(sheetOf),
    namedRanges,
    defaultFont: face,
    properties: {
      title: clean(workbook.title),
      description: clean(workbook.description),
      creator: 'tokbench',
      created: workbook.createdAt,
      modified: workbook.createdAt,
    },
  });
}

/** Spreadsheets call a file with a name twice, whatever its case, broken. */
function checkUnique(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (seen.has(key)) throw new RangeError(`a workbook cannot have the name ${name} twice`);
    seen.add(key);
  }
}

const longestText = 32_767;
const clean = (text: string): string => printable(text, true).toWellFormed().slice(0, longestText);

function sheetOf(sheet: Sheet): WriteSheet {
  const { rows, frozen } = sheet;
  return {
    name: sheet.name,
    columns: sheet.widths.map((width) => ({ width })),
    cells: new Map(
      rows.flatMap((row, r) =>
        row.flatMap((cell, c) => (cell === null ? [] : [[`${r},${c}`, cellOf(cell, placeOf(sheet, r, c))] as const])),
      ),
    ),
    rowDefs: new Map(
      rows.flatMap((row, r) => {
        const height = heightOf(row, sheet.widths);
        return height === null ? [] : [[r, { height }] as const];
      }),
    ),
    dataValidations: rows.flatMap((row, r) =>
      row.flatMap((cell, c) => (cell?.limits ? [validation(cell.limits, `${columnLetters(c)}${r + 1}`)] : [])),
    ),
    ...(frozen.rows > 0 || frozen.columns > 0 ? { freezePane: frozen } : {}),
    ...(sheet.locked ? { protection: { sheet: true, formatColumns: false, formatRows: false } } : {}),
    pageSetup: {
      paperSize: 'a4',
      orientation: sheet.orientation,
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      margins: { left: 0.5, right: 0.5, top: 0.6, bottom: 0.6, header: 0.3, footer: 0.3 },
      ...(frozen.rows > 0 ? { printTitlesRow: `$1:$${frozen.rows}` } : {}),
    },
    headerFooter: { oddFooter: '&L&A&Rpage &P of &N' },
    view: { showGridLines: false, ...(sheet.tone === 'plain' ? {} : { tabColor: { rgb: tabColors[sheet.tone] } }) },
    charts: sheet.charts.map(chartOf),
    conditionalRules: sheet.faded.map(({ range, formula }, i) => ({
      ...{ type: 'expression' as const, priority: i + 1, range, formula },
      style: { font: { color: { rgb: 'C3C9CF' } } },
    })),
  };
}

const tabColors = { input: 'F2B705', result: '1F77B4' } as const;

const namesOf = (sheet: Sheet): { name: string; range: string }[] =>
  sheet.rows.flatMap((row, r) =>
    row.flatMap((cell, c) => (cell?.name ? [{ name: cell.name, range: cellAddress(sheet.name, r, c) }] : [])),
  );

function cellOf(cell: SheetCell, place: Place): Partial<Cell> {
  const style = styleOf(cell, place);
  const value = fileValue(cell.value);
  const rest = {
    style,
    ...(cell.note === null ? {} : { comment: { author: 'tokbench', text: clean(cell.note) } }),
    ...(cell.link === null ? {} : { hyperlink: { target: cell.link } }),
  };
  if (cell.formula === null) return { value, ...rest };
  return { value: null, formula: cell.formula, ...(value === null ? {} : { formulaResult: value }), ...rest };
}

/** What a file cannot hold (NaN, infinities) is left out. */
const fileValue = (value: SheetValue): CellValue =>
  typeof value === 'number'
    ? Number.isFinite(value)
      ? value
      : null
    : typeof value === 'string'
      ? clean(value)
      : value;

function validation(limits: Limits, range: string): DataValidation {
  const shown = {
    range,
    showErrorMessage: true,
    errorTitle: 'Not allowed here',
    errorMessage: clean(limits.wording).slice(0, 255),
  };
  if ('choices' in limits) return { type: 'list', values: [...limits.choices], ...shown };
  const { low, high } = limits;
  const type = limits.whole ? 'whole' : 'decimal';
  if (low !== null && high !== null)
    return { type, operator: 'between', formula1: String(low), formula2: String(high), ...shown };
  if (high !== null) return { type, operator: 'lessThanOrEqual', formula1: String(high), ...shown };
  // Without ends still a number: no text and nothing that overflows.
  return { type, operator: 'greaterThanOrEqual', formula1: String(low ?? -1e15), ...shown };
}

const seriesColors = [
  '1F77B4',
  'E07B00',
  '2E8B57',
  '8E5EA2',
  'C0392B',
  '7A8793',
  '17A2B8',
  'B58900',
  'A0522D',
  '4B6A9B',
  '9ACD32',
  'D16BA5',
];

function chartOf(chart: SheetChart): FileChart {
  const { row, column, rows, columns } = chart.at;
  const axis = ({ title, format }: SheetChart['x']) => ({
    title: clean(title),
    axisTitleFontSize: 9,
    labelFontSize: 9,
    ...(numberFormats[format] === null ? {} : { numberFormat: { formatCode: numberFormats[format]! } }),
  });
  const stacked = chart.kind === 'stacked-columns' || chart.kind === 'stacked-bars';
  const horizontal = chart.kind === 'bars' || chart.kind === 'stacked-bars';
  return {
    type: chart.kind === 'lines' ? 'scatter' : horizontal ? 'bar' : 'column',
    ...(chart.kind === 'lines' ? { scatterStyle: 'line' as const } : { gapWidth: 50 }),
    ...(stacked ? { barGrouping: 'stacked' as const, overlap: 100 } : horizontal ? { overlap: 100 } : {}),
    title: clean(chart.title),
    titleFontSize: 12,
    altText: clean(chart.title),
    legend: chart.series.length > 1 ? 'bottom' : false,
    anchor: { from: { row, col: column }, to: { row: row + rows, col: column + columns } },
    axes: {
      x: { ...axis(chart.x), ...(horizontal ? { reverse: true, tickLblPos: 'low' as const } : {}) },
      y: { ...axis(chart.y), gridlines: { major: true } },
    },
    series: chart.series.map((series, i) => ({
      name: clean(series.name),
      values: series.values,
      categories: series.categories,
      color: seriesColors[i % seriesColors.length]!,
      ...(chart.kind === 'lines' ? { marker: { symbol: 'none' as const }, stroke: { width: 2 } } : {}),
    })),
  };
}
