import { type Block, type Cell, type Document, heading, note, number } from '../document/document.ts';
import type { SizeReport } from '../procurement/size.ts';
import { assumptionBlocks } from './assumption.ts';
import { simulatedBanner } from './lint.ts';

/** The report of `size`: how many, how much power, how well used, and what the answer rests on. */
export function sizeDocument(report: SizeReport): Document {
  return {
    title: 'tokbench size',
    subtitle: `capacity from ${report.capacity.name}`,
    banners: simulatedBanner(report.simulated),
    verdict: null,
    blocks: [
      ...verdictBlocks(report),
      ...figureBlocks(report),
      { kind: 'facts', items: [...demandFacts(report), ...capacityFacts(report), ...peakFacts(report)] },
      ...(report.notes.length === 0
        ? []
        : [heading('Notes', 2), ...report.notes.map((sentence) => note('info', sentence))]),
      ...assumptionBlocks(report.register, new Set(['own']), [], concernsSize),
    ],
    rows: sizeRows(report),
  };
}

/** Whether a size depends on an assumption. */
export const concernsSize = (id: string): boolean =>
  /^(demand|capacity)\.|^owned\.(servers|spare_servers|server\.(accelerators|power_kw|power_provisioned_kw))$/.test(id);

function verdictBlocks(report: SizeReport): Block[] {
  const { state, reasons, lowerBound, interval } = report;
  if (report.replicas === null)
    return [
      note(
        'bad',
        `No size: ${reasons.includes('slo-never-met') ? 'no measured load meets the objectives' : state}. ${report.capacity.objectives.join(', ')}`,
        reasons[0] ?? null,
      ),
    ];
  const blocks: Block[] = [];
  if (lowerBound)
    blocks.push(
      note(
        'warn',
        'The capacity is a lower bound: no measured load broke the objectives. Fewer servers may do; measure higher loads.',
        'capacity-lower-bound',
      ),
    );
  for (const reason of reasons.filter((each) => each !== 'capacity-lower-bound'))
    blocks.push(note('warn', `Not verified: ${reason}.`, reason));
  if (interval.bought !== null && interval.bought[0] !== interval.bought[1])
    blocks.push(
      note(
        'warn',
        `Within the 95 % interval of the measured capacity ${interval.bought[0]} to ${interval.bought[1]} servers are needed, spares included.`,
      ),
    );
  return blocks;
}

function figureBlocks(report: SizeReport): Block[] {
  const { replicas, accelerators, servers, powerKw, utilization } = report;
  if (replicas === null) return [];
  const spare =
    servers.spare === 0 ? 'no spare' : `${servers.needed!.toLocaleString('en-US')} serve, ${servers.spare} spare`;
  return [
    {
      kind: 'figures',
      items: [
        { label: 'servers', value: number(servers.bought, 'count'), note: spare },
        { label: 'replicas', value: number(replicas, 'count'), note: null },
        {
          label: 'accelerators',
          value: number(accelerators, 'count'),
          note: `of ${report.acceleratorsBought!.toLocaleString('en-US')} bought`,
        },
        {
          label: 'power',
          value: number(powerKw, 'kW', powerKw === null ? { reason: 'owned.server.power_kw is not known' } : {}),
          note: 'provisioned',
        },
        { label: 'used', value: number(utilization, 'share'), note: 'of what is bought, on average' },
      ],
    },
  ];
}

function demandFacts({ demand }: SizeReport): { key: string; value: Cell }[] {
  const rate = (value: number) => String(Number(value.toPrecision(4)));
  return [
    {
      key: 'demand',
      value: `${rate(demand.averagePerS)} req/s on average, ${rate(demand.peakPerS)} req/s at the peak, ${rate(demand.headroom * 100)} % kept free above it`,
    },
    {
      key: 'request',
      value: `${Math.round(demand.inputTokens).toLocaleString('en-US')} tokens in, ${Math.round(demand.outputTokens).toLocaleString('en-US')} out`,
    },
  ];
}

/** What the busiest hour is like for those who wait. */
function peakFacts({ peak }: SizeReport): { key: string; value: Cell }[] {
  if (peak === null) return [];
  const rate = `${Number(peak.ratePerS.toPrecision(3))} req/s a replica`;
  const why = peak.reasons.includes('outside-measured-range')
    ? 'no measured loads lie on both sides of it'
    : 'too few loads were measured';
  return [
    {
      key: 'at the peak',
      value:
        peak.ttftP99Ms === null
          ? `${rate}; its latency is not known: ${why}`
          : `${rate}, TTFT p99 about ${Math.round(peak.ttftP99Ms).toLocaleString('en-US')} ms, between measured loads`,
    },
  ];
}

function capacityFacts({ capacity }: SizeReport): { key: string; value: Cell }[] {
  const {
    requestsPerSPerReplica: rate,
    acceleratorsPerReplica,
    acceleratorsPerServer,
    bracket,
    objectives,
    origin,
  } = capacity;
  const words = { run: 'measured', typed: 'typed by hand', assumed: 'assumed' }[origin];
  const items = [
    {
      key: 'capacity',
      value:
        rate === null
          ? 'none'
          : `${Number(rate.toPrecision(4))} such req/s per replica of ${acceleratorsPerReplica} ${acceleratorsPerReplica === 1 ? 'accelerator' : 'accelerators'}, ${words}; ${acceleratorsPerServer} accelerators a server`,
    },
  ];
  if (bracket[0] !== null)
    items.push({
      key: 'bracket',
      value: `${bracket[0]} meets the objectives, ${bracket[1] ?? 'nothing higher was measured that'} ${bracket[1] === null ? 'fails' : 'does not'}`,
    });
  if (objectives.length > 0) items.push({ key: 'objectives', value: objectives.join(', ') });
  return items;
}

function sizeRows(report: SizeReport): Document['rows'] {
  const { servers, demand, capacity } = report;
  const cells: [string, string | number | boolean | null][] = [
    ['state', report.state],
    ['reasons', report.reasons.join(' ')],
    ['replicas', report.replicas],
    ['accelerators', report.accelerators],
    ['accelerators_bought', report.acceleratorsBought],
    ['servers_needed', servers.needed],
    ['servers_spare', servers.spare],
    ['servers_bought', servers.bought],
    ['power_kw', report.powerKw],
    ['utilization', report.utilization],
    ['peak_ttft_p99_ms', report.peak?.ttftP99Ms ?? null],
    ['lower_bound', report.lowerBound],
    ['demand_average_per_s', demand.averagePerS],
    ['demand_peak_per_s', demand.peakPerS],
    ['capacity_requests_per_s_per_replica', capacity.requestsPerSPerReplica],
    ['capacity_from', capacity.name],
    ['simulated', report.simulated],
  ];
  return { columns: cells.map(([name]) => name), rows: [cells.map(([, value]) => value)] };
}
