/**
 * Measures tokbench itself against other clients, in one run on one machine: `npm run bench`.
 *
 *     node benchmarks/self/bench.ts [--quick] [--rounds N] [--memory-seconds N] [--write | --no-write]
 *
 * The server is a simulated one of exact pace on one core, each client runs on another; nothing else should run
 * meanwhile. Takes about eight minutes, with --quick about two. RESULTS.md is written unless --quick is given.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type MaxStreams, maxStreams } from './max-streams.ts';
import { hundredStreams, memory, openLoop, plainRequests, startUp } from './other-measures.ts';
import { type Findings, resultsMarkdown } from './results.ts';
import { choosePins, findLlmnop, machine } from './rig.ts';
import { spreadOf } from './spread.ts';
import { type ClientName, type Lengths, streamRounds } from './stream-rounds.ts';
import type { RunSample } from './stream-sample.ts';
import { telemetryCost } from './telemetry.ts';
import { threads } from './threads.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    'memory-seconds': { type: 'string' },
    write: { type: 'boolean' },
  },
  allowNegative: true,
});
const { quick } = flags;
const lengths: Lengths = {
  rounds: Number(flags.rounds ?? (quick ? 1 : 5)),
  runS: quick ? [2, 6] : [3, 9],
  llmnopReplies: quick ? [1000, 3000] : [1500, 3500],
  spanMs: quick ? 1500 : 2500,
};
const say = (line: string) => void process.stderr.write(`${line}\n`);
const measured = ['target', 'fetch', 'openai'] as const satisfies readonly ClientName[];

const startMs = performance.now();
const pins = choosePins();
const llmnop = findLlmnop();
const { samples, runs } = await streamRounds(pins, lengths, llmnop, say);
say('plain requests');
const plain = await plainRequests(pins, lengths.rounds, quick ? 1 : 2);
const [hundred, open]: [RunSample[], RunSample[]] = [[], []];
for (let round = 0; round < lengths.rounds; round++) {
  say('100 streams, open loop');
  hundred.push(await hundredStreams(pins, quick ? 3 : 6));
  open.push(await openLoop(pins, quick ? 3 : 6));
}
say('start-up');
const start = await startUp(pins, quick ? 5 : 15);
say('memory');
const resident = await memory(pins, Number(flags['memory-seconds'] ?? (quick ? 10 : 30)));
say('most streams');
const most: Partial<Record<ClientName, MaxStreams>> = {};
for (const kind of measured) {
  const cost = spreadOf(samples[kind].map(({ usPerToken }) => usPerToken));
  if (cost !== null) most[kind] = await maxStreams(kind, cost.median, pins, { rampMs: 1500, spanMs: 1500 });
}
say('threads');
const crew = quick ? null : await threads(pins, 8);
say('telemetry');
const telemetry = await telemetryCost(pins, {
  rounds: quick ? 1 : 3,
  watchS: quick ? [4, 12] : [5, 35],
  runS: quick ? 3 : 6,
});
const findings: Findings = {
  machine: machine(),
  pins,
  date: new Date().toISOString().slice(0, 10),
  seconds: (performance.now() - startMs) / 1000,
  quick,
  rounds: lengths.rounds,
  llmnopVersion: llmnop?.version ?? null,
  samples,
  runs,
  plain,
  hundred,
  open,
  start,
  memory: resident,
  most,
  threads: crew,
  telemetry,
};
const markdown = resultsMarkdown(findings);
process.stdout.write(markdown);
if (flags.write ?? !quick) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), markdown);
