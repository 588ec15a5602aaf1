/**
 * What telemetry costs: 8 accelerators by an exporter and 4 model servers, sampled once a second. The collector's share of
 * a core, the share that taking its samples costs the load's own process, and what it adds to the error of stamps.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock } from '../../src/clock/clock.ts';
import { startCollector } from '../../src/telemetry/collector.ts';
import { type PacedServer, type Pins, root, startServer } from './rig.ts';
import { type Spread, spreadOf } from './spread.ts';
import { runLoad } from './stream-rounds.ts';
import { measureRun, pace, timingOf } from './stream-sample.ts';

export interface TelemetryCost {
  /** Shares of a core, %: of the collector's process, and of the process that takes its samples. */
  readonly collectorPercent: Spread | null;
  readonly takingPercent: Spread | null;
  /** p99 of the stamps' error, ms: with telemetry, without, and the difference of neighbours. */
  readonly withMs: Spread | null;
  readonly withoutMs: Spread | null;
  readonly addedMs: Spread | null;
}

const accelerators = 8;
const servers = 4;

export interface TelemetryLengths {
  readonly rounds: number;
  /** A short and a long watch, seconds: what starting costs cancels in their difference. */
  readonly watchS: readonly [number, number];
  readonly runS: number;
}

export async function telemetryCost(pins: Pins, lengths: TelemetryLengths): Promise<TelemetryCost> {
  const watched: PacedServer[] = [];
  const exporter = await startExporter();
  try {
    for (let i = 0; i < servers; i++) watched.push(await startServer(pins, { pace }));
    const sources = [exporter.source, ...watched.map(({ url }) => `prometheus=${new URL('/metrics', url).href}`)];
    const [collector, taking]: [number[], number[]] = [[], []];
    const [with_, without]: [(number | null)[], (number | null)[]] = [[], []];
    for (let round = 0; round < lengths.rounds; round++) {
      const [short, long] = [await watch(sources, lengths.watchS[0]), await watch(sources, lengths.watchS[1])];
      const seconds = lengths.watchS[1] - lengths.watchS[0];
      collector.push((100 * (long.collectorS - short.collectorS)) / seconds);
      taking.push((100 * (long.takingS - short.takingS)) / seconds);
      without.push(await errorP99Ms(pins, lengths.runS, ['none']));
      with_.push(await errorP99Ms(pins, lengths.runS, sources));
    }
    return {
      collectorPercent: spreadOf(collector),
      takingPercent: spreadOf(taking),
      withMs: spreadOf(with_),
      withoutMs: spreadOf(without),
      addedMs: spreadOf(with_.map((ms, i) => (ms == null || without[i] == null ? null : ms - without[i]))),
    };
  } finally {
    exporter.child.kill();
    for (const server of watched) await server.stop();
  }
}

/** CPU seconds of both processes over a watch, samples checked to have come from every source. */
async function watch(sources: readonly string[], seconds: number): Promise<{ collectorS: number; takingS: number }> {
  const series = new Set<string>();
  let samples = 0;
  const collector = await startCollector({
    ...{ wanted: sources, local: true, clock: createClock(), targets: [], note() {} },
    sample({ device, server }) {
      samples++;
      series.add(device?.uuid ?? server?.url ?? '');
    },
  });
  const before = process.cpuUsage();
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  await collector.close();
  const wanted = accelerators + servers;
  if (collector.cpuUs === null || series.size < wanted || samples < wanted * (seconds - 2))
    throw new Error(`telemetry: ${samples} samples of ${series.size} series in ${seconds} s`);
  return { collectorS: collector.cpuUs / 1e6, takingS: (user + system) / 1e6 };
}

/** At 100 streams; null where the server did not keep its pace. */
async function errorP99Ms(pins: Pins, seconds: number, sources: readonly string[]): Promise<number | null> {
  const load = runLoad(seconds, 100, pins.client);
  const flags = [...load.flags, ...sources.flatMap((source) => ['--telemetry', source])];
  const { joined, span, serverKept } = await measureRun({ ...load, flags }, pins);
  return serverKept ? (timingOf(joined.pairs, span)?.p99Ms ?? null) : null;
}

/** An exporter that plays a recorded load, in a process of its own. */
async function startExporter(): Promise<{ readonly source: string; readonly child: ChildProcess }> {
  const place = `127.0.0.1:${await freePort()}`;
  const program = join(root, 'test/fixtures/telemetry/bin/dcgm-exporter');
  const child = spawn(process.execPath, [program, '-a', place, '-c', '1000'], {
    env: { ...process.env, FAKE_DEVICES: String(accelerators), FAKE_LOAD: 'constant' },
    stdio: 'ignore',
  });
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`http://${place}/metrics`).catch(() => null);
    if (answer?.ok) return { source: `dcgm=http://${place}/metrics`, child };
    await sleep(50);
  }
  child.kill();
  throw new Error('the exporter of the benchmark did not start');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
