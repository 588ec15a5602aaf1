import { type AmdIdentity, amdIdentities, amdSamples } from './amd-record.ts';
import { amdRows } from './amd-rows.ts';
import { parseJson } from './json-value.ts';
import { pollSource } from './poll-source.ts';
import { RowReader } from './query-rows.ts';
import { type Source, TelemetryProblem } from './source.ts';
import { streamSource } from './stream-source.ts';
import { endProblem, runTool, type Tool } from './tool.ts';
import { type ToolPlace, toolKind } from './tool-kind.ts';

const command = 'amd-smi';
/** Power, clocks, temperatures, usage, energy, memory. */
const groups = ['-p', '-c', '-t', '-u', '-E', '-m'];
const askMs = 10_000;
/** In some containers and releases the watch writes nothing at all. */
const watchMs = 5_000;
/** Every call starts a Python program. */
const shortestMs = 1_000;

async function identify({ ssh, looked }: ToolPlace, signal: AbortSignal): Promise<Map<number, AmdIdentity>> {
  const asic = await runTool({ command, args: ['static', '--asic', '--json'], ssh }, askMs, signal).catch(() => null);
  return amdIdentities(looked.stdout, asic?.stdout ?? '');
}

function watch(place: ToolPlace, identities: ReadonlyMap<number, AmdIdentity>): Source {
  const seconds = String(Math.max(1, Math.round(place.context.intervalMs / 1000)));
  return streamSource({
    ...place,
    firstMs: watchMs,
    tool: async () => ({ command, args: ['metric', ...groups, '-w', seconds, '--csv'], ssh: place.ssh }),
    reader: (out, here) => new RowReader(amdRows(identities), out, here),
  });
}

/** One call after the other: what works where the watch does not. */
function ask(place: ToolPlace, identities: ReadonlyMap<number, AmdIdentity>): Source {
  const tool: Tool = { command, args: ['metric', ...groups, '--json'], ssh: place.ssh };
  return pollSource({
    ...place,
    shortestMs,
    begin: () => async (out, stamp, signal) => {
      const output = await runTool(tool, askMs, signal);
      const document = parseJson(output.stdout.slice(Math.max(0, output.stdout.search(/[[{]/))));
      if (document === undefined) throw endProblem(tool, output);
      for (const sample of amdSamples(document, stamp(), identities)) out.sample(sample);
    },
  });
}

/** AMD's tool: as one watching child, else as one call a second. */
export const amdSmi = toolKind({
  name: 'amd-smi',
  command,
  look: { args: ['list', '--json'], found: (output) => /"gpu"/.test(output.stdout) },
  source: (place) => ({
    name: place.name,
    async start(sink, signal) {
      const identities = await identify(place, signal);
      try {
        await watch(place, identities).start(sink, signal);
      } catch (error) {
        if (!(error instanceof TelemetryProblem) || signal.aborted) throw error;
        await ask(place, identities).start(sink, signal);
        sink.note('low_resolution', `${place.name} is asked call by call, for its watch said: ${error.message}`);
      }
    },
  }),
});
