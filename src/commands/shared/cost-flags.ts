import { Flags } from '@oclif/core';
import { parseDuration } from '../../clock/duration.ts';
import { UserError } from '../../error/user-error.ts';
import { declarations } from '../../procurement/cost.ts';
import { type CostLimits, type P99Name, readBaseline } from '../../procurement/cost-gate.ts';
import { fileFlags, fileFormats } from './file.ts';
import { moneyFlags, textFormats } from './money-flags.ts';

const group = 'GATES';

/** Flags of `cost`: what is priced, and the limits that a CI job sets. */
export const costFlags = {
  offer: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'own, rent, commit, spot or api, with a name or file of its facts, or described by assumptions; repeatable',
    helpValue: 'KIND[:NAME|FILE]',
  }),
  declare: Flags.option({
    options: declarations,
    multiple: true,
    multipleNonGreedy: true,
    description: 'that models are equal in quality, or that unlike purchases may be ranked together',
  })(),
  explain: Flags.string({
    description: 'formula, numbers and sources of a figure, e.g. usd_per_million_output',
    helpValue: 'ID',
  }),
  gate: Flags.boolean({ description: 'exit 6 when a lint is at error', helpGroup: group }),
  'max-usd-per-million': Flags.string({
    description: 'exit 6 unless an offer that may be ranked costs at most this, blended',
    helpValue: 'USD',
    helpGroup: group,
  }),
  baseline: Flags.string({
    description: 'what cost --json wrote earlier: prices to compare with',
    helpValue: 'FILE',
    helpGroup: group,
  }),
  'max-regression': Flags.string({
    description: 'exit 6 when an offer of the baseline is dearer by more than this, beyond the noise of both',
    helpValue: 'PERCENT',
    dependsOn: ['baseline'],
    helpGroup: group,
  }),
  'max-p99': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'exit 6 when the 99th percentile at the capacity of a run is above this; ttft, tpot or e2e; repeatable',
    helpValue: 'ttft=500ms',
    helpGroup: group,
  }),
  format: Flags.option({
    options: [...textFormats, ...fileFormats] as const,
    description: 'what to render; focus is FOCUS 1.2 CSV',
    default: 'console' as const,
  })(),
  ...fileFlags,
  ...moneyFlags,
};

interface GateFlags {
  readonly gate: boolean;
  readonly 'max-usd-per-million'?: string | undefined;
  readonly baseline?: string | undefined;
  readonly 'max-regression'?: string | undefined;
  readonly 'max-p99'?: string[] | undefined;
}

/** Limits as the flags state them; a baseline without a limit allows no rise. @throws UserError `bad_gate`, `bad_baseline` */
export function limitsOf(flags: GateFlags): CostLimits {
  return {
    lints: flags.gate,
    usdPerMillion: priceOf(flags['max-usd-per-million']),
    regression: shareOf(flags['max-regression']),
    baseline: flags.baseline === undefined ? null : readBaseline(flags.baseline),
    p99Ms: new Map((flags['max-p99'] ?? []).map(percentileOf)),
  };
}

function priceOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (text.trim() === '' || !(limit > 0) || !Number.isFinite(limit))
    throw new UserError('bad_gate', `--max-usd-per-million ${text}: write a price above 0.`);
  return limit;
}

function shareOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const percent = Number(text.replace(/%$/, ''));
  if (!/^\d+(\.\d+)?%?$/.test(text.trim()) || percent > 1000)
    throw new UserError('bad_gate', `--max-regression ${text}: write a percentage from 0 up, such as 5%.`);
  return percent / 100;
}

const percentiles = { ttft: 'ttftMs', tpot: 'tpotMs', e2e: 'e2eMs' } as const;

function percentileOf(text: string): [P99Name, number] {
  const [name = '', limit = ''] = text.split('=').map((part) => part.trim());
  const limitMs = parseDuration(limit);
  if (!(name in percentiles) || limitMs === null || limitMs <= 0)
    throw new UserError('bad_gate', `--max-p99 ${text}: write ttft, tpot or e2e with a duration, such as ttft=500ms.`);
  return [percentiles[name as keyof typeof percentiles], limitMs];
}
