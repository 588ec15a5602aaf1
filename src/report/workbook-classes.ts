import {
  both,
  type Cells,
  call,
  ceiling,
  compare,
  floor,
  largest,
  minus,
  over,
  plus,
  rounded,
  smallest,
  type Term,
  times,
  when,
  words,
} from '../document/formula.ts';
import { createSheet, type SheetDraft, styled } from '../document/sheet.ts';
import { secondsPerMonth } from '../economics/quantity.ts';
import type { CaseClass, DecisionCase } from '../procurement/decide-case.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { type HybridCells, planLines } from './workbook-hybrid.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';
import type { OwnedCells } from './workbook-owned.ts';

interface Sides {
  readonly inputs: Inputs;
  readonly demand: DemandCells;
  readonly own: OwnedCells;
  readonly api: AlternativeCells;
}

/** One class as cells of its row. */
interface ClassCells {
  readonly name: string;
  readonly requests: Term;
  readonly apiUsd: Term;
  readonly sensitive: Term;
  /** 1 where its answers are good enough on the own model. */
  readonly stays: Term;
  readonly seconds: Term;
  /** Accelerator-seconds of the classes that are served before it. */
  readonly before: Term;
}

/** More than anything is counted. */
const endless = 1e15;
/** Where a number of servers cannot keep the sensitive classes. */
const left = 'sensitive ones left out';

/**
 * Request classes on own servers or at the API (section 2.12): servers are filled with the sensitive classes first, then by what an
 * accelerator-second saves; every number of servers is a row, the cheapest one that keeps the sensitive classes is the plan.
 *
 * @param servers those of the plan now: rows go somewhat beyond
 */
export function classSheet(about: DecisionCase, sides: Sides, servers: number): HybridCells {
  const { inputs, demand, own, api } = sides;
  const columns = Math.max(classHeads.length, about.classes.length + 5);
  const widths = [lineWidths[0], 18, ...Array.from({ length: columns - 2 }, () => 16)];
  const sheet = createSheet('Hybrid', { widths, orientation: 'landscape', tone: 'result' });
  const { title, section, line, remark } = linesOn(sheet);
  title(`Classes of requests on ${own.name} and at ${api.name}`);
  const each = over(
    inputs.number('capacity.accelerators_per_replica'),
    inputs.number('capacity.requests_per_s_per_replica'),
  );
  const perRequest = line('Accelerator-seconds of a mean request', each, { why: 'g_r / X_slo' });
  const usable = over(over(own.unit.peakRequestsPerMonth, own.unit.nominalRequestsPerMonth), demand.peakToAverage);
  const accelerators = rounded(inputs.number('owned.server.accelerators'));
  const room = line('Accelerator-seconds of a server and month', times(accelerators, secondsPerMonth, usable), {
    ...{ format: 'whole', why: 'below the headroom, at the peak-to-average' },
  });
  const month = line('Cost of a server and month', over(over(own.unit.usdPerYear, own.unit.servers), 12), {
    format: 'usd',
  });
  const least = line('Quality floor', about.quality.floor ?? 0, { format: 'share', role: 'input' });
  section('Classes');
  const classes = classRows(sheet, about, {
    requests: demand.requestsPerMonth,
    price: api.usdPerRequest,
    perRequest,
    least,
  });
  section('By number of servers');
  const table = planRows(sheet, classes, {
    room,
    month,
    rows: Math.min(200, Math.max(12, 2 * servers + 4)),
    most: mostServers(about, own),
  });
  section('The plan');
  const at = (column: Cells): Term =>
    call(
      'INDEX',
      [column, { text: `MATCH(MIN(${table.total.text}),${table.total.text},0)` }],
      column.values[bestOf(table.total)]!,
    );
  const best = line('Servers that cost least', at(table.servers), { format: 'whole' });
  const units = line('Purchases in the plan', ceiling(over(best, own.unit.servers), 0), { format: 'whole' });
  line('Servers', times(units, own.unit.servers), { format: 'whole', role: 'result', name: 'out_hybrid_servers' });
  const selfShare = line('Share answered on own servers', over(at(table.self), demand.requestsPerMonth), {
    ...{ format: 'share', role: 'result', name: 'out_hybrid_self_share' },
  });
  const atApi = plus(times(12, at(table.apiUsd)), api.fixedUsdPerYear);
  const plan = planLines(sheet, { inputs, demand, own, units, selfShare, atApi });
  remark('Servers are filled with the sensitive classes first, then with those that save most at the API.');
  return { ...plan, sheet: sheet.finish() };
}

function mostServers({ limits }: DecisionCase, own: OwnedCells): Term | null {
  const { servers, capitalUsd } = limits;
  if (servers === null && capitalUsd === null) return null;
  return smallest(servers ?? endless, capitalUsd === null ? endless : floor(over(capitalUsd, own.capex)));
}

const classHeads = [
  'class',
  'share of requests',
  'sensitive',
  'quality on the own model',
  'API cost against the mean',
  'accelerator time against the mean',
  'requests a month',
  'USD a request at the API',
  'stays',
  'accelerator-seconds a month',
  'USD an accelerator-second saves',
  'seconds served before it',
  'place',
];

function classRows(
  sheet: SheetDraft,
  about: DecisionCase,
  of: { readonly requests: Term; readonly price: Term; readonly perRequest: Term; readonly least: Term },
): ClassCells[] {
  sheet.row(classHeads, { role: 'head' });
  const first = sheet.next;
  const input = (value: number) => styled(value, { role: 'input', format: 'rate' });
  const kept = (one: CaseClass) => (one.sensitive && !about.privacy.apiAllowed ? 1 : 0);
  for (const one of about.classes) {
    // A class that nobody judged is taken as good enough, and its plan as not verified.
    const row = sheet.row([
      one.name,
      input(one.share),
      input(kept(one)),
      input(one.qualityOwn ?? 1),
      input(one.apiFactor),
      input(one.acceleratorFactor),
    ]);
    const at = (column: number) => sheet.at(row, column);
    const put = (column: number, term: Term, format: 'rate' | 'whole' = 'rate') =>
      sheet.rewrite(row, column, styled(term, { format }));
    put(6, times(at(1), of.requests), 'whole');
    put(7, times(at(4), of.price));
    put(8, when(compare(at(3), '<', of.least), 0, 1), 'whole');
    put(9, times(at(6), at(5), of.perRequest), 'whole');
    sheet.rewrite(row, 12, row - first + 1);
    put(10, when(compare(at(5), '>', 0), over(at(7), times(at(5), of.perRequest)), endless));
  }
  const last = sheet.next - 1;
  return about.classes.map(({ name }, index) => {
    const row = first + index;
    sheet.rewrite(row, 11, styled(before(sheet, first, last, row), { format: 'whole' }));
    const [requests, apiUsd, sensitive] = [sheet.at(row, 6), sheet.at(row, 7), sheet.at(row, 2)];
    return {
      name,
      requests,
      apiUsd,
      sensitive,
      stays: sheet.at(row, 8),
      seconds: sheet.at(row, 9),
      before: sheet.at(row, 11),
    };
  });
}

/** Σ seconds of classes that stay and come first: sensitive ones, then those that save more a second, then as they stand. */
function before(sheet: SheetDraft, first: number, last: number, row: number): Term {
  const column = (index: number) => sheet.down(index, first, last);
  const [sensitive, stays, seconds, density] = [column(2), column(8), column(9), column(10)];
  const [own, saved] = [sheet.at(row, 2), sheet.at(row, 10)];
  const earlier = `(${column(12).text}<${sheet.at(row, 12).text})`;
  const same = `(${density.text}>${saved.text})+(${density.text}=${saved.text})*${earlier}`;
  const rank = `(${sensitive.text}>${own.text})+(${sensitive.text}=${own.text})*(${same})`;
  const value = sensitive.values.reduce((total, kept, j) => {
    const closer = density.values[j]! > saved.value || (density.values[j] === saved.value && first + j < row);
    const comes = kept > own.value || (kept === own.value && closer);
    return total + (comes ? stays.values[j]! * seconds.values[j]! : 0);
  }, 0);
  return { text: `SUMPRODUCT(${stays.text}*${seconds.text}*(${rank}))`, value, binds: 4 };
}

interface PlanTable {
  readonly servers: Cells;
  readonly self: Cells;
  readonly apiUsd: Cells;
  readonly total: Cells;
}

function planRows(
  sheet: SheetDraft,
  classes: readonly ClassCells[],
  {
    room,
    month,
    rows,
    most,
  }: { readonly room: Term; readonly month: Term; readonly rows: number; readonly most: Term | null },
): PlanTable {
  const names = classes.map(({ name }) => `own share of ${name}`);
  sheet.row(
    ['servers', ...names, 'requests on own servers', 'USD a month at the API', 'USD a month of servers', 'USD a month'],
    { role: 'head' },
  );
  const first = sheet.next;
  const end = classes.length + 1;
  for (let servers = 0; servers <= rows; servers++) {
    const row = sheet.row([servers]);
    const owned = times(sheet.at(row, 0), room);
    classes.forEach((one, k) => {
      const rest = over(minus(owned, one.before), one.seconds);
      const served = when(compare(one.seconds, '=', 0), 1, largest(0, smallest(1, rest)));
      const share = when(compare(sheet.at(row, 0), '=', 0), 0, times(one.stays, served));
      sheet.rewrite(row, k + 1, styled(share, { format: 'share' }));
    });
    const share = (k: number) => sheet.at(row, k + 1);
    const self = plus(0, ...classes.map((one, k) => times(one.requests, share(k))));
    const bill = plus(0, ...classes.map((one, k) => times(minus(1, share(k)), one.requests, one.apiUsd)));
    const put = (column: number, term: Term, format: 'whole' | 'usd') =>
      sheet.rewrite(row, column, styled(term, { format }));
    put(end, self, 'whole');
    put(end + 1, bill, 'usd');
    put(end + 2, times(sheet.at(row, 0), month), 'usd');
    const lost = plus(
      0,
      ...classes.map((one, k) =>
        when(both(compare(times(one.sensitive, one.requests), '>', 0), compare(share(k), '<', 1)), 1, 0),
      ),
    );
    const tooMany = most === null ? lost : plus(lost, when(compare(sheet.at(row, 0), '>', most), 1, 0));
    const sum = plus(sheet.at(row, end + 1), sheet.at(row, end + 2));
    const whole = when(compare(tooMany, '>', 0), words(left), sum);
    sheet.rewrite(row, end + 3, styled(whole, { format: 'usd' }));
  }
  const down = (column: number): Cells => sheet.down(column, first, first + rows);
  return { servers: down(0), self: down(end), apiUsd: down(end + 1), total: down(end + 3) };
}

/** Rows of text are no plan; MIN passes them over as well. */
const bestOf = ({ values }: Cells): number =>
  values.indexOf(Math.min(...values.filter((value) => Number.isFinite(value))));
