import { expect, it } from 'vitest';
import { parseModelCard } from '../../src/measurement/model-card.ts';

const cardOf = (value: unknown) => {
  const parsed = parseModelCard(value);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.card;
};

/** Published shapes; parameter counts are those of the models' cards. */
const llama8b = {
  model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 4096, num_hidden_layers: 32,
  num_attention_heads: 32, num_key_value_heads: 8, intermediate_size: 14336, vocab_size: 128256,
  tie_word_embeddings: false, torch_dtype: 'bfloat16',
}; // biome-ignore format: a shape
const mixtral = {
  model_type: 'mixtral', hidden_size: 4096, num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8,
  intermediate_size: 14336, vocab_size: 32000, num_local_experts: 8, num_experts_per_tok: 2, torch_dtype: 'bfloat16',
}; // biome-ignore format: a shape
const deepseek = {
  model_type: 'deepseek_v3', hidden_size: 7168, num_hidden_layers: 61, num_attention_heads: 128,
  num_key_value_heads: 128, intermediate_size: 18432, moe_intermediate_size: 2048, vocab_size: 129280,
  n_routed_experts: 256, n_shared_experts: 1, num_experts_per_tok: 8, first_k_dense_replace: 3, q_lora_rank: 1536,
  kv_lora_rank: 512, qk_nope_head_dim: 128, qk_rope_head_dim: 64, v_head_dim: 128,
  quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] }, torch_dtype: 'bfloat16',
}; // biome-ignore format: a shape

const within = (value: number, expected: number, share = 0.01) =>
  expect(Math.abs(value / expected - 1)).toBeLessThan(share);

it('counts the parameters of a dense model', () => {
  const card = cardOf(llama8b);
  within(card.parameters, 8.03e9);
  within(card.activeParameters, 7.5e9);
  expect(card).toMatchObject({ layers: 32, kvHeads: 8, kvBytesPerToken: 131_072, bytesPerParameter: 2, experts: null });
});

it('counts those of a mixture, and the ones that work for a token', () => {
  const card = cardOf(mixtral);
  within(card.parameters, 46.7e9);
  within(card.activeParameters, 12.8e9);
  expect(card.experts).toMatchObject({ count: 8, active: 2 });
});

it('knows latent attention, shared experts and dense first layers', () => {
  const card = cardOf(deepseek);
  within(card.parameters, 671e9);
  within(card.activeParameters, 37e9, 0.03);
  expect(card).toMatchObject({ kvBytesPerToken: 61 * 576 * 2, bytesPerParameter: 1, precision: 'fp8' });
});

it('reads the shape of the language model inside of a model of several media', () => {
  const { torch_dtype, ...shape } = llama8b;
  expect(cardOf({ model_type: 'llava', torch_dtype, text_config: shape })).toEqual(cardOf(llama8b));
});

it.each([
  [{ quant_method: 'awq', bits: 4 }, 0.5, 'bf16'],
  [{ quant_method: 'compressed-tensors', config_groups: { group_0: { weights: { num_bits: 8 } } } }, 1, 'fp8'],
  [{ quant_method: 'mxfp4' }, 0.53, 'bf16'],
  [{ quant_method: 'unheard-of' }, 2, 'bf16'],
])('reads how weights are quantized: %j', (quantization_config, bytesPerParameter, precision) => {
  expect(cardOf({ ...llama8b, quantization_config })).toMatchObject({ bytesPerParameter, precision });
});

it.each([null, [], 'text', {}, { hidden_size: 'wide' }, { ...llama8b, num_hidden_layers: -1 }])(
  'refuses what is no config.json: %j',
  (value) => {
    expect(parseModelCard(value)).toMatchObject({ ok: false });
  },
);
