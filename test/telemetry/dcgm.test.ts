import { expect, it } from 'vitest';
import { dcgmDialect } from '../../src/telemetry/dcgm.ts';
import { readExposition } from '../../src/telemetry/exposition.ts';
import { Delivered, once, recorded, scrapes, values } from './recorded.ts';

const read = (name: string) => scrapes(dcgmDialect, recorded(name));

const s1 = {
  host: 'node-a',
  device: {
    index: 0,
    uuid: 'GPU-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
    model: 'NVIDIA H100 80GB HBM3',
    pci: '00000000:1A:00.0',
    driver: '580.99.01',
  },
  power_w: 512.375,
  power_kind: 'avg1s',
  power_scope: 'gpu_board',
  util: { kernel: 0.97, mem_busy: 0.41, tensor: 0.337512, dram: 0.612744, gr: 0.981034 },
  mem_used_b: 74239180800,
  mem_total_b: 85520809984,
  mem_reserved_b: 544210944,
  temp_c: 58,
  mem_temp_c: 66,
  sm_clock_hz: 1.83e9,
  mem_clock_hz: 2.619e9,
  nvlink_b_per_s: 256_000_000,
  pcie_tx_b_per_s: 118240512,
  quality: [],
};

it('reads the same record from the legacy and the new dialect', () => {
  const legacy = read('dcgm-legacy-s1.prom');
  const fresh = read('dcgm-new-s1.prom');
  expect(legacy.samples.map(values)).toEqual([
    { ...s1, source: 'dcgm/legacy', energy_j: 9876543.21, energy_step_j: 0.001 },
  ]);
  expect(fresh.samples.map(values)).toEqual([{ ...s1, source: 'dcgm/4.9', energy_j: 9876543, energy_step_j: 1 }]);
  expect([...legacy.notes, ...fresh.notes]).toEqual([]);
});

it('keeps names, values and units as they were written', () => {
  const raw = read('dcgm-legacy-s1.prom').samples[0]!.raw;
  expect(raw).toHaveLength(17);
  expect(raw).toContainEqual({ name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', value: '9876543210', unit: 'mJ' });
  expect(raw).toContainEqual({ name: 'DCGM_FI_PROF_PCIE_TX_BYTES', value: '118240512', unit: 'B' });
});

it('takes the finer of two dialects in one scrape', () => {
  expect(read('dcgm-mixed.prom').samples.map(values)).toEqual([
    { ...s1, source: 'dcgm/mixed', energy_j: 9876543.21, energy_step_j: 0.001 },
  ]);
});

it('says when two dialects disagree about energy', () => {
  const text = recorded('dcgm-mixed.prom').replace(/(GPU_ENERGY_JOULES_TOTAL\{.*\}) 9876543$/m, '$1 9876999');
  expect(scrapes(dcgmDialect, text).samples[0]!.quality).toEqual(['accumulator_mismatch']);
});

it('takes a percentage under a name of a ratio for what it is, and says so', () => {
  const { samples, codes } = read('dcgm-ratio-percent.prom');
  expect(samples[0]!.util).toEqual({ kernel: 0.97 });
  expect(codes).toEqual(['ambiguous_unit']);
});

it('leaves a ratio out that could be a percentage', () => {
  const { samples } = read('dcgm-ratio-ambiguous.prom');
  expect(samples.map(({ util, quality, power_w }) => [util, quality, power_w])).toEqual([
    [undefined, ['ambiguous_unit'], 70.1],
    [undefined, ['ambiguous_unit'], 71.2],
  ]);
});

it('takes joules and hertz for no proof of a ratio: they are older than it', () => {
  const text = `${recorded('dcgm-ratio-ambiguous.prom')}DCGM_FI_DEV_SM_CLOCK_HERTZ{gpu="0",UUID="GPU-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",Hostname="node-a"} 1830000000\n`;
  const [sample] = scrapes(dcgmDialect, text).samples;
  expect(sample).toMatchObject({ sm_clock_hz: 1.83e9, quality: ['ambiguous_unit'] });
  expect(sample).not.toHaveProperty('util');
});

it('takes one of two names that were read a moment apart', () => {
  const label = '{gpu="0",UUID="GPU-a",hostname="n"}';
  const text = `DCGM_FI_DEV_POWER_USAGE${label} 500.5\nDCGM_FI_DEV_BOARD_POWER_WATTS${label} 500.75\n`;
  expect(scrapes(dcgmDialect, text).samples[0]).toMatchObject({ power_w: 500.5, quality: [] });
});

it('takes the rows of a partitioned board once, its instances apart, and no blank', () => {
  const { samples } = read('dcgm-mig.prom');
  expect(samples.map(values)).toEqual([
    {
      source: 'dcgm/legacy',
      host: 'node-b',
      device: {
        index: 0,
        uuid: 'GPU-7a6b5c4d-3e2f-1a0b-9c8d-7e6f5a4b3c2d',
        model: 'NVIDIA A30',
        pci: '00000000:41:00.0',
      },
      power_w: 61.204,
      power_kind: 'instant',
      power_scope: 'gpu_board',
      energy_j: 455000.123,
      energy_step_j: 0.001,
      parts: [
        { kind: 'mig', id: 1, profile: '2g.12gb' },
        { kind: 'mig', id: 3, profile: '1g.6gb', util: { dram: 0.12 } },
        { kind: 'mig', id: 4, profile: '1g.6gb', util: { dram: 0 } },
      ],
      quality: ['partitioned_device'],
    },
  ]);
});

it('says when rows of one board contradict each other', () => {
  const text = recorded('dcgm-mig.prom').replace('61.204000', '62.000000');
  const sample = scrapes(dcgmDialect, text).samples[0]!;
  expect(sample.power_w).toBeUndefined();
  expect(sample.quality).toEqual(['partitioned_device', 'duplicate_instance_rows']);
});

it('takes a GPU that several pods share once', () => {
  const { samples } = read('dcgm-timeslice.prom');
  expect(samples).toHaveLength(1);
  expect(samples[0]).toMatchObject({
    power_w: 401.5,
    energy_j: 812000.456,
    util: { kernel: 0.93 },
    quality: ['partitioned_device'],
  });
});

it('gives a snapshot that is repeated for 30 s once, and says how to make the exporter faster', () => {
  const { samples, notes } = read('dcgm-stale-30s.prom');
  expect(samples.map(({ t_mono_s, energy_j }) => [t_mono_s, energy_j])).toEqual([
    [0, 9876543.21],
    [30, 9891683.33],
  ]);
  expect(notes).toEqual([['stale_source', expect.stringContaining('DCGM_EXPORTER_INTERVAL=1000')]]);
});

it('does not blame the exporter’s pace for answers that failed to come', () => {
  const out = new Delivered();
  const read = dcgmDialect.reader();
  const page = (energyMj: number) =>
    recorded('dcgm-legacy-s1.prom').replaceAll('9876543210', String(9_876_543_210 + energyMj));
  for (const atS of [0, 1, 12, 24, 36]) once(read, page(atS * 500_000), atS, 'target', out);
  expect(out.samples).toHaveLength(5);
  expect(out.notes).toEqual([]);
});

it('ends a series that vanishes, without zeros', () => {
  const { samples } = read('dcgm-paused.prom');
  expect(samples).toHaveLength(40);
  expect(samples.slice(0, 20).every(({ util }) => (util?.dram ?? 0) > 0.6)).toBe(true);
  expect(samples.slice(20).every(({ util }) => util !== undefined && !('dram' in util))).toBe(true);
});

it('drops profiling that reads 0 everywhere while kernels run', () => {
  const text = recorded('dcgm-legacy-s1.prom').replace(/^(DCGM_FI_PROF_(?!PCIE)\S+\{.*\}) [\d.]+$/gm, '$1 0.000000');
  const { samples, codes } = scrapes(dcgmDialect, text);
  expect(samples[0]!.util).toEqual({ kernel: 0.97, mem_busy: 0.41 });
  expect(samples[0]!.quality).toEqual(['stale_source']);
  expect(codes).toEqual(['stale_source']);
});

it('hands a counter that went back on as it is', () => {
  const energy = read('dcgm-reset.prom').samples.map(({ energy_j }) => energy_j!);
  expect(energy).toHaveLength(20);
  expect(energy[11]).toBeGreaterThan(9_000_000);
  expect(energy[12]).toBe(3);
});

it('knows a host by its label in any case, and by the target without one', () => {
  const hosts = scrapes(dcgmDialect, recorded('dcgm-hostname-case.prom'), 'node-a').samples.map(({ host }) => host);
  expect(hosts).toEqual(['node-a', 'node-a', 'node-a']);
});

it('takes rows of links, switches and processors for no GPU', () => {
  const { samples } = read('dcgm-nvlink-rows.prom');
  expect(samples).toHaveLength(1);
  expect(samples[0]).toMatchObject({ power_w: 512.375 });
  expect(samples[0]!.nvlink_b_per_s).toBeUndefined();
});

it('refuses memory that no GPU has', () => {
  const text = recorded('dcgm-legacy-s1.prom').replace(/^(DCGM_FI_DEV_FB_\w+\{.*\}) (\d+)$/gm, '$1 $20000000');
  const sample = scrapes(dcgmDialect, text).samples[0]!;
  expect(sample.mem_used_b).toBeUndefined();
  expect(sample.quality).toEqual(['ambiguous_unit']);
});

it.each(['9223372036854775792', '2147483634', '140737488355328', '1.4073748835532800e+16', 'NaN', '+Inf'])(
  'takes the blank %s for no value',
  (blank) => {
    const text = recorded('dcgm-legacy-s1.prom').replace(
      /^(DCGM_FI_DEV_(?:POWER_USAGE|GPU_UTIL)\{.*\}) .*$/gm,
      `$1 ${blank}`,
    );
    const sample = scrapes(dcgmDialect, text).samples[0]!;
    expect(sample.power_w).toBeUndefined();
    expect(sample.util).not.toHaveProperty('kernel');
  },
);

it('keeps zeros that the exporter tells', () => {
  const text = recorded('dcgm-legacy-s1.prom').replace(/^(DCGM_FI_DEV_GPU_UTIL\{.*\}) .*$/m, '$1 0');
  expect(scrapes(dcgmDialect, text).samples[0]!.util!.kernel).toBe(0);
});

it('reads throttling in nanoseconds, whatever the help says, and the mask', () => {
  const label = '{gpu="0",UUID="GPU-a",modelName="NVIDIA H100",hostname="n"}';
  const text = [
    '# HELP DCGM_FI_DEV_POWER_VIOLATION Throttling duration due to power constraints (in us).',
    `DCGM_FI_DEV_POWER_VIOLATION${label} 2500000000`,
    `DCGM_FI_DEV_CLOCKS_EVENT_REASONS${label} 36`,
  ].join('\n');
  expect(scrapes(dcgmDialect, text).samples[0]!.throttle).toEqual({
    power_s: 2.5,
    reasons: ['sw_power_cap', 'sw_thermal_slowdown'],
  });
});

it('keeps unknown families with the unit that their name or help tells, and uses them nowhere', () => {
  const label = '{gpu="0",UUID="GPU-a",hostname="n"}';
  const text = `# HELP DCGM_FI_DEV_X Something (in mJ).\nDCGM_FI_DEV_X${label} 5\nDCGM_FI_DEV_Y_WATTS${label} 6\nDCGM_FI_PROF_Z_BYTES${label} 7\n`;
  const sample = scrapes(dcgmDialect, text).samples[0]!;
  expect(sample.raw).toEqual([
    { name: 'DCGM_FI_DEV_X', value: '5', unit: 'mJ' },
    { name: 'DCGM_FI_DEV_Y_WATTS', value: '6', unit: 'watts' },
    { name: 'DCGM_FI_PROF_Z_BYTES', value: '7', unit: 'B/s' },
  ]);
  expect(sample.power_w).toBeUndefined();
});

it('does not mix devices whose index order changed', () => {
  const row = (gpu: number, uuid: string, watts: number) =>
    `DCGM_FI_DEV_POWER_USAGE{gpu="${gpu}",UUID="${uuid}",hostname="n"} ${watts}\n`;
  const text = `# scrape 0\n${row(0, 'GPU-a', 100)}${row(1, 'GPU-b', 200)}# scrape 1\n${row(0, 'GPU-b', 201)}${row(1, 'GPU-a', 101)}`;
  const { samples } = scrapes(dcgmDialect, text);
  const of = (uuid: string) => samples.filter(({ device }) => device?.uuid === uuid).map(({ power_w }) => power_w);
  expect(of('GPU-a')).toEqual([100, 101]);
  expect(of('GPU-b')).toEqual([200, 201]);
});

it('does not know a page without GPU rows', () => {
  expect(dcgmDialect.knows(readExposition(recorded('vllm-dp2-s0.prom')))).toBe(false);
  expect(dcgmDialect.knows(readExposition(recorded('dcgm-new-s1.prom')))).toBe(true);
});
