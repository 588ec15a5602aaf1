import { Flags } from '@oclif/core';
import { decisionFigures } from '../../procurement/decide-explain.ts';
import { fileFlags, fileFormats } from './file.ts';
import { moneyFlags, textFormats } from './money-flags.ts';

const { study: _study, ...shared } = moneyFlags;

/** Flags of `decide`: those of every money command, but the study is its argument. */
export const decideFlags = {
  demo: Flags.boolean({ description: 'decide a study that ships', exclusive: ['init'] }),
  init: Flags.boolean({ description: 'write a commented study for a demand profile instead (the argument)' }),
  run: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'directory of a run, a file in it, or latest: its capacity instead of an assumed one; repeatable',
    helpValue: 'RUN',
    helpGroup: 'CAPACITY',
  }),
  offer: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'one more offer beside those of the study, or what is compared where there is none; repeatable',
    helpValue: 'KIND[:NAME|FILE]',
  }),
  gate: Flags.boolean({ description: 'exit 6 when nothing is feasible or a lint is at error' }),
  explain: Flags.string({
    description: `formula, numbers and sources of a figure: ${decisionFigures.join(', ')}`,
    helpValue: 'ID',
  }),
  seed: Flags.integer({ description: 'seed of the Monte Carlo draws', default: 42, min: 0 }),
  format: Flags.option({
    options: [...textFormats, ...fileFormats] as const,
    description: 'what to render; focus is FOCUS 1.2 CSV, one row an option, meter and month',
    default: 'console' as const,
  })(),
  ...fileFlags,
  ...shared,
};
