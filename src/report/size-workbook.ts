import { times } from '../document/formula.ts';
import { createSheet } from '../document/sheet.ts';
import type { Sheet, Workbook } from '../document/workbook.ts';
import type { AssumptionId } from '../procurement/assumption.ts';
import type { Register, Statement } from '../procurement/entry.ts';
import { entryIn, hoursOf, resolveRegister, withEntries } from '../procurement/register.ts';
import type { SizeReport } from '../procurement/size.ts';
import { concernsSize } from './size.ts';
import { assumptionSheet, type Inputs } from './workbook-assumptions.ts';
import { type DemandCells, demandSheet } from './workbook-demand.ts';
import { fleetLines } from './workbook-fleet.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';

/**
 * A size as a workbook that recalculates: replicas, servers, accelerators, power and utilisation as formulas over the demand and
 * the capacity. The state, and what the capacity was measured with, are values. A demand that nothing meets has no formulas.
 */
export function sizeWorkbook(report: SizeReport, date: string): Workbook {
  const register = sizedRegister(report);
  const assumptions = assumptionSheet(register, []);
  const demand = demandSheet(assumptions.common, hoursOf(register, 'demand.hourly'));
  return {
    title: 'What a demand needs',
    description: 'Servers for a demand: change a yellow cell on Assumptions and everything recalculates.',
    createdAt: new Date(Date.parse(date) || 0),
    sheets: [sizeSheet(report, assumptions.common, demand), assumptions.sheet, demand.sheet, measuredSheet(report)],
  };
}

/** The entries that a size looks at, with the capacity as the run or the flag has it. */
function sizedRegister({ capacity, register }: SizeReport): Register {
  const { requestsPerSPerReplica, acceleratorsPerReplica, acceleratorsPerServer, origin, name } = capacity;
  const kind = origin === 'run' ? 'measured' : 'assumed';
  const said = { layer: 'run', origin: name, sourceText: name, kind } as const;
  const values: readonly (readonly [AssumptionId, number | null])[] = [
    ['capacity.requests_per_s_per_replica', requestsPerSPerReplica],
    ['capacity.accelerators_per_replica', acceleratorsPerReplica],
    ['owned.server.accelerators', acceleratorsPerServer],
  ];
  const statements = values.flatMap(([id, value]): Statement[] => (value === null ? [] : [{ ...said, id, value }]));
  const stated = resolveRegister(statements);
  const entries = statements.flatMap(({ id }) => entryIn(stated, id as AssumptionId) ?? []);
  const { sha256, entries: all } = withEntries(register, entries);
  return { sha256, entries: all.filter(({ id }) => concernsSize(id)) };
}

function sizeSheet(report: SizeReport, inputs: Inputs, demand: DemandCells): Sheet {
  const sheet = createSheet('Size', { widths: [...lineWidths], tone: 'result' });
  const { title, section, line, remark } = linesOn(sheet);
  title('What a demand needs', `Capacity from ${report.capacity.name}.`);
  if (report.simulated)
    sheet.row(['SIMULATED: the capacity is that of a simulated server; no purchase may rest on it.'], { role: 'warn' });
  line('State', report.state, { role: report.state === 'ok' ? 'ok' : 'warn', why: report.reasons.join(', ') });
  if (report.lowerBound) remark('The capacity is a lower bound: no measured load broke the objectives.');
  if (report.replicas === null) return sheet.finish();
  const fleet = fleetLines(sheet, 'out', inputs, demand);
  section('What that is');
  const { acceleratorsPerReplica, acceleratorsPerServer, replicas, bought } = fleet;
  const count = { format: 'whole', role: 'result' } as const;
  line('Accelerators that serve', times(replicas, acceleratorsPerReplica), {
    ...{ ...count, name: 'out_accelerators', why: 'replicas · g_r' },
  });
  line('Accelerators bought', times(bought, acceleratorsPerServer), {
    ...{ ...count, name: 'out_accelerators_bought', why: 'servers bought · G, spares included' },
  });
  const power = 'owned.server.power_provisioned_kw';
  if (inputs.has(power))
    line('Power provisioned', times(bought, inputs.number(power)), {
      ...{ name: 'out_power_kw', format: 'decimal', unit: 'kW', role: 'result', why: 'servers bought · kW_prov' },
    });
  return sheet.finish();
}

function measuredSheet({ capacity, interval, demand, notes }: SizeReport): Sheet {
  const sheet = createSheet('Measured', { widths: [...lineWidths] });
  const { title, section, line, remark } = linesOn(sheet);
  title('Capacity at the objectives', 'Values as measured, typed or assumed; the capacity itself is on Assumptions.');
  const origins = { run: 'measured', typed: 'typed by hand', assumed: 'assumed' } as const;
  line('Requests a second of a replica', capacity.requestsPerSPerReplica, {
    ...{
      unit: 'requests/s',
      why: `${origins[capacity.origin]}; requests of ${Math.round(demand.inputTokens)}+${Math.round(demand.outputTokens)} tokens`,
    },
  });
  if (capacity.bracket[0] !== null) {
    line('Highest load inside the objectives', capacity.bracket[0]);
    line('Lowest load outside', capacity.bracket[1] ?? 'not measured: a lower bound');
  }
  for (const objective of capacity.objectives) line('Objective', objective);
  if (interval.bought !== null)
    line('Servers at the ends of its 95 % interval', `${interval.bought[0]} to ${interval.bought[1]}`);
  if (notes.length > 0) section('Notes');
  for (const note of notes) remark(note);
  return sheet.finish();
}
