import type { Protocol, StreamDecoder } from './protocol.ts';

/** What protocols share whose replies are one JSON body, never a stream, with no generated token in it. */
export const wholeOnly: Pick<Protocol, 'promptKind' | 'asked' | 'decoder'> = {
  promptKind: 'text',
  asked: () => ({ stream: false, choices: 1, cap: null }),
  decoder(): StreamDecoder {
    throw new Error('a reply that is no stream was read as one');
  },
};
