import { Flags } from '@oclif/core';

const group = 'ASSUMPTIONS';

/** Flags that `cost`, `size` and `decide` share: where the numbers come from, in the order in which later ones override. */
export const moneyFlags = {
  demand: Flags.string({
    description: 'demand profile: a name of profiles/demand or a YAML file',
    helpValue: 'NAME|FILE',
    helpGroup: group,
  }),
  study: Flags.string({ description: 'YAML with assumptions, over the profiles', helpValue: 'FILE', helpGroup: group }),
  assume: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'one assumption, over everything else; repeatable',
    helpValue: 'ID=VALUE',
    helpGroup: group,
  }),
  prices: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'API prices of your own contracts, over the list',
    helpValue: 'FILE',
    helpGroup: group,
  }),
  date: Flags.string({
    description: 'day that prices are asked for and ages counted to; default today',
    helpValue: 'YYYY-MM-DD',
    helpGroup: group,
  }),
  throughput: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'throughput typed by hand, in tokens per second at the objective; its scope must be named',
    helpValue: "'input=4800,output=1200,scope=server'",
    helpGroup: 'CAPACITY',
  }),
  objective: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'judge the runs by this instead of their own objectives; repeatable',
    helpValue: "'ttft.p99 < 500ms'",
    helpGroup: 'CAPACITY',
  }),
  hardware: Flags.string({
    description: 'hardware behind the runs, where they do not say',
    helpValue: 'NAME[xN]',
    helpGroup: 'CAPACITY',
  }),
  output: Flags.string({
    char: 'o',
    description: 'file to write; default stdout',
    helpValue: 'FILE',
    helpGroup: 'OUTPUT',
  }),
  out: Flags.string({
    description: 'folder of results, for latest',
    default: 'results',
    helpValue: 'DIR',
    helpGroup: 'OUTPUT',
  }),
};

/** A document rendered as text, or the JSON behind it. */
export const textFormats = ['console', 'json', 'csv', 'md', 'html'] as const;
