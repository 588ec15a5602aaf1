import type { TLSSocket } from 'node:tls';
import { createClock } from '../clock/clock.ts';
import { dial } from './dial.ts';
import { routeTo } from './route.ts';

const limitMs = 2_000;

/**
 * Whether a server would speak HTTP/2, by one handshake that offers both versions and sends nothing (RFC 9113, 3.2).
 *
 * @returns null without TLS, or where no connection came about within 2 s
 */
export function servesHttp2(url: string, caFile: string | null): Promise<boolean | null> {
  const way = routeTo(url, caFile);
  if (!way.address.tls) return Promise.resolve(null);
  return new Promise((resolve) => {
    const end = (found: boolean | null): void => {
      clearTimeout(late);
      resolve(found);
      dialing.destroy();
    };
    const late = setTimeout(() => end(null), limitMs);
    const route = { ...way, offers: ['h2', 'http/1.1'] };
    const dialing = dial(
      route,
      {
        opened: () => end((dialing.socket as TLSSocket).alpnProtocol === 'h2'),
        refused: () => end(null),
        broke: () => end(null),
        closed: () => end(null),
        read() {},
        finished() {},
      },
      createClock(),
    );
  });
}
