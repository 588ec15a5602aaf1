import type { Turn } from '../record/turn.ts';
import { routePath } from './address.ts';
import { protocolNamed } from './protocols.ts';
import { Reception } from './reception.ts';
import { requestBytes } from './request.ts';
import { routeSecrets, routeTo } from './route.ts';
import type { Flight, LiveCounters, Prepared, Target, TargetOptions } from './target.ts';
import { Transport } from './transport.ts';

interface PreparedRequest extends Prepared {
  readonly stream: boolean;
  readonly choices: number;
  readonly cap: number | null;
}

/**
 * A target that speaks HTTP/1.1 over kept-alive sockets.
 *
 * Limits are watched with one timer for all requests: a limit of 100 ms or more is noticed within about a millisecond on
 * an idle process, and the failure's `endMs` is the time of notice. A request that was written to an idle connection
 * which the server was just closing, so that not one byte of an answer came, is sent once more on a fresh connection;
 * its `sentMs` stays the first one, so that the detour is part of its TTFT.
 *
 * Throws UserError: unknown protocol, bad URL, proxy, CA file, header or key.
 */
export function createTarget(options: TargetOptions): Target {
  const { clock, limits } = options;
  const protocol = protocolNamed(options.protocol);
  const route = routeTo(options.url, options.caFile);
  const path = routePath(route.address, protocol.route);
  const secrets = routeSecrets(route, options.apiKey, options.headers);
  const transport = new Transport(route, limits.connectMs, clock);
  const live: LiveCounters = { contentEvents: 0, tokens: 0, connectionsOpened: 0, inFlight: 0 };

  function prepare(turn: Turn): PreparedRequest {
    const body = protocol.body(turn, options);
    const stream = body['stream'] === true;
    const accept = stream ? 'text/event-stream' : 'application/json';
    const named = turn.requestId === undefined ? null : { 'x-request-id': turn.requestId };
    const headers = named === null ? options.headers : { ...named, ...options.headers };
    const head = { method: 'POST', path, accept, apiKey: options.apiKey, headers };
    return {
      turn,
      bytes: requestBytes(route, head, JSON.stringify(body)),
      stream,
      choices: positive(body['n']) ?? 1,
      cap: positive(body['max_completion_tokens']) ?? positive(body['max_tokens']),
    };
  }

  function send(prepared: Prepared): Flight {
    const { bytes, turn, stream, choices, cap } = prepared as PreparedRequest;
    const settled = Promise.withResolvers<Awaited<Flight['received']>>();
    const sentMs = clock.now();
    const reception = new Reception(protocol, {
      stream,
      sentMs,
      choices,
      cap,
      keepText: turn.keepText,
      limits,
      secrets,
      originUnixMs: clock.originUnixMs,
      live,
    });
    live.inFlight++;
    const call = transport.call(bytes, 'POST', reception, ({ spans }) => {
      live.inFlight--;
      live.connectionsOpened = transport.openedCount;
      settled.resolve(reception.received(spans));
    });
    return {
      received: settled.promise,
      abandon(reason) {
        if (reception.ended) return;
        reception.abandon(reason, clock.now());
        transport.drop(call);
      },
    };
  }

  // What can be wrong in headers and key is said now, not at the first request.
  prepare({ prompt: { kind: 'text', text: '' }, inputTokens: null, outputTokens: null, thinkMs: 0, keepText: false });
  return {
    prepare,
    send,
    live,
    async connect(count) {
      await transport.connect(count);
      live.connectionsOpened = transport.openedCount;
    },
    close: () => transport.close(),
  };
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}
