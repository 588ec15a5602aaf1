import { NeuronReader } from './neuron-report.ts';
import { streamSource } from './stream-source.ts';
import { toolKind } from './tool-kind.ts';

/** What is asked for; without a configuration the tool reports every five seconds. */
function configuration(intervalMs: number): string {
  return JSON.stringify({
    period: `${Math.max(1, Math.round(intervalMs / 1000))}s`,
    neuron_runtimes: [
      {
        tag_filter: '.*',
        metrics: [
          { type: 'neuroncore_counters' },
          { type: 'memory_used' },
          { type: 'neuron_runtime_vcpu_usage' },
          { type: 'execution_stats' },
        ],
      },
    ],
    system_metrics: [{ type: 'vcpu_usage' }, { type: 'memory_info' }, { period: '2s', type: 'neuron_hw_counters' }],
  });
}

/** The tool takes its configuration as a file only, here and on another machine; it is read at the start. */
const script =
  'f=$(mktemp) || exit 1; printf %s "$1" > "$f"; (sleep 10; rm -f "$f") >/dev/null 2>&1 & exec neuron-monitor -c "$f"';

/** AWS Trainium and Inferentia: utilization and memory of NeuronCores over all applications. There are no watts. */
export const neuronMonitor = toolKind({
  name: 'neuron-monitor',
  command: 'neuron-ls',
  look: { args: ['-j'], found: (output) => /"neuron_device"/.test(output.stdout) },
  source: ({ name, ssh, host, context }) =>
    streamSource({
      name,
      host,
      context,
      tool: async () => ({
        command: 'sh',
        args: ['-c', script, 'sh', configuration(context.intervalMs)],
        ssh,
        called: 'neuron-monitor',
      }),
      reader: (out, place) => new NeuronReader(out, place),
    }),
});
