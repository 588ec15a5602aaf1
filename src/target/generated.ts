import type { Channel } from '../record/exchange.ts';
import type { Facts } from './facts.ts';
import { characters } from './openai-frame.ts';

/** How many tokens an event held, where the wire tells: -1 = it does not. */
export interface EventTokens {
  /** Tokens of this event. */
  readonly ids?: number;
  /** Tokens of the reply up to and with this event. */
  readonly cumulative?: number;
  /** The event ends the reply. */
  readonly finishing?: boolean;
}

/**
 * One piece of a reply with one choice: text of a channel, or none (held-back characters, special tokens), in which case
 * it is a content event only if the wire says that it held tokens. `atUs` null = a whole reply, which has no events.
 */
export function takeGenerated(
  facts: Facts,
  channel: Channel,
  part: string,
  atUs: number | null,
  { ids = -1, cumulative = -1, finishing = false }: EventTokens = {},
): void {
  if (part !== '') {
    facts.textChars += characters(part);
    if (facts.keepText && channel === 'answer') facts.text += part;
    if (channel === 'refusal') facts.flags.add('refused');
  }
  if (atUs === null) {
    if (part !== '') facts.fill(channel);
    return;
  }
  if (part !== '' || ids > 0 || facts.rises(0, cumulative, finishing))
    facts.content(atUs, part === '' ? null : channel, 0, ids, cumulative, -1);
  else if (cumulative >= 0) facts.baseline = true;
}
