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

/** Rows of the drawn table of `tpu-info` that name a chip with memory and duty cycle; chips without a workload have none. */
export function tpuSamples(text: string, stamp: Stamp): Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const found = row.exec(line);
    if (found === null) return [];
    const [index, used, total, percent] = found.slice(1).map(Number);
    return [
      {
        ...emptySample('tpu-info', stamp),
        device: { index: index! },
        util: { kernel: percent! / 100 },
        mem_used_b: Math.round(used! * gib),
        mem_total_b: Math.round(total! * gib),
        raw: [{ name: 'row', value: line.trim() }],
      },
    ];
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
