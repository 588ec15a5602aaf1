import type { Facts } from './facts.ts';
import { count, type Fields, object } from './json-events.ts';
import { noUsage } from './protocol.ts';

/** Input tokens of a reply with scores, which generates none: `usage`, or `meta.tokens` as Cohere has it. */
export function readScoreUsage(reply: Fields, facts: Facts): void {
  const usage = object(reply['usage']);
  const meta = object(object(reply['meta'])['tokens']);
  const input = count(usage['prompt_tokens']) ?? count(usage['total_tokens']) ?? count(meta['input_tokens']);
  facts.usage.add({ ...noUsage, input: input === 0 ? null : input, output: 0 }, 0, 0);
}
