import {
  average,
  type Cells,
  compare,
  floor,
  highest,
  largest,
  minus,
  over,
  plus,
  type Term,
  times,
  when,
} from '../document/formula.ts';
import { createSheet, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { secondsPerHour, secondsPerMonth } from '../economics/quantity.ts';
import type { Inputs } from './workbook-assumptions.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';

/** Demand in the units that the other sheets ask for (section 2.1). */
export interface DemandCells {
  readonly sheet: Sheet;
  readonly requestsPerMonth: Term;
  readonly averagePerS: Term;
  readonly peakPerS: Term;
  readonly peakToAverage: Term;
  /** D_h, requests per hour. */
  readonly hourly: Cells;
  readonly hourlyCells: readonly Term[];
}

const hoursPerWeek = 168;

/**
 * Demand and its hours. With the shape of a week the peak is that of the shape; without one the load is flat in 168/pta hours and
 * absent in the others.
 */
export function demandSheet(inputs: Inputs, shape: readonly number[] | null): DemandCells {
  const sheet = createSheet('Demand', { widths: [...lineWidths], frozen: { rows: 1, columns: 0 } });
  const { title, section, line } = linesOn(sheet);
  title('Demand');
  const requestsPerMonth = line('Requests per month', inputs.number('demand.requests_per_month'), {
    format: 'whole',
    unit: 'requests/month',
    why: 'V0; a month is 730 h',
  });
  const averagePerS = line('Mean rate', over(requestsPerMonth, secondsPerMonth), {
    unit: 'requests/s',
    why: 'V0 / 2,628,000 s',
  });
  // The hours stand below, their number is known: row of the first one after the lines that follow.
  const firstHour = sheet.next + 5;
  const levels = shape ?? flatLevels(inputs);
  const last = firstHour + levels.length - 1;
  const levelCells: Cells = { text: addressOf(1, firstHour, last), values: shape ?? levels.map(levelOf) };
  const peakToAverage = line(
    'Busiest hour against the mean',
    shape === null ? inputs.number('demand.peak_to_average') : over(highest(levelCells), average(levelCells)),
    { unit: 'ratio', name: 'out_peak_to_average', why: shape === null ? 'pta' : 'highest hour below over their mean' },
  );
  const peakPerS = line('Rate in the busiest hour', times(averagePerS, peakToAverage), { unit: 'requests/s' });
  section('Hours of the week');
  sheet.row(['hour', 'level', 'requests/h'], { role: 'head' });
  if (sheet.next !== firstHour) throw new Error('the hours do not stand where they were announced');
  levels.forEach((level, hour) => {
    const draft =
      typeof level === 'number' ? styled(level, { role: 'input', format: 'rate' }) : styled(level, { format: 'rate' });
    const row = sheet.row([hour, draft]);
    const mean = shape === null ? 1 : average(levelCells);
    sheet.rewrite(
      row,
      2,
      styled(times(over(sheet.at(row, 1), mean), averagePerS, secondsPerHour), { format: 'decimal' }),
    );
  });
  sheet.chart({
    kind: 'columns',
    title: 'Requests per hour',
    x: { title: 'hour of the week', format: 'general' },
    y: { title: 'requests/h', format: 'whole' },
    series: [{ name: 'requests/h', categories: addressOf(0, firstHour, last), values: addressOf(2, firstHour, last) }],
    at: { row: firstHour - 1, column: 3, rows: 18, columns: 4 },
  });
  const hourly = sheet.down(2, firstHour, last);
  const hourlyCells = levels.map((_, hour) => sheet.at(firstHour + hour, 2));
  return { sheet: sheet.finish(), requestsPerMonth, averagePerS, peakPerS, peakToAverage, hourly, hourlyCells };
}

const addressOf = (column: number, first: number, last: number): string => {
  const letter = String.fromCharCode(65 + column);
  return `Demand!$${letter}$${first + 1}:$${letter}$${last + 1}`;
};

const levelOf = (level: number | Term): number => (typeof level === 'number' ? level : level.value);

/** Full hours, one partial hour, and silence, with a mean of 1 (UTIL-2). */
function flatLevels(inputs: Inputs): Term[] {
  const pta = inputs.number('demand.peak_to_average');
  const full = floor(plus(over(hoursPerWeek, pta), 1e-9));
  const rest = largest(0, minus(hoursPerWeek, times(full, pta)));
  return Array.from({ length: hoursPerWeek }, (_, hour) =>
    when(compare(full, '>', hour), pta, when(compare(full, '=', hour), rest, 0)),
  );
}
