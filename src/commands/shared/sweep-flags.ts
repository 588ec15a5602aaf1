import { Flags } from '@oclif/core';
import { UserError } from '../../error/user-error.ts';
import { parseShare } from '../../experiment/plan-quantity.ts';
import type { SweepBounds } from '../../experiment/sweep.ts';
import type { SweepSummary } from '../../measurement/sweep-summary.ts';

const group = 'SEARCH';

/** Flags of a search; the load to start from is `--concurrency` or `--rate`. */
export const sweepFlags = {
  min: Flags.string({ description: 'lowest load that is tried', helpValue: 'N', helpGroup: group }),
  max: Flags.string({ description: 'highest load that is tried', helpValue: 'N', helpGroup: group }),
  resolution: Flags.string({
    description: 'how near highest passing and lowest failing load must come',
    helpValue: '5%',
    helpGroup: group,
  }),
  resume: Flags.string({
    description: 'go on with a sweep that was stopped: its directory, or latest',
    helpValue: 'DIR',
    helpGroup: group,
  }),
};

type Values = { readonly [name in 'min' | 'max' | 'resolution']?: string | undefined };

/** Reads them. Throws UserError `bad_flag`. */
export function sweepBounds({ min, max, resolution }: Values): SweepBounds {
  const load = (name: string, text: string | undefined) => {
    const value = text === undefined ? null : Number(text);
    if (value === null || (text!.trim() !== '' && value > 0 && Number.isFinite(value))) return value;
    throw new UserError('bad_flag', `--${name} must be a load above 0, not "${text}".`);
  };
  const share = resolution === undefined ? null : parseShare(resolution);
  if (resolution !== undefined && !(share !== null && share >= 0.001 && share <= 1))
    throw new UserError('bad_flag', `--resolution must be a share from 0.1% to 100%, such as 5%, not "${resolution}".`);
  return { least: load('min', min), most: load('max', max), resolution: share };
}

/** Flags that a sweep on disk has already answered. Throws UserError `bad_flag`. */
export function refuseBesideResume(flags: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(flags).filter((name) => flags[name] !== undefined && name !== 'out' && name !== 'json');
  if (given.length === 0) return;
  const list = given.map((name) => `--${name}`).join(', ');
  throw new UserError('bad_flag', `--resume goes on with the plan of that sweep: leave out ${list}.`);
}

/** The contract's exit codes: 0 found, 5 not even the lowest load is inside, 4 nothing that may be claimed, 130 stopped. */
export function exitCodeOfSweep({ state, limitedBy, confirmed, run }: SweepSummary): number {
  switch (state) {
    case 'FOUND':
    case 'MAX_REACHED':
      return confirmed ? 0 : 4;
    case 'NONE':
      return limitedBy === 'failures' ? 4 : 5;
    case 'UNFINISHED':
      return run.state === 'interrupted' ? 130 : 4; // a disk or a thread that failed is no interrupt
    default:
      return 4;
  }
}
