import { writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import type { Workbook } from '../../document/workbook.ts';
import { renderXlsx } from '../../document/xlsx.ts';
import { type FocusStatement, focusCsv } from '../../report/focus.ts';
import { requireFile } from './format.ts';
import { refuseOutput } from './output.ts';

/** Formats that are files for other programs, and are computed only where they are asked for. */
export const fileFormats = ['xlsx', 'focus'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** Flag of commands that write FOCUS rows. */
export const fileFlags = {
  organisation: Flags.string({
    description: 'who owns the hardware and pays, in FOCUS rows',
    default: 'Own organisation',
    helpValue: 'NAME',
    helpGroup: 'OUTPUT',
  }),
};

export const isFileFormat = (format: string): format is FileFormat =>
  (fileFormats as readonly string[]).includes(format);

/** Writes a workbook. @throws UserError for a terminal as its target, or a file that cannot be written */
export async function deliverWorkbook(workbook: Workbook, output: string | undefined): Promise<void> {
  requireFile('xlsx', output, process.stdout);
  await write(await renderXlsx(workbook), output);
}

/** Writes a workbook or FOCUS rows. @throws UserError for a terminal as the target of a workbook, or a file that cannot be written */
export async function deliverFile(
  format: FileFormat,
  output: string | undefined,
  make: { readonly xlsx: () => Workbook; readonly focus: () => FocusStatement },
): Promise<void> {
  if (format === 'xlsx') return await deliverWorkbook(make.xlsx(), output);
  await write(focusCsv(make.focus()), output);
}

async function write(written: string | Uint8Array, output: string | undefined): Promise<void> {
  if (output === undefined) process.stdout.write(written);
  else await writeFile(output, written).catch(refuseOutput(output));
}
