import type { ServerCounters } from '../record/server.ts';
import { parseExposition, type Series } from './exposition.ts';

interface Dialect {
  readonly name: string;
  /** A family that tells the dialect. */
  readonly mark: string;
  readonly output: readonly string[];
  readonly input: readonly string[];
  readonly requests: readonly string[];
  readonly inFlight: readonly string[];
}

/**
 * Families that count each token once. A sum over several families is meant where several stand:
 * llama.cpp's `prompt_tokens_total` leaves out cached tokens and counts them apart.
 */
const dialects: readonly Dialect[] = [
  {
    name: 'vllm',
    mark: 'vllm:generation_tokens_total',
    output: ['vllm:generation_tokens_total'],
    input: ['vllm:prompt_tokens_total'],
    requests: ['vllm:request_success_total'],
    inFlight: ['vllm:num_requests_running', 'vllm:num_requests_waiting'],
  },
  {
    name: 'sglang',
    mark: 'sglang:generation_tokens_total',
    output: ['sglang:generation_tokens_total'],
    input: ['sglang:prompt_tokens_total'],
    requests: ['sglang:num_requests_total'],
    inFlight: ['sglang:num_running_reqs', 'sglang:num_queue_reqs'],
  },
  {
    name: 'llamacpp',
    mark: 'llamacpp:tokens_predicted_total',
    output: ['llamacpp:tokens_predicted_total'],
    input: ['llamacpp:prompt_tokens_total', 'llamacpp:prompt_tokens_cached_total'],
    requests: [],
    inFlight: ['llamacpp:requests_processing', 'llamacpp:requests_deferred'],
  },
  {
    name: 'tgi',
    mark: 'tgi_request_generated_tokens_sum',
    output: ['tgi_request_generated_tokens_sum'],
    input: ['tgi_request_input_length_sum'],
    requests: ['tgi_request_success'],
    inFlight: ['tgi_batch_current_size', 'tgi_queue_size'],
  },
];

function sum(families: ReadonlyMap<string, readonly Series[]>, names: readonly string[]): number | null {
  let total: number | null = null;
  for (const name of names) {
    // An abort is not a success, though vLLM counts it in the same family.
    for (const series of families.get(name) ?? []) {
      if (series.labels['finished_reason'] === 'abort') continue;
      if (Number.isFinite(series.value)) total = (total ?? 0) + series.value;
    }
  }
  return total;
}

/**
 * Reads a model server's token counters out of its `/metrics` text.
 * @returns null when the text holds no family of a server that is known to count tokens exactly
 */
export function readServerCounters(metrics: string): ServerCounters | null {
  const families = parseExposition(metrics);
  const dialect = dialects.find((candidate) => families.has(candidate.mark));
  if (!dialect) return null;
  return {
    dialect: dialect.name,
    output: sum(families, dialect.output),
    input: sum(families, dialect.input),
    requests: sum(families, dialect.requests),
    inFlight: sum(families, dialect.inFlight),
  };
}
