/** What is known of the hardware behind a target, as it stood when the run was measured. */
export interface HardwareFact {
  /** Name of the profile and how many of them, as the user wrote it. */
  readonly name: string;
  readonly count: number;
  /** Accelerators altogether, and which. */
  readonly accelerators: number;
  readonly accelerator: string;
  /** Peaks of one accelerator; null where its profile does not say. */
  readonly memoryBandwidthBytesPerS: number | null;
  /** Dense matrix operations per second by precision: bf16, fp8, fp4. */
  readonly flopsPerS: Readonly<Record<string, number>>;
  readonly memoryBytes: number | null;
  readonly tdpW: number | null;
  /** Share of a complete server's purchase price that falls on one accelerator. */
  readonly usdPerAccelerator: number | null;
  /** Where the facts come from. */
  readonly source: string;
  readonly priceSource: string | null;
}

/** A model's shape as its `config.json` tells it: what must be read and computed for a token. */
export interface ModelCard {
  /** `model_type` and architecture. */
  readonly name: string;
  readonly parameters: number;
  /** Parameters that work for one token. */
  readonly activeParameters: number;
  readonly layers: number;
  readonly kvHeads: number;
  /** Bytes that one token keeps in the KV cache, at the precision of the weights' `dtype`. */
  readonly kvBytesPerToken: number;
  readonly bytesPerParameter: number;
  /** Precision in which matrices are multiplied: bf16, fp8, fp4. */
  readonly precision: 'bf16' | 'fp8' | 'fp4';
  /** Of a mixture: how many experts, how many work for a token, and parameters that belong to experts. */
  readonly experts: { readonly count: number; readonly active: number; readonly parameters: number } | null;
}
