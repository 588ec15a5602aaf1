import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSample, type Sample } from '../../src/record/sample.ts';
import { amdSamples } from '../../src/telemetry/amd-record.ts';
import { amdRows } from '../../src/telemetry/amd-rows.ts';
import { gaudiRows } from '../../src/telemetry/gaudi.ts';
import { RemoteHostReader } from '../../src/telemetry/host.ts';
import { NeuronReader } from '../../src/telemetry/neuron-report.ts';
import { nvidiaSmiRows } from '../../src/telemetry/nvidia-smi-rows.ts';
import { dialects } from '../../src/telemetry/prometheus.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import { rocmSamples } from '../../src/telemetry/rocm-smi.ts';
import type { Output, OutputReader, Place } from '../../src/telemetry/stream-source.ts';
import { tpuSamples } from '../../src/telemetry/tpu-info.ts';
import { xpuRows } from '../../src/telemetry/xpu-smi.ts';
import { feed, recorded, scrapes, values } from './recorded.ts';

type Create = (out: Output, place: Place) => OutputReader;
const hostOutput = `==tokbench== stat\ncpu  10 0 0 90\ncpu0 10 0 0 90\n==tokbench== meminfo\n${recorded('proc-meminfo.txt')}==tokbench== end\n`;
const streams: readonly (readonly [string, string, Create])[] = [
  [
    'nvidia-smi',
    recorded('smi-units-header.csv').repeat(3),
    (out, place) => new RowReader(nvidiaSmiRows(), out, place),
  ],
  ['amd-smi', recorded('amd-watch.csv'), (out, place) => new RowReader(amdRows(new Map()), out, place)],
  [
    'amd-smi with lists',
    recorded('amd-watch-lists.csv'),
    (out, place) => new RowReader(amdRows(new Map()), out, place),
  ],
  ['xpu-smi', recorded('xpu-dump.csv'), (out, place) => new RowReader(xpuRows, out, place)],
  [
    'hl-smi',
    `timestamp, index, power.draw [W]\n${'Mon Sep 14 08:15:00 UTC 2026, 3, 512 W\n'.repeat(3)}`,
    (out, place) => new RowReader(gaudiRows, out, place),
  ],
  ['neuron-monitor', recorded('neuron-multiline.json'), (out, place) => new NeuronReader(out, place)],
  ['host', hostOutput, (out, place) => new RemoteHostReader(out, place)],
];

/** A sample that holds no number that is none, and that reads back. */
function expectWhole(sample: Sample): void {
  expect(JSON.parse(JSON.stringify(sample))).toEqual(sample);
  expect(parseSample(sample)).not.toBeNull();
}

describe.each(streams)('%s', (_name, output, create) => {
  const whole = feed(create, output);

  it('gives the same samples at any split of its bytes', () => {
    expect(whole.samples.length).toBeGreaterThan(0);
    whole.samples.forEach(expectWhole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (ends) => {
        expect(feed(create, output, ends).samples.map(values)).toEqual(whole.samples.map(values));
      }),
    );
  });

  it('goes on over lines that are garbage, and gives what it gave before between them', () => {
    const garbage = fc.array(
      fc.string({ maxLength: 40 }).map((text) => text.replace(/[\r\n{}[\]"]/g, '')),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(garbage, garbage, (before, after) => {
        const text = `${before.map((line) => `${line}\n`).join('')}${output}${after.map((line) => `${line}\n`).join('')}`;
        expect(feed(create, text).samples.map(values)).toEqual(whole.samples.map(values));
      }),
    );
  });

  it('never throws, whatever bytes come, and never gives a number that is none', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    const edited = fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.string({ maxLength: 8 })).map(([start, length, put]) => {
      const at = start % output.length;
      return Buffer.from(output.slice(0, at) + put + output.slice(at + length));
    });
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          edited,
          fc.tuple(edited, bytes).map((both) => Buffer.concat(both)),
        ),
        (input) => {
          feed(create, input).samples.forEach(expectWhole);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('the exposition of %s', (_name, dialect) => {
  const pages = [
    'dcgm-mixed.prom',
    'dcgm-mig.prom',
    'dme-cpx.prom',
    'neuron-prom.prom',
    'triton.prom',
    'node-exporter.prom',
    'vllm-dp2-s1.prom',
    'sglang.prom',
    'dynamo.prom',
  ];
  const text = pages.map(recorded).join('');

  it('never throws and gives whole samples, however the page is cut or changed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 60 }),
        fc.string({ maxLength: 10 }),
        fc.boolean(),
        (start, length, put, cut) => {
          const at = start % text.length;
          const page = text.slice(0, at) + put + (cut ? '' : text.slice(at + length));
          scrapes(dialect, page).samples.forEach(expectWhole);
        },
      ),
      { numRuns: 60 },
    );
  });
});

it.each([
  ['amd-smi', (value: unknown) => amdSamples(value, { t_mono_s: 0, t_wall_s: 0, host: 'h' }, new Map())],
  ['rocm-smi', (value: unknown) => rocmSamples(value, { t_mono_s: 0, t_wall_s: 0, host: 'h' })],
  ['tpu-info', (value: unknown) => tpuSamples(JSON.stringify(value), { t_mono_s: 0, t_wall_s: 0, host: 'h' })],
])('reads any document of %s', (_name, read) => {
  const shape = fc.oneof(
    fc.jsonValue(),
    fc.record({
      gpu: fc.jsonValue(),
      usage: fc.jsonValue(),
      power: fc.jsonValue(),
      clock: fc.jsonValue(),
      energy: fc.jsonValue(),
    }),
    fc.dictionary(
      fc.constantFrom('card0', 'card1', 'x'),
      fc.dictionary(fc.constantFrom('GPU use (%)', 'Unique ID'), fc.jsonValue()),
    ),
  );
  fc.assert(
    fc.property(fc.oneof(shape, fc.array(shape)), (value) =>
      read(JSON.parse(JSON.stringify(value))).forEach(expectWhole),
    ),
  );
});
