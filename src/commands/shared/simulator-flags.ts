import { Flags } from '@oclif/core';
import { UserError } from '../../error/user-error.ts';
import { parseFaults } from '../../simulate/fault.ts';
import type { SimulatorOptions } from '../../simulate/options.ts';

const group = 'SIMULATED SERVER';

/** Measures a simulated server instead of a real one. */
export const simulateFlag = Flags.boolean({
  description: 'start a simulated server and measure that',
  exclusive: ['url', 'target'],
  helpGroup: group,
});

/** Flags of a simulated server that `run --simulate` has too. */
export const simulatorFlags = {
  'simulator-profile': Flags.string({
    description: 'speed of the simulated server: h100-8b, small-gpu, cpu or a file',
    helpValue: 'NAME|FILE',
    helpGroup: group,
  }),
  fault: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'fault and its share: reset, stall, truncated, malformed, rate_limited, server_error, stream_error, empty_output, slow_header',
    helpValue: 'NAME=SHARE',
    helpGroup: group,
  }),
  pace: Flags.string({
    description: 'exact pace instead of an engine: TTFT and ms per token',
    helpValue: '100ms,20ms',
    helpGroup: group,
  }),
  truth: Flags.string({
    description: 'file for the truth of every request, JSONL',
    helpValue: 'FILE',
    helpGroup: group,
  }),
};

type Values = { readonly [name in keyof typeof simulatorFlags]?: string | string[] | undefined };

/** Reads them. Throws UserError `bad_fault`, `bad_flag`. */
export function simulatorOptions(flags: Values): SimulatorOptions {
  return {
    profile: flags['simulator-profile'] as string | undefined,
    faults: flags.fault === undefined ? undefined : parseFaults(flags.fault as string[]),
    pace: flags.pace === undefined ? undefined : parsePace(flags.pace as string),
    truth: flags.truth as string | undefined,
  };
}

/** Refuses them where a real server is measured, which they could not touch. Throws UserError `bad_flag`. */
export function refuseSimulatorFlags(flags: Values): void {
  const names = Object.keys(simulatorFlags) as (keyof Values)[];
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined)
    throw new UserError('bad_flag', `--${given} shapes the simulated server only: use it together with --simulate.`);
}

function parsePace(text: string): { ttftMs: number; itlMs: number } {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(?:ms)?\s*,\s*(\d+(?:\.\d+)?)\s*(?:ms)?\s*$/.exec(text);
  if (!found) throw new UserError('bad_flag', `--pace must be two times in ms, such as 100ms,20ms, not "${text}".`);
  return { ttftMs: Number(found[1]), itlMs: Number(found[2]) };
}
