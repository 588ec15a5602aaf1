import type { ServerIdentity } from '../record/server.ts';

const serverNames: Readonly<Record<string, string>> = {
  vllm: 'vLLM',
  llamacpp: 'llama.cpp',
  sglang: 'SGLang',
  tgi: 'TGI',
  ollama: 'Ollama',
  triton: 'Triton',
  'tensorrt-llm': 'TensorRT-LLM',
  simulated: 'simulated server',
  unknown: 'unknown server',
};

/**
 * `vLLM 0.32.0`: a server by the name its makers write, and its version where it is known. One that says nothing of
 * itself, as cloud APIs do, is called by the preset that was asked for.
 */
export function serverWords({ name, version }: ServerIdentity, preset: string | null = null): string {
  if (name === 'unknown' && preset !== null) return `asked for as ${preset}`;
  return [serverNames[name] ?? name, version].filter((part) => part).join(' ');
}
