import { expect, it } from 'vitest';
import { readServerCounters } from '../../src/telemetry/counters.ts';

it("reads vLLM's counters over its engines and leaves out aborts", () => {
  const text = [
    'vllm:num_requests_running{engine="0"} 1.0',
    'vllm:num_requests_waiting{engine="0"} 2.0',
    'vllm:prompt_tokens_total{engine="0"} 100.0',
    'vllm:prompt_tokens_total{engine="1"} 20.0',
    'vllm:generation_tokens_total{engine="0"} 7.0',
    'vllm:generation_tokens_total{engine="1"} 5.0',
    'vllm:generation_tokens_created{engine="1"} 1.79e9',
    'vllm:request_success_total{engine="0",finished_reason="length"} 3.0',
    'vllm:request_success_total{engine="0",finished_reason="abort"} 9.0',
  ].join('\n');
  expect(readServerCounters(text)).toEqual({ dialect: 'vllm', output: 12, input: 120, requests: 3, inFlight: 3 });
});

it("adds llama.cpp's cached prompt tokens, which its prompt counter leaves out", () => {
  const text =
    'llamacpp:prompt_tokens_total 138\nllamacpp:prompt_tokens_cached_total 564\nllamacpp:tokens_predicted_total 303\n';
  expect(readServerCounters(text)).toEqual({
    dialect: 'llamacpp',
    output: 303,
    input: 702,
    requests: null,
    inFlight: null,
  });
});

it.each(['', '<html></html>', 'process_cpu_seconds_total 3'])('says null for %j', (text) => {
  expect(readServerCounters(text)).toBeNull();
});
