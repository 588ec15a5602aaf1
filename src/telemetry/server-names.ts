import type { ServerStats } from '../record/sample.ts';

/** Keys of `ServerStats` that one number fills. */
export type ServerGauge = 'running' | 'waiting' | 'kv_usage';
export type ServerTotal = Extract<keyof ServerStats, `${string}_total`>;
export type ServerTiming = Extract<keyof ServerStats, `${string}_s`>;

/** Families by their names after `canonicalName`; of several names the first that is there is taken, never two added. */
type Names = readonly string[];

export interface ServerFamilies {
  readonly name: string;
  /** Any of these tells whose metrics they are; all of `needs` must be there too. */
  readonly marks: readonly string[];
  readonly needs?: readonly string[];
  readonly gauges: Readonly<Partial<Record<ServerGauge, Names>>>;
  readonly totals: Readonly<Partial<Record<ServerTotal, Names>>>;
  /** Families that are added to the prompt's: the server counts cached tokens apart. */
  readonly alsoPrompt?: readonly string[];
  readonly timings: Readonly<Partial<Record<ServerTiming, Names>>>;
  /** Labels of ranks that repeat one another's values: the largest is taken, then the rest is summed. */
  readonly repeats?: readonly string[];
  /** Counts each token once, so that a client's sum must be equal. */
  readonly exact: boolean;
}

const vllm: ServerFamilies = {
  name: 'vllm',
  marks: ['vllm:generation_tokens_total', 'vllm:num_requests_running'],
  gauges: {
    running: ['vllm:num_requests_running'],
    waiting: ['vllm:num_requests_waiting'],
    kv_usage: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  },
  totals: {
    generation_tokens_total: ['vllm:generation_tokens_total'],
    prompt_tokens_total: ['vllm:prompt_tokens_total'],
    prompt_cached_tokens_total: ['vllm:prompt_tokens_cached_total'],
    requests_total: ['vllm:request_success_total'],
    preemptions_total: ['vllm:num_preemptions_total'],
    prefix_hits_total: ['vllm:prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits_total'],
    prefix_queries_total: ['vllm:prefix_cache_queries_total', 'vllm:gpu_prefix_cache_queries_total'],
    spec_accepted_total: ['vllm:spec_decode_num_accepted_tokens_total'],
    spec_drafted_total: ['vllm:spec_decode_num_draft_tokens_total'],
    flops_total: ['vllm:estimated_flops_per_gpu_total'],
    memory_read_b_total: ['vllm:estimated_read_bytes_per_gpu_total'],
    memory_written_b_total: ['vllm:estimated_write_bytes_per_gpu_total'],
  },
  timings: {
    ttft_s: ['vllm:time_to_first_token_seconds'],
    itl_s: ['vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds'],
    tpot_s: ['vllm:request_time_per_output_token_seconds'],
    e2e_s: ['vllm:e2e_request_latency_seconds'],
    queue_s: ['vllm:request_queue_time_seconds'],
    prefill_s: ['vllm:request_prefill_time_seconds'],
    decode_s: ['vllm:request_decode_time_seconds'],
  },
  exact: true,
};

const sglang: ServerFamilies = {
  name: 'sglang',
  marks: ['sglang:generation_tokens_total', 'sglang:num_running_reqs'],
  gauges: {
    running: ['sglang:num_running_reqs'],
    waiting: ['sglang:num_queue_reqs'],
    kv_usage: ['sglang:token_usage'],
  },
  totals: {
    generation_tokens_total: ['sglang:generation_tokens_total'],
    prompt_tokens_total: ['sglang:prompt_tokens_total'],
    prompt_cached_tokens_total: ['sglang:cached_tokens_total'],
    requests_total: ['sglang:num_requests_total'],
    aborted_total: ['sglang:num_aborted_requests_total'],
    preemptions_total: ['sglang:num_retracted_requests_total'],
  },
  timings: {
    ttft_s: ['sglang:time_to_first_token_seconds'],
    itl_s: ['sglang:inter_token_latency_seconds', 'sglang:time_per_output_token_seconds'],
    e2e_s: ['sglang:e2e_request_latency_seconds'],
    queue_s: ['sglang:queue_time_seconds'],
  },
  repeats: ['tp_rank', 'pp_rank', 'moe_ep_rank'],
  exact: true,
};

const llamacpp: ServerFamilies = {
  name: 'llamacpp',
  marks: ['llamacpp:tokens_predicted_total'],
  gauges: {
    running: ['llamacpp:requests_processing'],
    waiting: ['llamacpp:requests_deferred'],
    kv_usage: ['llamacpp:kv_cache_usage_ratio'],
  },
  totals: {
    generation_tokens_total: ['llamacpp:tokens_predicted_total'],
    prompt_tokens_total: ['llamacpp:prompt_tokens_total'],
    prompt_cached_tokens_total: ['llamacpp:prompt_tokens_cached_total'],
    spec_accepted_total: ['llamacpp:spec_decode_num_accepted_tokens_total'],
    spec_drafted_total: ['llamacpp:spec_decode_num_draft_tokens_total'],
  },
  alsoPrompt: ['llamacpp:prompt_tokens_cached_total'],
  timings: {},
  exact: true,
};

const tgi: ServerFamilies = {
  name: 'tgi',
  marks: ['tgi_request_generated_tokens_sum', 'tgi_batch_current_size'],
  gauges: { running: ['tgi_batch_current_size'], waiting: ['tgi_queue_size'] },
  totals: {
    generation_tokens_total: ['tgi_request_generated_tokens_sum'],
    prompt_tokens_total: ['tgi_request_input_length_sum'],
    requests_total: ['tgi_request_success_total', 'tgi_request_success'],
  },
  timings: {
    tpot_s: ['tgi_request_mean_time_per_token_duration'],
    e2e_s: ['tgi_request_duration'],
    queue_s: ['tgi_request_queue_duration'],
  },
  exact: true,
};

const trtllm: ServerFamilies = {
  name: 'tensorrt-llm',
  marks: ['trtllm_request_success_total', 'trtllm_time_to_first_token_seconds_count', 'trtllm_kv_cache_utilization'],
  gauges: {
    running: ['trtllm_num_requests_running'],
    waiting: ['trtllm_num_requests_waiting'],
    kv_usage: ['trtllm_kv_cache_utilization'],
  },
  totals: { requests_total: ['trtllm_request_success_total'] },
  timings: {
    ttft_s: ['trtllm_time_to_first_token_seconds'],
    itl_s: ['trtllm_time_per_output_token_seconds'],
    e2e_s: ['trtllm_e2e_request_latency_seconds'],
    queue_s: ['trtllm_request_queue_time_seconds'],
  },
  exact: false,
};

const dynamo: ServerFamilies = {
  name: 'dynamo',
  marks: ['dynamo_frontend_requests_total', 'dynamo_frontend_inflight_requests'],
  gauges: {
    running: ['dynamo_frontend_inflight_requests'],
    waiting: ['dynamo_frontend_queued_requests'],
    kv_usage: ['dynamo_component_gpu_cache_usage_percent'],
  },
  totals: {
    generation_tokens_total: ['dynamo_frontend_output_tokens_total'],
    prompt_tokens_total: ['dynamo_frontend_input_sequence_tokens_sum'],
    requests_total: ['dynamo_frontend_requests_total'],
  },
  timings: {
    ttft_s: ['dynamo_frontend_time_to_first_token_seconds'],
    itl_s: ['dynamo_frontend_inter_token_latency_seconds'],
    e2e_s: ['dynamo_frontend_request_duration_seconds'],
  },
  exact: true,
};

const triton: ServerFamilies = {
  name: 'triton',
  marks: ['nv_inference_request_success', 'nv_trt_llm_request_metrics'],
  gauges: {
    running: ['nv_trt_llm_request_metrics/scheduled'],
    waiting: ['nv_trt_llm_request_metrics/waiting', 'nv_inference_pending_request_count'],
    kv_usage: ['nv_trt_llm_kv_cache_block_metrics/fraction'],
  },
  totals: { requests_total: ['nv_inference_request_success'] },
  timings: {},
  exact: false,
};

/** Without a prefix, of common words: three of them together. */
const nim: ServerFamilies = {
  name: 'nim',
  marks: ['gpu_cache_usage_perc'],
  needs: ['num_requests_running', 'prompt_tokens_total', 'generation_tokens_total'],
  gauges: {
    running: ['num_requests_running'],
    waiting: ['num_requests_waiting'],
    kv_usage: ['gpu_cache_usage_perc'],
  },
  totals: {
    generation_tokens_total: ['generation_tokens_total'],
    prompt_tokens_total: ['prompt_tokens_total'],
    requests_total: ['request_success_total', 'request_finish_total'],
  },
  timings: {
    ttft_s: ['time_to_first_token_seconds'],
    itl_s: ['time_per_output_token_seconds'],
    e2e_s: ['e2e_request_latency_seconds'],
  },
  exact: true,
};

/** In the order in which they are tried: an engine's own before a front end's, prefixed before bare. */
export const serverFamilies: readonly ServerFamilies[] = [vllm, sglang, llamacpp, tgi, trtllm, triton, dynamo, nim];

/** Who else puts a prefix of his own before an engine's families. */
const prefixes: readonly (readonly [RegExp, string])[] = [
  [/^ray_vllm_/, 'vllm:'],
  [/^kserve_vllm:/, 'vllm:'],
  [/^ray_sglang_/, 'sglang:'],
  [/^sglang_/, 'sglang:'],
  [/^trtllm:/, 'trtllm_'],
];

/** The engine's own name of a family: without Ray's and KServe's prefixes. */
export function canonicalName(name: string): string {
  for (const [pattern, replacement] of prefixes) if (pattern.test(name)) return name.replace(pattern, replacement);
  return name;
}
