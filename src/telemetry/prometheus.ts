import { amdDialect } from './amd-exporter.ts';
import { dcgmDialect } from './dcgm.ts';
import type { Dialect } from './dialect.ts';
import { exporterKind } from './exporter-kind.ts';
import { neuronDialect } from './neuron-exporter.ts';
import { nodeDialect } from './node-exporter.ts';
import { serverDialect } from './server.ts';
import { tritonGpuDialect } from './triton-gpu.ts';

/** Every dialect that an endpoint may speak; one may speak several. */
export const dialects: readonly Dialect[] = [
  dcgmDialect,
  amdDialect,
  neuronDialect,
  tritonGpuDialect,
  nodeDialect,
  serverDialect(null),
];

/** Any endpoint by its URL: exporters of other machines, replicas of a server, a federation of several. */
export const prometheus = exporterKind({ name: 'prometheus', usual: [], auto: false, dialects });
