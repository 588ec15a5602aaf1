import { timingSafeEqual } from 'node:crypto';
import { type Route, readAsk } from './ask.ts';
import { failedInside } from './delivery.ts';
import { mix32 } from './draw.ts';
import type { Agenda } from './due.ts';
import { type FaultName, faultOf } from './fault.ts';
import { parseBody, Refused } from './fields.ts';
import { Generation, type Surroundings } from './generation.ts';
import { HeldReply } from './held-reply.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { type Refusal, refuse, refuseRoute } from './refusal.ts';
import { type RouteFacts, smallRoutes } from './route.ts';

const json = 'content-type: application/json\r\n';
const generateRoutes: Readonly<Record<string, Route>> = {
  '/v1/chat/completions': 'chat',
  '/v1/completions': 'completions',
};

/** Answers requests: routes, checks, draws faults and starts generations. Knows nothing of sockets. */
export class Server {
  readonly #around: Surroundings;
  readonly #facts: RouteFacts;
  readonly #agenda: Agenda;
  readonly #wake: () => void;
  #ordinal = 0;

  constructor(around: Surroundings, facts: RouteFacts, agenda: Agenda, wake: () => void) {
    this.#around = around;
    this.#facts = facts;
    this.#agenda = agenda;
    this.#wake = wake;
  }

  readonly handle = (request: HttpRequest, reply: HttpReply): void => {
    const receivedMs = this.#around.now();
    try {
      const refusal = this.#refusalBeforeBody(request);
      const route = generateRoutes[request.path];
      if (refusal) send(reply, refusal);
      else if (route) this.#generate(route, request, reply, receivedMs);
      else smallRoutes[request.path]!.respond(this.#facts, request, reply);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      send(reply, error.refusal);
    }
  };

  #refusalBeforeBody(request: HttpRequest): Refusal | null {
    if (request.path.startsWith('/v1') && !this.#authorised(request))
      return { status: 401, headers: '', body: JSON.stringify({ error: 'Unauthorized' }) };
    const method = generateRoutes[request.path] ? 'POST' : smallRoutes[request.path]?.method;
    if (method === undefined) return refuseRoute(404, 'Not Found');
    return request.method === method ? null : refuseRoute(405, 'Method Not Allowed', `allow: ${method}\r\n`);
  }

  #authorised(request: HttpRequest): boolean {
    const { apiKey } = this.#around.simulation;
    if (apiKey === null) return true;
    const given = Buffer.from(request.headers.get('authorization') ?? '');
    const wanted = Buffer.from(`Bearer ${apiKey}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #generate(route: Route, request: HttpRequest, reply: HttpReply, receivedMs: number): void {
    const { simulation } = this.#around;
    const limits = { model: simulation.model, maxModelTokens: simulation.profile.maxModelTokens };
    const ask = readAsk(route, parseBody(request.body), limits);
    const ordinal = this.#ordinal++;
    const id = this.#idOf(route, request, ordinal);
    const fault = faultOf(simulation.faults, simulation.seed, ordinal);
    if (fault === 'rate_limited' || fault === 'server_error') {
      this.#refuseByFault(fault, {
        route,
        id,
        ordinal,
        stream: ask.stream,
        promptTokens: ask.promptIds.length,
        receivedMs,
      });
      send(reply, fault === 'rate_limited' ? this.#rateLimit() : failedInside);
      return;
    }
    const way = fault === 'slow_header' ? this.#held(reply, receivedMs) : reply;
    new Generation(this.#around, ask, way, { id, ordinal, fault, arrivedMs: receivedMs }).start();
    this.#wake();
  }

  #held(reply: HttpReply, receivedMs: number): HttpReply {
    const held = new HeldReply(reply);
    this.#agenda.at(receivedMs + this.#around.simulation.slowHeaderMs, () => held.release());
    return held;
  }

  /** vLLM takes the client's `x-request-id` into its own id. */
  #idOf(route: Route, request: HttpRequest, ordinal: number): string {
    const prefix = route === 'chat' ? 'chatcmpl-' : 'cmpl-';
    const given = request.headers.get('x-request-id');
    if (given !== undefined && /^[\w.:-]{1,128}$/.test(given)) return prefix + given;
    const { seed } = this.#around.simulation;
    const half = (salt: number) =>
      mix32(Math.imul(seed + salt, 0x9e3779b1) + ordinal)
        .toString(16)
        .padStart(8, '0');
    return prefix + half(1) + half(2);
  }

  #rateLimit(): Refusal {
    const { retryAfterS } = this.#around.simulation;
    const message = `Too many requests on purpose: a simulated fault. Retry after ${retryAfterS} s.`;
    return refuse(429, 'RateLimitError', null, message, `retry-after: ${retryAfterS}\r\n`);
  }

  #refuseByFault(
    fault: FaultName,
    facts: { route: Route; id: string; ordinal: number; stream: boolean; promptTokens: number; receivedMs: number },
  ): void {
    this.#around.truth?.request({
      ...facts,
      startedMs: null,
      cachedTokens: 0,
      plannedTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      eventsUs: [],
      endMs: this.#around.now(),
      fault,
      end: 'refused',
      status: fault === 'rate_limited' ? 429 : 500,
    });
  }
}

function send(reply: HttpReply, refusal: Refusal): void {
  reply.respond(refusal.status, `${json}${refusal.headers}`, refusal.body);
}
