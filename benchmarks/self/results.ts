/** RESULTS.md: what was measured, with the machine named, and what of the aims was reached. */
import type { MaxStreams } from './max-streams.ts';
import { maxStreamsLimitMs } from './max-streams.ts';
import type { Memory, Plain, StartUp } from './other-measures.ts';
import type { Machine, Pins } from './rig.ts';
import { ratiosOf, type Spread, spreadOf, words } from './spread.ts';
import { type ClientName, fewStreams, type RoundSample, rounds, streams } from './stream-rounds.ts';
import { type RunSample, type Timing, timingOf } from './stream-sample.ts';
import type { TelemetryCost } from './telemetry.ts';
import { burstTokens, type Threads } from './threads.ts';

export interface Findings {
  readonly machine: Machine;
  readonly pins: Pins;
  readonly date: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly rounds: number;
  readonly llmnopVersion: string | null;
  readonly samples: Readonly<Record<ClientName, readonly RoundSample[]>>;
  readonly runs: readonly RunSample[];
  readonly plain: Plain;
  readonly hundred: readonly RunSample[];
  readonly open: readonly RunSample[];
  readonly start: StartUp;
  readonly memory: Memory;
  readonly most: Partial<Record<ClientName, MaxStreams>>;
  /** Null = not measured. */
  readonly threads: Threads | null;
  readonly telemetry: TelemetryCost;
}

const costs = (samples: readonly RoundSample[]) => samples.map(({ usPerToken }) => usPerToken);
const timings = (samples: readonly RoundSample[], key: keyof Timing) =>
  spreadOf(samples.map(({ timing }) => timing?.[key]));

export function resultsMarkdown(findings: Findings): string {
  const { machine, pins, date, seconds, quick } = findings;
  const { cpu, cores, memoryGib, kernel, node } = machine;
  const pinned =
    pins.server === null
      ? 'Processes were not pinned: client and server shared the cores.'
      : `The server was kept on core ${pins.server}, each client on core ${pins.client}.`;
  return `# tokbench against other clients

${date}, ${cpu}, ${cores} cores, ${memoryGib} GiB, ${kernel}, Node ${node}. ${pinned}
\`npm run bench\`${quick ? ' with `--quick`' : ''}, ${Math.round(seconds)} s. Medians of ${findings.rounds} rounds, the ends in brackets; ratios are of neighbours in one round.
The server is the simulated one at an exact pace (100 ms, then a token each 20 ms, usage in each event): a value is withheld where it did not keep that pace.

## Streams

CPU time of the client a streamed token, and how long after the server wrote an event the client stamped it.

${streamTable(findings)}

- tokbench run: the whole program with journal and JSON, as the slope between two run lengths, so that start-up cancels; requests included.
- bare socket: \`node:net\`, counts bytes and does nothing else; with one buffer: the same by \`onread\`, which allocates nothing. undici dispatch: stamps each read and does not look at it. transport: tokbench's own, events read and stamped, without journal, fold and driver.
- fetch: global \`fetch\`, \`TextDecoder\`, split, \`JSON.parse\`. Both it and the openai client get ${fewStreams} streams: they cannot carry more everywhere.
- llmnop${findings.llmnopVersion === null ? ' is not installed here (`cargo install llmnop --version 0.12.0`): not measured.' : ` ${findings.llmnopVersion}: slope between two run lengths, tokenizer of single bytes; of its stamps only TTFT is told.`}
- The stamps' tail: half of all events are stamped within a few hundredths of a millisecond. Of the rest most wait behind a pause of the client's process: 25 collections of young memory a second take 0.7 ms each at 1,000 streams, a few 5 to 10 ms, and with a token each 20 µs a pause of a millisecond delays 50 to 100 events. Larger and smaller young generations, a single-threaded collector and a larger heap changed nothing that the noise of the machine would show.
- most streams: the highest tried at which the stamps' p99 was within ${maxStreamsLimitMs} ms of the server's log.

## Plain requests

${plainTable(findings.plain)}

## Aims

${aimTable(aims(findings))}

${threadWords(findings.threads)}`;
}

const names: Readonly<Record<ClientName, string>> = {
  bare: 'bare Node socket',
  run: '**tokbench run**',
  target: 'tokbench transport',
  onread: 'bare socket, one buffer',
  undici: 'undici dispatch',
  llmnop: 'llmnop (Rust)',
  fetch: 'fetch',
  openai: 'openai npm client',
};

/** They count bytes; undici's reads are stamped, yet not told from one another. */
const stampless: ReadonlySet<ClientName> = new Set(['bare', 'onread', 'undici']);

function streamTable({ samples, most }: Findings): string {
  const rows = rounds.map((name) => {
    const own = samples[name];
    const pair = (a: keyof Timing, b: keyof Timing) =>
      timings(own, a) === null ? '–' : `${words(timings(own, a), '', 2)} / ${words(timings(own, b), '', 2)}`;
    const few = name === 'fetch' || name === 'openai';
    const top = most[name];
    const carried =
      top === undefined || top.streams === null
        ? '–'
        : `${top.atLeast ? '≥ ' : ''}${top.streams.toLocaleString('en-US')}`;
    return [
      names[name],
      few ? String(fewStreams) : streams.toLocaleString('en-US'),
      words(spreadOf(costs(own))),
      words(ratiosOf(costs(own), costs(samples.bare)), '', 2),
      stampless.has(name) || name === 'llmnop' ? '–' : pair('p50Ms', 'p99Ms'),
      stampless.has(name) ? '–' : pair('firstP50Ms', 'firstP99Ms'),
      carried,
    ];
  });
  const head = [
    'client',
    'streams',
    'µs/token',
    '× bare socket',
    'error p50 / p99, ms',
    'of first events, ms',
    'most streams',
  ];
  return table(head, rows);
}

function plainTable({ autocannonPerS, tokbenchPerS, ratio, autocannonUs, tokbenchUs }: Plain): string {
  return table(
    ['client', 'requests/s', '× autocannon', 'µs of CPU a request'],
    [
      ['autocannon', words(autocannonPerS), '1', words(autocannonUs)],
      ['tokbench', words(tokbenchPerS), words(ratio, '', 2), words(tokbenchUs)],
    ],
  );
}

interface Aim {
  readonly what: string;
  readonly measured: string;
  readonly reach: string;
  /** Null = cannot be told here. */
  readonly reached: boolean | null | 'no aim';
}

function aims(findings: Findings): Aim[] {
  const { samples, hundred, open, start, memory, threads, telemetry } = findings;
  const run = costs(samples.run);
  const most = (what: string, spread: Spread | null, reach: string, limit: number, unit = '×'): Aim => ({
    what,
    measured: words(spread, unit),
    reach,
    reached: spread === null ? null : spread.median <= limit,
  });
  const at = (key: keyof Timing, sample: readonly RoundSample[] = samples.run) => timings(sample, key);
  const few = hundred.map(
    ({ joined, span, serverKept }): RoundSample => ({
      usPerToken: null,
      timing: serverKept ? timingOf(joined.pairs, span) : null,
      serverKept,
    }),
  );
  // Growth of the second half of a short run, had it gone on for ten minutes.
  const tenMinutesMib =
    memory.steadyMib + Math.max(0, 10 - memory.seconds / 60) * Math.max(0, memory.growthMibPerMinute);
  return [
    most(
      'CPU per token, 1,000 streams × 50 tok/s: against the bare socket',
      ratiosOf(run, costs(samples.bare)),
      '≤ 1.3 ×',
      1.3,
    ),
    most('… against llmnop', ratiosOf(run, costs(samples.llmnop)), '≤ 0.8 ×', 0.8),
    most('… against the openai client', ratiosOf(run, costs(samples.openai)), '≤ 0.333 ×', 1 / 3),
    most('stamps behind the server, p50', at('p50Ms'), '≤ 0.3 ms', 0.3, 'ms'),
    most('stamps behind the server, p99', at('p99Ms'), '≤ 3 ms', 3, 'ms'),
    most('first events (TTFT), p50', at('firstP50Ms'), '≤ 0.3 ms', 0.3, 'ms'),
    most('first events (TTFT), p99', at('firstP99Ms'), '≤ 3 ms', 3, 'ms'),
    most('stamps at 100 streams, p99', at('p99Ms', few), '≤ 1 ms', 1, 'ms'),
    most('first events at 100 streams, p99', at('firstP99Ms', few), '≤ 1 ms', 1, 'ms'),
    ...openAims(open),
    most('`tokbench --help`', start.helpRatio, '≤ 2.5 × `node -e 0`', 2.5),
    most('`tokbench --version`', start.versionRatio, '≤ 2.5 × `node -e 0`', 2.5),
    {
      what: `memory at 1,000 streams, over ${memory.seconds} s`,
      measured: `${Math.round(memory.steadyMib)} MiB, growing ${memory.growthMibPerMinute.toFixed(1)} MiB a minute`,
      reach: '≤ 250 MB, ten minutes on too',
      reached: (tenMinutesMib * 2 ** 20) / 1e6 <= 250 && memory.growthMibPerMinute < 1,
    },
    {
      what: `… at its end, while ${memory.requests.toLocaleString('en-US')} requests are summarised`,
      measured: `${Math.round(memory.mostMib)} MiB`,
      reach: '–',
      reached: 'no aim',
    },
    most(
      'telemetry of 8 accelerators and 4 servers at 1 Hz, its own process',
      telemetry.collectorPercent,
      '≤ 1 % of a core',
      1,
      '% of a core',
    ),
    most('… taking its samples', telemetry.takingPercent, '≤ 1 % of a core', 1, '% of a core'),
    most('… added to the stamps at 100 streams, p99', telemetry.addedMs, '≤ 0.3 ms', 0.3, 'ms'),
    {
      what: 'streams of two threads against one',
      measured: threads?.one && threads.two ? `${(threads.two / threads.one).toFixed(2)} ×` : 'not measured',
      reach: '≥ 1.7 ×',
      reached: threads?.one && threads.two ? threads.two / threads.one >= 1.7 : null,
    },
  ];
}

function openAims(samples: readonly RunSample[]): Aim[] {
  const kept = samples.filter(({ serverKept }) => serverKept).map(({ summary }) => summary.steps[0]!);
  const lag = spreadOf(kept.map(({ client }) => client.scheduleLagP99Ms));
  const share = spreadOf(
    kept.map(({ throughput: { sentPerS, offeredPerS } }) =>
      sentPerS === null || !offeredPerS ? null : (100 * sentPerS) / offeredPerS,
    ),
  );
  const valid = kept.filter(({ verdict }) => verdict === 'VALID').length;
  const doubts = new Set(kept.flatMap((step) => step.doubts.flatMap((d) => (d.severity === 'info' ? [] : [d.code]))));
  return [
    {
      what: 'open loop of 2,000 req/s, schedule lag p99',
      measured: words(lag, 'ms'),
      reach: '≤ 5 ms',
      reached: lag === null ? null : lag.median <= 5,
    },
    {
      what: '… sent of offered',
      measured: words(share, '%', 4),
      reach: '≥ 99 %',
      reached: share === null ? null : share.median >= 99,
    },
    {
      what: '… verdict',
      measured: `VALID in ${valid} of ${kept.length}${doubts.size === 0 ? '' : `; otherwise ${[...doubts].join(', ')}`}`,
      reach: 'VALID',
      reached: kept.length === 0 ? null : valid > kept.length / 2,
    },
  ];
}

const verdicts = (reached: Aim['reached']) =>
  reached === 'no aim' ? '' : reached === null ? 'cannot be told' : reached ? 'reached' : '**missed**';

function aimTable(list: readonly Aim[]): string {
  return table(
    ['what', 'measured', 'aim', ''],
    list.map(({ what, measured, reach, reached }) => [what, measured, reach, verdicts(reached)]),
  );
}

function threadWords(threads: Threads | null): string {
  if (threads === null) return 'Threads were not measured.\n';
  const { one, two, slack, usPerToken } = threads;
  const count = (value: number | null) => value?.toLocaleString('en-US') ?? 'no';
  const cost = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} µs`);
  return `Threads: ${count(one)} streams × 200 tok/s by one thread on one core, ${count(two)} by two threads on two cores, beside a server that writes ${burstTokens} tokens at once and so takes next to nothing; the mean reply within ${slack * 100} % of its pace. CPU of the client a token ${cost(usPerToken[0])} and ${cost(usPerToken[1])}: reading many events at once costs far less than one at a time.\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
