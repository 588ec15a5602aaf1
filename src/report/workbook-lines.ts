import type { Term } from '../document/formula.ts';
import { type SheetDraft, styled } from '../document/sheet.ts';
import type { CellRole, NumberFormat } from '../document/workbook.ts';

type AnyTerm = Term<number | string | boolean>;

export interface LineOptions {
  readonly format?: NumberFormat;
  readonly unit?: string;
  /** Name of the cell, for formulas elsewhere and for whoever reads the file. */
  readonly name?: string;
  /** The formula as a person writes it, or a remark. */
  readonly why?: string;
  readonly role?: CellRole;
}

/** Widths of the columns of lines: label, value, unit, why. */
export const lineWidths = [46, 18, 22, 62] as const;

/** Calculations one beneath the other: what it is, its value, its unit, and how it comes about. */
export interface Lines {
  title(text: string, under?: string): void;
  section(text: string): void;
  /** Writes a line and gives its cell back. */
  line(label: string, of: AnyTerm | number | string | null, options?: LineOptions): Term;
  remark(text: string): void;
}

export function linesOn(sheet: SheetDraft): Lines {
  return {
    title(text, under) {
      if (sheet.next > 0) sheet.gap();
      sheet.row([text], { role: 'title' });
      if (under !== undefined) sheet.row([under], { role: 'soft' });
    },
    section(text) {
      sheet.gap();
      sheet.row([text, '', '', ''], { role: 'section' });
    },
    line(label, of, { format = 'rate', unit = '', name, why = '', role = 'plain' } = {}) {
      const row = sheet.row([
        styled(label, { role: 'label' }),
        styled(of, { format, role, name: name ?? null }),
        styled(unit, { role: 'soft' }),
        styled(why, { role: 'soft', wrap: true }),
      ]);
      return sheet.at(row, 1);
    },
    remark(text) {
      sheet.row([styled(text, { role: 'soft' })]);
    },
  };
}
