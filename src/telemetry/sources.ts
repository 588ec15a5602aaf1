import { nvidiaSmi } from './nvidia-smi.ts';
import type { SourceKind } from './source.ts';

/** Every source that tokbench knows: a new one is one file and one line here. In the order in which `auto` tells of them. */
export const sourceKinds: readonly SourceKind[] = [nvidiaSmi];
