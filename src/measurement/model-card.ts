import * as z from 'zod';
import type { ModelCard } from '../record/hardware.ts';

const count = z.number().positive();
const optional = count.nullish();

/** The keys of a Hugging Face `config.json` that decide how much a token costs. */
const config = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: optional,
  head_dim: optional,
  intermediate_size: optional,
  vocab_size: count,
  tie_word_embeddings: z.boolean().nullish(),
  dtype: z.string().nullish(),
  torch_dtype: z.string().nullish(),
  quantization_config: z.looseObject({}).nullish(),
  num_local_experts: optional,
  num_experts: optional,
  n_routed_experts: optional,
  num_experts_per_tok: optional,
  moe_intermediate_size: optional,
  n_shared_experts: optional,
  shared_expert_intermediate_size: optional,
  first_k_dense_replace: z.number().nonnegative().nullish(),
  q_lora_rank: optional,
  kv_lora_rank: optional,
  qk_nope_head_dim: optional,
  qk_rope_head_dim: optional,
  v_head_dim: optional,
});
type Config = z.infer<typeof config>;

export type ParsedCard =
  | { readonly ok: true; readonly card: ModelCard }
  /** One clause that ends a sentence about the file. */
  | { readonly ok: false; readonly problem: string };

/** Models whose feed-forward has two matrices; all others have a gate as a third. */
const ungated = new Set([
  'gpt2',
  'opt',
  'gpt_neox',
  'gptj',
  'bloom',
  'phi',
  'falcon',
  'mpt',
  'starcoder2',
  'gpt_bigcode',
]);

/**
 * Reads a model's `config.json`. Parameters are counted from the shape: matrices of attention and feed-forward, and
 * embeddings; norms and biases (well below 1 %) are left out.
 */
export function parseModelCard(value: unknown): ParsedCard {
  const outer = z.looseObject({ text_config: z.looseObject({}).optional() }).safeParse(value);
  if (!outer.success) return { ok: false, problem: 'is no JSON object' };
  // Models of several media keep the language model's shape apart.
  const inner = outer.data.text_config;
  const merged = inner === undefined ? outer.data : { ...outer.data, ...inner };
  const parsed = config.safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return {
      ok: false,
      problem: `is not the config.json of a language model: ${issue.path.join('.')}: ${issue.message}`,
    };
  }
  return { ok: true, card: cardOf(parsed.data) };
}

function cardOf(shape: Config): ModelCard {
  const { hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads, vocab_size } = shape;
  const kvHeads = shape.num_key_value_heads ?? heads;
  const headSize = shape.head_dim ?? hidden / heads;
  const embeddings = vocab_size * hidden * (shape.tie_word_embeddings ? 1 : 2);
  const latent = latentAttention(shape);
  const attention = latent?.parameters ?? hidden * headSize * (2 * heads + 2 * kvHeads);
  const forward = feedForward(shape);
  const { bytes, precision } = precisionOf(shape);
  const kvValues = latent?.kvValues ?? 2 * kvHeads * headSize;
  // The table of input embeddings is looked up, not multiplied.
  const looked = vocab_size * hidden * (shape.tie_word_embeddings ? 0 : 1);
  const parameters = embeddings + layers * attention + forward.all;
  return {
    name: [shape.model_type, shape.architectures?.[0]].filter((each) => each !== undefined).join(' · ') || 'unnamed',
    parameters: Math.round(parameters),
    activeParameters: Math.round(parameters - looked - forward.all + forward.active),
    layers,
    kvHeads,
    kvBytesPerToken: Math.round(layers * kvValues * dtypeBytes(shape)),
    bytesPerParameter: bytes,
    precision,
    experts: forward.experts,
  };
}

/** Multi-head latent attention keeps one compressed vector a token instead of keys and values. */
function latentAttention(shape: Config): { readonly parameters: number; readonly kvValues: number } | null {
  const { kv_lora_rank: rank, qk_nope_head_dim: nope, qk_rope_head_dim: rope, v_head_dim: value } = shape;
  if (!rank || !nope || !rope || !value) return null;
  const { hidden_size: hidden, num_attention_heads: heads, q_lora_rank: queryRank } = shape;
  const wide = heads * (nope + rope);
  const query = queryRank ? hidden * queryRank + queryRank * wide : hidden * wide;
  const keyValue = hidden * (rank + rope) + rank * heads * (nope + value);
  return { parameters: query + keyValue + heads * value * hidden, kvValues: rank + rope };
}

function feedForward(shape: Config): { all: number; active: number; experts: ModelCard['experts'] } {
  const { hidden_size: hidden, num_hidden_layers: layers, intermediate_size, model_type = '' } = shape;
  const matrices = ungated.has(model_type) ? 2 : 3;
  const dense = matrices * hidden * (intermediate_size ?? 4 * hidden);
  const count = shape.num_local_experts ?? shape.num_experts ?? shape.n_routed_experts ?? null;
  if (count === null || count < 2) return { all: layers * dense, active: layers * dense, experts: null };
  const active = shape.num_experts_per_tok ?? 1;
  const width = shape.moe_intermediate_size ?? intermediate_size ?? 4 * hidden;
  const expert = matrices * hidden * width;
  const shared = matrices * hidden * (shape.shared_expert_intermediate_size ?? (shape.n_shared_experts ?? 0) * width);
  const denseLayers = Math.min(layers, shape.first_k_dense_replace ?? 0);
  const mixed = layers - denseLayers;
  const always = denseLayers * dense + mixed * (shared + hidden * count);
  return {
    all: always + mixed * count * expert,
    active: always + mixed * active * expert,
    experts: { count, active, parameters: mixed * count * expert },
  };
}

function dtypeBytes({ dtype, torch_dtype }: Config): number {
  const text = dtype ?? torch_dtype ?? 'bfloat16';
  return /32/.test(text) ? 4 : /8/.test(text) ? 1 : 2;
}

/** Bytes of a weight and the precision of its products, by the way the weights are quantized. */
function precisionOf(shape: Config): { readonly bytes: number; readonly precision: ModelCard['precision'] } {
  const quantization = shape.quantization_config ?? null;
  if (quantization === null) return { bytes: dtypeBytes(shape), precision: 'bf16' };
  const method = String(quantization['quant_method'] ?? '').toLowerCase();
  if (/mxfp4|nvfp4|modelopt_fp4|fp4/.test(method))
    return { bytes: 0.53, precision: /nvfp4|modelopt/.test(method) ? 'fp4' : 'bf16' };
  const bits = bitsOf(quantization);
  if (method === 'fp8' || bits === 8) return { bytes: 1, precision: 'fp8' };
  // Weights of few bits are widened before they are multiplied.
  return bits === null ? { bytes: dtypeBytes(shape), precision: 'bf16' } : { bytes: bits / 8, precision: 'bf16' };
}

function bitsOf(quantization: Readonly<Record<string, unknown>>): number | null {
  const own = quantization['bits'] ?? quantization['w_bit'] ?? quantization['weight_bits'];
  if (typeof own === 'number') return own;
  if (quantization['load_in_4bit'] === true) return 4;
  if (quantization['load_in_8bit'] === true) return 8;
  const groups = quantization['config_groups'];
  if (typeof groups !== 'object' || groups === null) return null;
  const [group] = Object.values(groups) as { weights?: { num_bits?: unknown } }[];
  const bits = group?.weights?.num_bits;
  return typeof bits === 'number' ? bits : null;
}
