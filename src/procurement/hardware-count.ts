import { UserError } from '../error/user-error.ts';
import { readProfile } from './profile.ts';
import type { HardwareCount } from './throughput.ts';

/**
 * Hardware by its accelerators, as offers name theirs: an alias by its name, a server or an instance by what is inside.
 *
 * @throws UserError `unknown_profile` with the nearest name
 */
export function acceleratorsOf({ name, count }: HardwareCount): HardwareCount {
  const { data } = readProfile('hardware', name);
  return data.kind === 'accelerator'
    ? { name: data.name, count }
    : { name: data.accelerator!, count: count * data.accelerators! };
}

/** The same of a run, which may have named hardware that nobody wrote a profile of. */
export function recordedAccelerators(hardware: HardwareCount | null): HardwareCount | null {
  if (hardware === null) return null;
  try {
    return acceleratorsOf(hardware);
  } catch (error) {
    if (error instanceof UserError) return hardware;
    throw error;
  }
}
