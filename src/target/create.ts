import { UserError } from '../error/user-error.ts';
import type { Turn } from '../record/turn.ts';
import { bearerAccess } from './access.ts';
import { routePath } from './address.ts';
import { type Asked, openaiAsked } from './protocol.ts';
import { protocolNamed } from './protocols.ts';
import { Reception } from './reception.ts';
import { requestBytes } from './request.ts';
import { routeSecrets, routeTo } from './route.ts';
import type { Flight, LiveCounters, Prepared, Received, Target, TargetOptions } from './target.ts';
import { Transport } from './transport.ts';

interface PreparedRequest extends Prepared, Asked {
  bytes: Uint8Array;
  /** Kept when `bytes` are there: a signature or a token may take a moment. Null = they are. */
  signing: Promise<void> | null;
  /** When it was let in. */
  readonly preparedMs: number;
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
  const route = routeTo(options.url, options.caFile, protocol.apiPath);
  const { address } = route;
  const access = protocol.access?.({ ...options, address }) ?? bearerAccess(options.apiKey);
  const secrets = routeSecrets(route, access, options.headers);
  const transport = new Transport(route, limits.connectMs, clock);
  const live: LiveCounters = { contentEvents: 0, tokens: 0, connectionsOpened: 0, inFlight: 0 };

  function prepare(turn: Turn): PreparedRequest {
    const body = protocol.body(turn, options);
    const asked = protocol.asked?.(body, options) ?? openaiAsked(body);
    const { stream } = asked;
    const named = turn.requestId === undefined ? null : { 'x-request-id': turn.requestId };
    const head = {
      method: 'POST',
      path: routePath(address, protocol.route({ address, model: options.model, stream })),
      accept: stream ? (protocol.streamType ?? 'text/event-stream') : 'application/json',
      protocolHeaders: protocol.headers ?? {},
      headers: named === null ? options.headers : { ...named, ...options.headers },
    };
    const bytes = requestBytes(route, head, JSON.stringify(body), access);
    const preparedMs = clock.now();
    if (!(bytes instanceof Promise)) return { turn, bytes, signing: null, preparedMs, ...asked };
    const prepared: PreparedRequest = { turn, bytes: Buffer.alloc(0), signing: null, preparedMs, ...asked };
    prepared.signing = bytes.then((signed) => {
      prepared.bytes = signed;
      prepared.signing = null;
    });
    prepared.signing.catch(() => {}); // whoever sends it hears of it
    return prepared;
  }

  function receptionOf(request: PreparedRequest): Reception {
    return new Reception(protocol, {
      stream: request.stream,
      sentMs: clock.now(),
      choices: request.choices,
      cap: request.cap,
      keepText: request.turn.keepText,
      limits,
      secrets: secrets(),
      originUnixMs: clock.originUnixMs,
      live,
    });
  }

  function fly(request: PreparedRequest, landed: (received: Received) => void): Flight['abandon'] {
    const reception = receptionOf(request);
    const call = transport.call(request.bytes, 'POST', reception, ({ spans }) => {
      live.connectionsOpened = transport.openedCount;
      landed(reception.received(spans));
    });
    return (reason) => {
      if (reception.ended) return;
      reception.abandon(reason, clock.now());
      transport.drop(call);
    };
  }

  /** The bytes are not there yet; the request is sent when they are, unless it was given up by then. */
  function flyOnceSigned(request: PreparedRequest, landed: (received: Received) => void): Flight['abandon'] {
    let abandon: Flight['abandon'] | null = null;
    let over = false;
    const end = (finish: (reception: Reception) => void): void => {
      const reception = receptionOf(request);
      finish(reception);
      over = true;
      landed(reception.received(null));
    };
    request.signing!.then(
      () => {
        if (!over) abandon = fly(request, landed);
      },
      (error: unknown) => {
        if (!over) end((reception) => reception.fail('unauthorized', unsigned(error), clock.now()));
      },
    );
    return (reason) => {
      if (abandon !== null) abandon(reason);
      else if (!over) end((reception) => reception.abandon(reason, clock.now()));
    };
  }

  /** Signatures and tokens hold for minutes: what waited longer is prepared again. */
  function fresh(request: PreparedRequest): PreparedRequest {
    const { freshMs } = access;
    return freshMs === undefined || clock.now() - request.preparedMs <= freshMs ? request : prepare(request.turn);
  }

  function send(prepared: Prepared): Flight {
    const request = fresh(prepared as PreparedRequest);
    const settled = Promise.withResolvers<Received>();
    live.inFlight++;
    const landed = (received: Received): void => {
      live.inFlight--;
      settled.resolve(received);
    };
    const abandon = request.signing === null ? fly(request, landed) : flyOnceSigned(request, landed);
    return { received: settled.promise, abandon };
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

function unsigned(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return `The request could not be signed: ${error instanceof Error ? error.message : String(error)}`;
}
