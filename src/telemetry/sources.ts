import { amdExporter } from './amd-exporter.ts';
import { amdSmi } from './amd-smi.ts';
import { dcgm } from './dcgm.ts';
import { gaudi } from './gaudi.ts';
import { host } from './host.ts';
import { neuronExporter } from './neuron-exporter.ts';
import { neuronMonitor } from './neuron-monitor.ts';
import { neuronSysfs } from './neuron-sysfs.ts';
import { nvidiaSmi } from './nvidia-smi.ts';
import { prometheus } from './prometheus.ts';
import { rapl } from './rapl.ts';
import { rocmSmi } from './rocm-smi.ts';
import { server } from './server.ts';
import type { SourceKind } from './source.ts';
import { tpuInfo } from './tpu-info.ts';
import { xpuSmi } from './xpu-smi.ts';

/** Every source that tokbench knows: a new one is one file and one line here. In the order in which `auto` tells of them. */
export const sourceKinds: readonly SourceKind[] = [
  nvidiaSmi,
  dcgm,
  amdSmi,
  rocmSmi,
  amdExporter,
  neuronMonitor,
  neuronExporter,
  neuronSysfs,
  gaudi,
  tpuInfo,
  xpuSmi,
  server,
  host,
  rapl,
  prometheus,
];
