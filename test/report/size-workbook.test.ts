import { describe, expect, it } from 'vitest';
import { cellName } from '../../src/document/workbook.ts';
import { renderXlsx } from '../../src/document/xlsx.ts';
import { resolveRegister } from '../../src/procurement/register.ts';
import { type SizeReport, sizeReport } from '../../src/procurement/size.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';
import { sizeWorkbook } from '../../src/report/size-workbook.ts';
import { type Recalculated, recalculate } from '../document/recalculate.ts';

const assumed = {
  'demand.requests_per_month': 60_000_000,
  'demand.peak_to_average': 2.4,
  'demand.input_tokens': 512,
  'demand.output_tokens': 256,
  'owned.server.accelerators': 8,
  'owned.server.power_kw': 10.96,
  'owned.spare_servers': 1,
};
const text = 'input=15192,output=7596,requests=29.671875,scope=accelerator';

const report = (changes: Readonly<Record<string, number>> = {}, throughput = text): SizeReport =>
  sizeReport(
    typedCapacity(throughput),
    resolveRegister(Object.entries({ ...assumed, ...changes }).map(([id, value]) => assumedByFlag(`${id}=${value}`))),
  );

/** Figures of the JSON beside those of the cells. */
function figures(json: SizeReport, book: Recalculated): [unknown, unknown][] {
  const { servers } = json;
  return [
    [json.replicas, book.named('out_replicas')],
    [servers.needed, book.named('out_servers_needed')],
    [servers.bought, book.named('out_servers_bought')],
    [json.accelerators, book.named('out_accelerators')],
    [json.acceleratorsBought, book.named('out_accelerators_bought')],
    [json.powerKw, book.named('out_power_kw')],
    [json.utilization, book.named('out_utilization')],
  ];
}

function expectSame(json: SizeReport, book: Recalculated): void {
  for (const [ours, theirs] of figures(json, book)) {
    expect(typeof ours).toBe('number');
    expect(theirs).toBeCloseTo(ours as number, 9);
  }
}

describe('the workbook of a size', () => {
  it('gives the figures of the JSON, and those of another demand when its cells change', async () => {
    const book = await recalculate(await renderXlsx(sizeWorkbook(report(), '2026-11-25')));
    expectSame(report(), book);
    book.change({ [cellName('demand.requests_per_month')]: 900_000_000, [cellName('capacity.headroom')]: 0.5 });
    expectSame(report({ 'demand.requests_per_month': 900_000_000, 'capacity.headroom': 0.5 }), book);
  });

  it('holds replicas that spread over servers', async () => {
    const torn = { 'capacity.accelerators_per_replica': 16, 'demand.requests_per_month': 900_000_000 };
    const book = await recalculate(await renderXlsx(sizeWorkbook(report(torn), '2026-11-25')));
    expectSame(report(torn), book);
  });

  it('shows in every formula cell what it gives', async () => {
    const book = await recalculate(await renderXlsx(sizeWorkbook(report(), '2026-11-25')));
    const formulas = book.formulas();
    expect(formulas.length).toBeGreaterThan(10);
    for (const { address, cached, value } of formulas)
      if (typeof cached === 'number') expect(value, address).toBeCloseTo(cached, 9);
      else expect(value, address).toBe(cached);
  });

  it('says why there is no size, and invents none', async () => {
    const none = { ...report(), state: 'infeasible', reasons: ['slo-never-met'], replicas: null } as SizeReport;
    const book = await recalculate(await renderXlsx(sizeWorkbook(none, '2026-11-25')));
    expect(book.cell('Size!B3')).toBe('infeasible');
    expect(book.names).not.toContain('out_replicas');
  });
});
