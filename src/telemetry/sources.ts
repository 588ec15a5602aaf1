import { dcgm } from './dcgm.ts';
import { nvidiaSmi } from './nvidia-smi.ts';
import { server } from './server.ts';
import type { SourceKind } from './source.ts';

/** Every source that tokbench knows: a new one is one file and one line here. In the order in which `auto` tells of them. */
export const sourceKinds: readonly SourceKind[] = [nvidiaSmi, dcgm, server];
