import type { CellStyle } from 'hucre/xlsx';
import { printable, wrap } from './terminal.ts';
import type { CellRole, NumberFormat, Sheet, SheetCell } from './workbook.ts';

export const numberFormats: Record<NumberFormat, string | null> = {
  general: null,
  whole: '#,##0',
  usd: '#,##0;[Red]-#,##0',
  price: '#,##0.0000',
  rate: '#,##0.00####',
  share: '0.0%',
  decimal: '#,##0.00',
  text: '@',
};

const solid = (rgb: string): CellStyle => ({ fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb } } });
export const face = { name: 'Calibri', size: 11 } as const;
const ink = (rgb: string, more: object = {}): CellStyle => ({ font: { ...face, color: { rgb }, ...more } });
const thin = { style: 'thin', color: { rgb: 'BFC5CC' } } as const;

const fontSize: Partial<Record<CellRole, number>> = { title: 16, section: 12 };

const roleStyles: Record<CellRole, CellStyle> = {
  plain: {},
  title: ink('1B1F24', { bold: true, size: fontSize.title }),
  head: { ...ink('FFFFFF', { bold: true }), ...solid('2F4B66'), alignment: { vertical: 'center', wrapText: true } },
  section: { ...ink('1B1F24', { bold: true, size: fontSize.section }), border: { bottom: thin } },
  label: ink('3B444D'),
  soft: ink('6B747D', { italic: true }),
  input: { ...ink('0B3D91'), ...solid('FFF6D6'), border: { top: thin, right: thin, bottom: thin, left: thin } },
  result: { ...ink('1B1F24', { bold: true }), ...solid('E8F1FA') },
  ok: ink('11733C', { bold: true }),
  warn: ink('8A5A00', { bold: true }),
  bad: ink('B3261E', { bold: true }),
};

/** Looks of a cell, given what surrounds it. */
export function styleOf({ role, format, wrap, value }: SheetCell, { overNumber, first }: Place): CellStyle {
  const style = roleStyles[role];
  const numFmt = numberFormats[format];
  const beside = typeof value === 'string' && !first && role !== 'title' && role !== 'section';
  return {
    ...style,
    alignment: {
      vertical: 'top',
      ...style.alignment,
      ...(wrap ? { wrapText: true } : {}),
      // Text beside a right-aligned number would touch it.
      ...(role === 'head' && overNumber ? { horizontal: 'right' } : beside ? { horizontal: 'left', indent: 1 } : {}),
    },
    ...(numFmt === null ? {} : { numFmt }),
    ...(role === 'input' ? { protection: { locked: false } } : {}),
  };
}

const lineHeight = 15;

/** Height for the longest wrapped cell in points: programs do not agree on finding it by themselves. null for one line. */
export function heightOf(row: Sheet['rows'][number], widths: readonly number[]): number | null {
  const lines = row.map((cell, c) => {
    if (typeof cell?.value !== 'string' || !(cell.wrap || cell.role === 'head')) return 1;
    // One character less a line than the width says: digits are narrower than most letters.
    return wrap(printable(cell.value, true), Math.max(4, (widths[c] ?? 10) - 1)).length;
  });
  const most = lines.reduce((a, b) => Math.max(a, b), 1);
  const size = row.reduce((a, cell) => Math.max(a, (cell && fontSize[cell.role]) ?? 11), 11);
  return most > 1 || size > 12 ? most * lineHeight * (size / 11) : null;
}

export interface Place {
  /** The cell beneath holds a number: a head stands over its digits. */
  readonly overNumber: boolean;
  readonly first: boolean;
}

export function placeOf(sheet: Sheet, row: number, column: number): Place {
  const beneath = sheet.rows.slice(row + 1, row + 12).find((cells) => (cells[column]?.value ?? null) !== null);
  return { overNumber: typeof beneath?.[column]?.value === 'number', first: column === 0 };
}
