import type { Sample, Utilization } from '../record/sample.ts';
import { entriesAt, parseJson, textAt } from './json-value.ts';
import { pollSource } from './poll-source.ts';
import { present, presentOrNone, siNumber } from './quantity.ts';
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

/** AMD's older tool: utilization, memory and temperature; never for energy. */
export const rocmSmi = toolKind({
  name: 'rocm-smi',
  command,
  auto: false,
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
        const tool: Tool = { command, args, ssh };
        const output = await runTool(tool, askMs, signal);
        const document = parseJson(output.stdout.slice(Math.max(0, output.stdout.indexOf('{'))));
        if (document === undefined) throw endProblem(tool, output);
        for (const sample of rocmSamples(document, stamp())) out.sample(sample);
      },
    }),
});
