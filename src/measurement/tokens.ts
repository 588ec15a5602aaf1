import type { Exchange, TokensSource } from '../record/exchange.ts';

/** Where N came from: ranks 1–5 of the count ladder (measurement reference, B.1). Event counts are never tokens. */
export const outputSources = ['token_ids', 'continuous_usage', 'usage', 'logprobs', 'tokenizer'] as const;
export type OutputSource = (typeof outputSources)[number];

/** How N was laid over the content events. `whole_reply`: all at the end, as a reply without a stream is seen. */
export const timelineSources = ['token_ids', 'continuous_usage', 'logprobs', 'apportioned', 'whole_reply'] as const;
export type TimelineSource = (typeof timelineSources)[number];

export interface TokenCount {
  /** Output tokens, reasoning included; null when nothing that may be believed told them. */
  readonly output: number | null;
  readonly outputSource: OutputSource | null;
  /** Whole tokens of each content event, adding up to `output`; null without a count or without events. */
  readonly timeline: readonly number[] | null;
  readonly timelineSource: TimelineSource | null;
  /** A count was refused: above the cap while the text is too short for it, negative, or zero beside content. */
  readonly refused: boolean;
}

/**
 * Lays `total` whole tokens over events in proportion to `weights` (evenly without them). Shares are rounded on the
 * running sum, so that they add up to `total` exactly and no event is further than one token from its share.
 */
export function apportion(total: number, events: number, weights: readonly number[] | null = null): number[] {
  const whole = weights === null ? events : sum(weights);
  const usable = whole > 0;
  const shares: number[] = [];
  let run = 0;
  let given = 0;
  for (let k = 0; k < events; k++) {
    run += weights === null || !usable ? 1 : weights[k]!;
    const upTo = Math.round((total * run) / (usable ? whole : events));
    shares.push(upTo - given);
    given = upTo;
  }
  return shares;
}

/** Which N, which timeline: the ladder of B.1 for one exchange. */
export function countTokens(exchange: Exchange): TokenCount {
  const { chunks, usage } = exchange;
  const events = chunks.atUs.length;
  const perEvent = eventTokens(exchange);
  const total = perEvent === null ? 0 : sum(perEvent.tokens);
  let refused = chunks.tokens !== null && perEvent === null;
  if (perEvent !== null && perEvent.source !== 'logprobs') {
    if (plausible(exchange, total)) {
      return {
        output: total,
        outputSource: perEvent.source,
        timeline: perEvent.tokens,
        timelineSource: perEvent.source,
        refused,
      };
    }
    refused = true;
  }
  const logprobs = perEvent?.source === 'logprobs' ? perEvent.tokens : null;
  const candidates: readonly (readonly [OutputSource, number | null])[] = [
    ['usage', usage?.output ?? null],
    ['logprobs', logprobs === null ? null : total],
    ['tokenizer', exchange.textTokens],
  ];
  for (const [source, output] of candidates) {
    if (output === null) continue;
    if (!plausible(exchange, output)) {
      refused = true;
      continue;
    }
    return { output, outputSource: source, ...layOut(exchange, output, logprobs, total), refused };
  }
  // A refusal or a failure without content has no tokens; that is known, not unknown.
  const none = events === 0 && exchange.textChars === 0 && exchange.outcome.state !== 'ok' && usage === null;
  return { output: none ? 0 : null, outputSource: null, timeline: null, timelineSource: null, refused };
}

/** Per-event counts of the wire when they can be believed at all. */
function eventTokens({ chunks }: Exchange): { tokens: readonly number[]; source: TokensSource } | null {
  const { tokens, tokensSource } = chunks;
  if (tokens === null || tokensSource === null || tokens.length !== chunks.atUs.length) return null;
  if (tokens.some((n) => !(n >= 0)) || sum(tokens) === 0) return null;
  return { tokens, source: tokensSource };
}

function layOut(
  exchange: Exchange,
  output: number,
  logprobs: readonly number[] | null,
  logprobsTotal: number,
): Pick<TokenCount, 'timeline' | 'timelineSource'> {
  const events = exchange.chunks.atUs.length;
  if (!exchange.streamed || events === 0) {
    return { timeline: null, timelineSource: output > 0 ? 'whole_reply' : null };
  }
  if (logprobs !== null && logprobsTotal === output) return { timeline: logprobs, timelineSource: 'logprobs' };
  return { timeline: apportion(output, events, logprobs), timelineSource: 'apportioned' };
}

/**
 * A server has been seen to report 11,628 tokens for a short answer. A count above the cap is believed only if the text
 * is long enough for it (a token is a character or more on average, an event holds a token or more): a server may well
 * have ignored the cap. Zero beside content events is refused, too: each of them carried a token.
 */
function plausible(exchange: Exchange, output: number): boolean {
  const { chunks, plannedOutputTokens, textChars } = exchange;
  if (!Number.isFinite(output) || output < 0) return false;
  const events = chunks.atUs.length;
  if (output === 0) return events === 0;
  if (plannedOutputTokens === null) return true;
  return output <= plannedOutputTokens * choiceCount(exchange) || output <= Math.max(textChars, events);
}

/** Number of choices that the reply held; 1 unless more were asked for. */
export function choiceCount({ chunks }: Exchange): number {
  if (chunks.choices === null) return 1;
  let most = 0;
  for (const choice of chunks.choices) if (choice > most) most = choice;
  return most + 1;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
