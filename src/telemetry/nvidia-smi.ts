import { askableFields, namedFields, withoutRefused } from './nvidia-smi-fields.ts';
import { nvidiaSmiRows } from './nvidia-smi-rows.ts';
import { RowReader } from './query-rows.ts';
import { streamSource } from './stream-source.ts';
import { runTool, type Tool } from './tool.ts';
import { toolKind } from './tool-kind.ts';

const command = 'nvidia-smi';
const helpMs = 5_000;

function query(fields: readonly string[], intervalMs: number, ssh: string | null): Tool {
  const args = [`--query-gpu=${fields.join(',')}`, '--format=csv', '-lms', String(Math.max(100, intervalMs))];
  return { command, args, ssh };
}

/** NVIDIA's own tool as one child for the whole run: power, utilization, memory, clocks, throttling; no energy counter. */
export const nvidiaSmi = toolKind({
  name: 'nvidia-smi',
  command,
  look: { args: ['-L'], found: (output) => /^GPU \d+:/m.test(output.stdout) },
  source: ({ name, ssh, host, context }) =>
    streamSource({
      name,
      host,
      context,
      tool: async (signal) => {
        const help = await runTool({ command, args: ['--help-query-gpu'], ssh }, helpMs, signal);
        return query(askableFields(namedFields(help.stdout)), context.intervalMs, ssh);
      },
      instead: (tool, output) => {
        const fields = /^--query-gpu=(.*)$/.exec(tool.args[0]!)![1]!.split(',');
        const fewer = withoutRefused(fields, output.stdout + output.stderr);
        return fewer === null ? null : query(fewer, context.intervalMs, ssh);
      },
      reader: (out, place) => new RowReader(nvidiaSmiRows(), out, place),
    }),
});
