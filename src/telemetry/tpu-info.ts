import type { Sample } from '../record/sample.ts';
import { pollSource } from './poll-source.ts';
import { TelemetryProblem } from './source.ts';
import { emptySample, type Stamp } from './stamp.ts';
import { endProblem, runTool, type Tool } from './tool.ts';
import { toolKind } from './tool-kind.ts';

const command = 'tpu-info';
const askMs = 15_000;
/** Every call starts a Python program that asks the runtime. */
const shortestMs = 5_000;
const gib = 1024 ** 3;

/** A row such as `│ 0 │ 17.31 GiB / 31.25 GiB │ 98.20% │`, whatever draws its lines. */
const row = /^\W*(\d+)\W+([\d.]+)\s*GiB\s*\/\s*([\d.]+)\s*GiB\W+([\d.]+)\s*%/;

/** A row of the table below it, such as `│ 0 │ 13.60% │`: how much of a core's matrix operations were used. */
const coreRow = /^\W*\d+\W+([\d.]+)\s*%\W*$/;

/** Shares of the cores, in their order; empty without such a table. */
function coresOf(text: string): number[] {
  const [, below = ''] = text.split(/^\s*TensorCore Utilization\s*$/m, 2);
  const [table] = below.split(/^\s*TPU /m, 1);
  return table!.split('\n').flatMap((line) => {
    const percent = coreRow.exec(line)?.[1];
    return percent === undefined ? [] : [Number(percent) / 100];
  });
}

/** Mean of a chip's cores: they are numbered through, chip after chip. */
function coreShare(cores: readonly number[], chip: number, chips: number): number | undefined {
  const each = cores.length / chips;
  if (each < 1 || !Number.isInteger(each)) return undefined;
  return cores.slice(chip * each, (chip + 1) * each).reduce((sum, share) => sum + share, 0) / each;
}

/** Rows of the drawn table of `tpu-info` that name a chip with memory and duty cycle; chips without a workload have none. */
export function tpuSamples(text: string, stamp: Stamp): Sample[] {
  const cores = coresOf(text);
  const chips = text.split('\n').flatMap((line) => {
    const found = row.exec(line);
    return found === null ? [] : [{ line, numbers: found.slice(1).map(Number) }];
  });
  return chips.map(({ line, numbers: [index, used, total, percent] }, at): Sample => {
    const tensor = coreShare(cores, at, chips.length);
    return {
      ...emptySample('tpu-info', stamp),
      device: { index: index! },
      util: { kernel: percent! / 100, ...(tensor !== undefined && { tensor }) },
      mem_used_b: Math.round(used! * gib),
      mem_total_b: Math.round(total! * gib),
      raw: [{ name: 'row', value: line.trim() }],
    };
  });
}

/** Google's TPUs: duty cycle and memory; no power is told anywhere. */
export const tpuInfo = toolKind({
  name: 'tpu-info',
  command,
  look: { args: ['--version'], found: (output) => output.stdout.trim() !== '' },
  source: ({ name, host, context, ssh }) =>
    pollSource({
      name,
      host,
      context,
      shortestMs,
      begin: () => async (out, stamp, signal) => {
        const tool: Tool = { command, args: [], ssh };
        const output = await runTool(tool, askMs, signal);
        if (output.code !== 0) throw endProblem(tool, output);
        const samples = tpuSamples(output.stdout, stamp());
        if (samples.length === 0)
          throw new TelemetryProblem(
            'unavailable',
            'tpu-info names no chip: it tells values only while a workload holds the chips of its machine.',
          );
        for (const sample of samples) out.sample(sample);
      },
    }),
});
