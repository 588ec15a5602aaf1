import type { Usage } from '../record/exchange.ts';

/**
 * Folds the usage objects of one reply. With one choice the last one counts. With several, servers differ: vLLM sends one
 * total behind all choices, llama.cpp one object per choice, and continuous usage counts each choice by itself.
 */
export class UsageTally {
  private last: Usage | null = null;
  private readonly choices: number;
  private perChoice: Map<number, Usage> | null = null;
  private tails: Usage[] | null = null;
  private total = false;
  private movedInput = -1;
  private movedOutput = -1;

  constructor(choices: number) {
    this.choices = choices;
  }

  /** `choice` = the choice whose event carried it, -1 when it came by itself; `finished` = choices finished so far. */
  add(usage: Usage, choice: number, finished: number): void {
    this.last = usage;
    this.movedInput = this.movedOutput = -1;
    if (this.choices === 1) return;
    if (choice >= 0) {
      this.perChoice ??= new Map();
      this.perChoice.set(choice, usage);
    } else {
      this.tails ??= [];
      if (this.tails.length === 0 && finished >= this.choices) this.total = true;
      if (this.total) this.tails.length = 0;
      this.tails.push(usage);
    }
  }

  /** As `add` with one choice, without an object an event: `like` with other counts of prompt and output (-1 = not told). */
  move(like: Usage, input: number, output: number): void {
    this.last = like;
    this.movedInput = input;
    this.movedOutput = output;
  }

  result(): Usage | null {
    if (this.last === null) return null;
    if (this.choices === 1) return this.moved(this.last);
    const parts = this.tails ?? [...(this.perChoice?.values() ?? [])];
    return {
      ...this.last,
      output: sum(parts, 'output'),
      outputReasoning: sum(parts, 'outputReasoning'),
      outputAccepted: sum(parts, 'outputAccepted'),
    };
  }

  private moved(last: Usage): Usage {
    if (this.movedInput < 0 && this.movedOutput < 0) return last;
    return {
      ...last,
      input: this.movedInput < 0 ? last.input : this.movedInput,
      output: this.movedOutput < 0 ? last.output : this.movedOutput,
    };
  }
}

function sum(parts: readonly Usage[], key: 'output' | 'outputReasoning' | 'outputAccepted'): number | null {
  let total: number | null = null;
  for (const part of parts) if (part[key] !== null) total = (total ?? 0) + part[key];
  return total;
}

/**
 * Usage object of the OpenAI routes and their kin: cached tokens lie inside `prompt_tokens`, reasoning inside
 * `completion_tokens`, but for xAI, which counts it beside them: `total_tokens` tells. A field that is absent stays null:
 * SGLang leaves `cached_tokens` out when it is 0.
 */
export function readUsage(value: unknown): Usage | null {
  if (typeof value !== 'object' || value === null) return null;
  const usage = value as Record<string, unknown>;
  const prompt = (usage['prompt_tokens_details'] ?? {}) as Record<string, unknown>;
  const completion = (usage['completion_tokens_details'] ?? {}) as Record<string, unknown>;
  const [input, output] = [count(usage['prompt_tokens']), count(usage['completion_tokens'])];
  const reasoning = count(completion['reasoning_tokens'] ?? usage['reasoning_tokens']);
  const beside =
    reasoning !== null && reasoning > 0 && usage['total_tokens'] === (input ?? 0) + (output ?? 0) + reasoning;
  return {
    input,
    inputCached: count(prompt['cached_tokens'] ?? usage['prompt_cache_hit_tokens']),
    inputCacheWrite: count(prompt['cache_write_tokens']),
    output: output !== null && beside ? output + reasoning : output,
    outputReasoning: reasoning,
    outputAccepted: count(completion['accepted_prediction_tokens']),
  };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
