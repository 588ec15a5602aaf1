import type { HardwareFact, ModelCard } from '../record/hardware.ts';
import { round } from './number.ts';
import type { StepSummary } from './summary.ts';
import type { EfficiencySummary, EnergySummary, Estimate } from './telemetry-summary.ts';

export interface EfficiencyInput {
  readonly hardware: HardwareFact | null;
  readonly model: ModelCard | null;
  readonly energy: EnergySummary | null;
  readonly step: Pick<StepSummary, 'throughput' | 'tokens' | 'latency' | 'concurrency'>;
}

/** What a step gives for each accelerator, kilowatt and dollar, and how near it came to the roof; null where nobody says. */
export function efficiencyOf({ hardware, model, energy, step }: EfficiencyInput): EfficiencySummary | null {
  const accelerators = hardware?.accelerators ?? null;
  const watts = energy?.valid === true ? energy.powerMeanW : null;
  if (hardware === null && watts === null) return null;
  const { outputTokensPerS: output } = step.throughput;
  const per = (amount: number | null) =>
    output === null || amount === null || !(amount > 0) ? null : round(output / amount);
  const price = hardware?.usdPerAccelerator ?? null;
  return {
    accelerators,
    outputTokensPerSPerAccelerator: per(accelerators),
    outputTokensPerSPerKw: per(watts === null ? null : watts / 1000),
    outputTokensPerSPerKusd: per(price === null ? null : (price * accelerators!) / 1000),
    modelBandwidthUtilization: hardware === null || model === null ? null : bandwidth(hardware, model, step),
    modelFlopsUtilization: hardware === null || model === null ? null : flops(hardware, model, step),
  };
}

const none = (formula: string, reason: string): Estimate => ({ value: null, formula, reason });

/** Nothing gives more than its peak, but for the roughness of an estimate. */
const mostShare = 1.1;

function shareOf(value: number, formula: string): Estimate {
  if (value <= mostShare) return { value: round(value), formula, reason: null };
  const times = Number(value.toPrecision(3));
  return none(formula, `it comes to ${times} times the peak: --hardware or --model-config is not what runs there`);
}

/**
 * Bytes that decoding must read, over what memory could deliver meanwhile. All requests of a batch share one reading of
 * the weights; of a mixture only the experts that the batch's tokens hit are read: N · (1 − (1 − k/N)^batch) of N.
 */
function bandwidth(
  { memoryBandwidthBytesPerS: peak, accelerators, accelerator }: HardwareFact,
  model: ModelCard,
  { latency, concurrency }: EfficiencyInput['step'],
): Estimate {
  const formula =
    '(weights read per step + KV cache of the tokens in flight) / TPOT p50 / (memory bandwidth × accelerators)';
  const tpotMs = latency.tpotMs.p50;
  const { tokensInFlightMean: tokens, mean: batch } = concurrency;
  if (peak === null) return none(formula, `the profile of ${accelerator} has no memory bandwidth`);
  if (tpotMs === null || !(tpotMs > 0)) return none(formula, 'TPOT p50 is not known');
  if (tokens === null || batch === null) return none(formula, 'the tokens in flight are not known');
  const { experts } = model;
  const idle = experts === null ? 0 : experts.parameters * (1 - experts.active / experts.count) ** Math.max(1, batch);
  const weights = (model.parameters - idle) * model.bytesPerParameter;
  const bytesPerS = (weights + tokens * model.kvBytesPerToken) / (tpotMs / 1000);
  return shareOf(bytesPerS / (peak * accelerators), formula);
}

/** Two operations a parameter and token, prompts included unless they came from the prefix cache; attention itself left out. */
function flops(
  { flopsPerS, accelerators, accelerator }: HardwareFact,
  model: ModelCard,
  { throughput, tokens }: EfficiencyInput['step'],
): Estimate {
  const { precision } = model;
  const formula = `2 × active parameters × (uncached input + output tokens/s) / (dense ${precision} peak × accelerators)`;
  const peak = flopsPerS[precision];
  const { outputTokensPerS: output, inputTokensPerS: input } = throughput;
  if (peak === undefined) return none(formula, `the profile of ${accelerator} has no dense ${precision} peak`);
  if (output === null || input === null) return none(formula, 'the token rates are not known');
  const cached = tokens.input && tokens.inputCached !== null ? tokens.inputCached / tokens.input : 0;
  const perS = 2 * model.activeParameters * (input * (1 - cached) + output);
  return shareOf(perS / (peak * accelerators), formula);
}
