import { availableParallelism, cpus, hostname, totalmem } from 'node:os';
import type { Environment } from '../record/run.ts';
import { readInventory } from './inventory.ts';

/** Where a run takes place. Reading it takes up to `timeoutMs`; what cannot be read stands as its reason. */
export async function readEnvironment(timeoutMs = 3_000): Promise<Environment> {
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    hostname: hostname(),
    inventory: await readInventory(timeoutMs),
  };
}
