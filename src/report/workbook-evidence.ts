import { createSheet, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { definitionOf } from '../procurement/assumption.ts';
import type { Decision } from '../procurement/decide-result.ts';
import type { Entry } from '../procurement/entry.ts';
import type { PrintedLint } from '../procurement/offer-cost.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';

/** Sheets of values: what was measured, what was simulated, what was found, where it is from. */

export function measuredSheet({ capacity, power }: Decision): Sheet {
  const sheet = createSheet('Measured', { widths: [...lineWidths] });
  const { title, line } = linesOn(sheet);
  title('Capacity at the objectives', 'Values as measured, typed or assumed; the capacity itself is on Assumptions.');
  line('Requests a second of a replica', capacity.requestsPerSPerReplica, { unit: 'requests/s', why: capacity.origin });
  line('Accelerators of a replica', capacity.acceleratorsPerReplica, { format: 'whole' });
  if (capacity.bracket !== null) {
    line('Highest load inside the objectives', capacity.bracket[0]);
    line('Lowest load outside', capacity.bracket[1] ?? 'not measured: a lower bound');
  }
  for (const objective of capacity.objectives) line('Objective', objective);
  for (const run of capacity.runs) line('Run', run);
  for (const remark of capacity.notes) line('Note', remark);
  if (power !== null) {
    line('Power provisioned', power.kwProvisioned, { format: 'decimal', unit: 'kW' });
    line('Energy', power.kwhPerYear, { format: 'whole', unit: 'kWh/year', why: power.basis });
  }
  return sheet.finish();
}

/** Tornado and Monte Carlo: computed by tokbench, since a spreadsheet would need a copy of itself for each value. */
export function sensitivitySheet({ tornado, monteCarlo, npv, verdict }: Decision): Sheet | null {
  if (tornado.length === 0 && monteCarlo === null) return null;
  const widths = [44, 14, 16, 16, 14, 16, 16, 16, 12, 40];
  const sheet = createSheet('Sensitivity', { widths, orientation: 'landscape', frozen: { rows: 1, columns: 0 } });
  const { title, section, remark } = linesOn(sheet);
  title(
    'What moves the result',
    'Values, not formulas: as computed with the assumptions of the study. Run tokbench decide again after a change.',
  );
  section('One assumption at a time, NPV in USD');
  const heads = [
    'assumption',
    'low',
    'NPV there',
    'change',
    'high',
    'NPV there',
    'change',
    'swing',
    'turns the sign',
    'id',
  ];
  sheet.row(heads, { role: 'head' });
  const base = npv.usd ?? 0;
  const first = sheet.next;
  for (const { id, low, high, swingUsd, flipsSign } of tornado)
    sheet.row([
      definitionOf(id)?.title ?? id,
      low.value,
      styled(low.npvUsd, { format: 'usd' }),
      styled(low.npvUsd - base, { format: 'usd' }),
      high.value,
      styled(high.npvUsd, { format: 'usd' }),
      styled(high.npvUsd - base, { format: 'usd' }),
      styled(swingUsd, { format: 'usd' }),
      flipsSign ? styled('yes', { role: 'warn' }) : 'no',
      styled(id, { role: 'soft' }),
    ]);
  const last = sheet.next - 1;
  if (npv.usd !== null)
    remark(`NPV with every assumption at its value: ${Math.round(npv.usd).toLocaleString('en-US')} USD`);
  if (monteCarlo !== null) {
    section(`Monte Carlo: ${monteCarlo.draws.toLocaleString('en-US')} draws, seed ${monteCarlo.seed}`);
    const draw = (label: string, value: number, format: 'usd' | 'share') =>
      sheet.row([label, styled(value, { format })]);
    draw('Share of draws with a positive NPV', monteCarlo.shareNpvPositive, 'share');
    draw('Mean NPV', monteCarlo.mean, 'usd');
    draw('P10', monteCarlo.p10, 'usd');
    draw('P50', monteCarlo.p50, 'usd');
    draw('P90', monteCarlo.p90, 'usd');
  }
  if (verdict.reversers.length > 0) {
    section('What would reverse the verdict');
    sheet.row(['assumption', 'now', 'reversed at', 'then', 'id'], { role: 'head' });
    for (const { id, from, value, choice } of verdict.reversers)
      sheet.row([
        definitionOf(id)?.title ?? id,
        styled(from, { format: 'rate' }),
        styled(value, { format: 'rate' }),
        choice,
        styled(id, { role: 'soft' }),
      ]);
  }
  if (last >= first) {
    const names = sheet.down(0, first, Math.min(last, first + 11)).text;
    const values = (column: number) => sheet.down(column, first, Math.min(last, first + 11)).text;
    sheet.chart({
      kind: 'bars',
      title: 'Change of the NPV at the low and at the high end of each assumption',
      x: { title: '', format: 'general' },
      y: { title: 'USD', format: 'usd' },
      series: [
        { name: 'low end', categories: names, values: values(3) },
        { name: 'high end', categories: names, values: values(6) },
      ],
      at: { row: sheet.next + 1, column: 0, rows: 24, columns: 6 },
    });
  }
  return sheet.finish();
}

export function lintSheet(lints: readonly PrintedLint[]): Sheet {
  const sheet = createSheet('Lints', {
    widths: [8, 30, 14, 100],
    frozen: { rows: 1, columns: 0 },
    orientation: 'landscape',
  });
  sheet.row(['id', 'name', 'severity', 'finding'], { role: 'head' });
  for (const { id, name, severity, sentence } of lints) {
    const role = severity === 'error' ? 'bad' : severity === 'warn' ? 'warn' : 'plain';
    sheet.row([id, name, styled(severity, { role }), styled(sentence, { wrap: true })]);
  }
  if (lints.length === 0) sheet.row(['', 'none fired']);
  return sheet.finish();
}

/** Every entry that has a source, oldest first: what to ask for again before signing. */
export function sourceSheet({ register, offerAssumptions, notes, reproduction }: Decision): Sheet {
  const sheet = createSheet('Sources', {
    widths: [44, 12, 14, 10, 60, 44],
    frozen: { rows: 1, columns: 0 },
    orientation: 'landscape',
  });
  sheet.row(['assumption', 'date', 'confidence', 'kind', 'source', 'stated in'], { role: 'head' });
  const ofOffers = offerAssumptions.flatMap(({ offer, entries }) =>
    entries.map((entry) => ({ ...entry, title: `${entry.title}, ${offer}` })),
  );
  const entries = sourced([...register.entries, ...ofOffers]);
  for (const { title, date, confidence, kind, sourceText, origin } of entries)
    sheet.row([
      title,
      date ?? '',
      confidence,
      kind,
      styled(sourceText ?? '', { wrap: true }),
      styled(origin, { role: 'soft', wrap: true }),
    ]);
  const { section, remark } = linesOn(sheet);
  if (notes.length > 0) section('Notes');
  for (const note of notes) remark(note);
  section('Reproduction');
  for (const [key, value] of Object.entries(reproduction))
    sheet.row([styled(key, { role: 'label' }), String(value ?? 'none')]);
  return sheet.finish();
}

const sourced = (entries: readonly Entry[]) =>
  entries
    .filter(({ source }) => source !== 'default')
    .sort((a, b) => ((a.date ?? '9') < (b.date ?? '9') ? -1 : a.date === b.date ? 0 : 1));
