import type { Sample, Utilization } from '../record/sample.ts';
import { entriesAt, parseJson, textAt } from './json-value.ts';
import { pollSource } from './poll-source.ts';
import { present, presentOrNone, siNumber } from './quantity.ts';
import type { SourceKind, TelemetryProblem } from './source.ts';
import { emptySample, type Stamp } from './stamp.ts';
import { endProblem, runTool, type Tool } from './tool.ts';
import { toolKind } from './tool-kind.ts';

const command = 'rocm-smi';
const askMs = 10_000;
const shortestMs = 1_000;

/**
 * Samples of `rocm-smi … --json`, whose keys are sentences that change with the release and whose values are text. Its
 * power is known to be wrong on newer cards, so that none is taken: it serves where AMD's newer tool is missing.
 */
export function rocmSamples(document: unknown, stamp: Stamp): Sample[] {
  return entriesAt(document).flatMap(([card, values]) => {
    const index = /^card(\d+)$/.exec(card)?.[1];
    if (index === undefined) return [];
    const value = (name: RegExp, unit?: string): number | undefined => {
      const key = entriesAt(values).find(([candidate]) => name.test(candidate))?.[0];
      return key === undefined ? undefined : siNumber(textAt(values, key) ?? '', unit);
    };
    const sample = emptySample('rocm-smi', stamp);
    sample.device = present({
      index: Number(index),
      uuid: textAt(values, 'Unique ID'),
      model: textAt(values, 'Card Series') ?? textAt(values, 'Card series'),
      pci: textAt(values, 'PCI Bus'),
    });
    Object.assign(
      sample,
      present<Partial<Sample>>({
        util: presentOrNone<Utilization>({
          kernel: value(/^GPU use \(%\)$/, '%'),
          mem_busy: value(/^GPU Memory Read\/Write Activity \(%\)$/, '%'),
        }),
        mem_used_b: value(/^VRAM Total Used Memory \(B\)$/, 'B'),
        mem_total_b: value(/^VRAM Total Memory \(B\)$/, 'B'),
        temp_c:
          value(/^Temperature \(Sensor junction\) \(C\)$/, 'C') ?? value(/^Temperature \(Sensor edge\) \(C\)$/, 'C'),
        mem_temp_c: value(/^Temperature \(Sensor memory\) \(C\)$/, 'C'),
      } as Sample),
    );
    sample.raw = entriesAt(values).map(([name, text]) => ({ name, value: String(text) }));
    return [sample];
  });
}

const tool = toolKind({
  name: 'rocm-smi',
  command,
  look: { args: ['--showid', '--json'], found: (output) => /card\d+/.test(output.stdout) },
  source: ({ name, host, context, ssh }) =>
    pollSource({
      name,
      host,
      context,
      shortestMs,
      begin: () => async (out, stamp, signal) => {
        const args = [
          '--showuse',
          '--showmemuse',
          '--showmeminfo',
          'vram',
          '--showtemp',
          '--showpower',
          '--showuniqueid',
          '--showbus',
          '--showproductname',
          '--json',
        ];
        const asked: Tool = { command, args, ssh };
        const output = await runTool(asked, askMs, signal);
        const document = parseJson(output.stdout.slice(Math.max(0, output.stdout.indexOf('{'))));
        if (document === undefined) throw endProblem(asked, output);
        for (const sample of rocmSamples(document, stamp())) out.sample(sample);
      },
    }),
});

/** True where AMD's newer tool is installed, whatever it says. */
function hasNewer(ssh: string | null, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return runTool({ command: 'amd-smi', args: ['version'], ssh }, timeoutMs / 2, signal).then(
    // 255 is ssh's own: then it is the machine that is missing, and the look will say so.
    ({ code }) => code !== 127 && (ssh === null || code !== 255),
    (error: unknown) => (error as TelemetryProblem).code !== 'tool_absent',
  );
}

/** AMD's older tool: utilization, memory and temperature; never for energy. Looked for where the newer one is missing. */
export const rocmSmi: SourceKind = {
  ...tool,
  async find(argument, context, signal) {
    const named = /(^|\/)rocm-smi$/.test(argument.text);
    if (!named && (await hasNewer(argument.ssh, context.timeoutMs, signal)))
      return { absent: { code: 'unavailable', sentence: 'rocm-smi is not asked where amd-smi is installed.' } };
    return await tool.find(argument, context, signal);
  },
};
