import { checkModel, readMessages } from './ask.ts';
import { booleanField, type Json, missingField, parseBody, refusedField } from './fields.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import type { Metrics } from './metrics.ts';
import type { Simulation } from './options.ts';
import type { Scheduler } from './sequence.ts';
import { encode, encodeChat, type PieceMemory, TokenIds } from './tokenizer.ts';

const json = 'content-type: application/json\r\n';

/** What the small routes answer from. */
export interface RouteFacts {
  readonly simulation: Simulation;
  readonly metrics: Metrics;
  readonly scheduler: Scheduler;
  readonly pieces: PieceMemory;
  readonly version: string;
  readonly startedUnixS: number;
}

export type Respond = (facts: RouteFacts, request: HttpRequest, reply: HttpReply) => void;

/** Every route but the two that generate. */
export const smallRoutes: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly respond: Respond }>> = {
  '/health': { method: 'GET', respond: (_, __, reply) => reply.respond(200, '', '') },
  '/ping': { method: 'GET', respond: (_, __, reply) => reply.respond(200, '', '') },
  '/version': {
    method: 'GET',
    respond: ({ version }, _, reply) => reply.respond(200, json, JSON.stringify({ version, simulator: 'tokbench' })),
  },
  '/load': {
    method: 'GET',
    respond: ({ metrics }, _, reply) => reply.respond(200, json, JSON.stringify({ server_load: metrics.inFlight })),
  },
  '/metrics': {
    method: 'GET',
    respond: ({ metrics, scheduler }, _, reply) =>
      reply.respond(200, 'content-type: text/plain; version=1.0.0; charset=utf-8\r\n', metrics.exposition(scheduler)),
  },
  '/v1/models': { method: 'GET', respond: (facts, _, reply) => reply.respond(200, json, models(facts)) },
  '/tokenize': {
    method: 'POST',
    respond: (facts, request, reply) => reply.respond(200, json, tokenize(facts, parseBody(request.body))),
  },
  '/detokenize': {
    method: 'POST',
    respond: (facts, request, reply) => reply.respond(200, json, detokenize(facts, parseBody(request.body))),
  },
};

function models({ simulation, startedUnixS }: RouteFacts): string {
  const created = Math.floor(startedUnixS);
  const permission = {
    id: 'modelperm-simulated',
    object: 'model_permission',
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  };
  const model = {
    id: simulation.model,
    object: 'model',
    created,
    owned_by: 'tokbench',
    root: simulation.model,
    parent: null,
    max_model_len: simulation.profile.maxModelTokens,
    permission: [permission],
  };
  return JSON.stringify({ object: 'list', data: [model] });
}

function tokenize({ simulation, pieces }: RouteFacts, body: Json): string {
  checkModel(body, simulation.model);
  const ids = new TokenIds();
  const texts: string[] = [];
  const remember = (id: number, piece: string) => {
    pieces.remember(id, piece);
    texts.push(piece);
  };
  const { prompt } = body;
  if (typeof prompt === 'string') encode(prompt, ids, remember);
  else if (body['messages'] !== undefined)
    encodeChat(readMessages(body), booleanField(body, 'add_generation_prompt') ?? true, ids, remember);
  else if (prompt === undefined) throw missingField(body, 'prompt');
  else throw refusedField('string_type', 'prompt', 'Input should be a valid string', prompt);
  return JSON.stringify({
    count: ids.length,
    max_model_len: simulation.profile.maxModelTokens,
    tokens: ids.toArray(),
    token_strs: booleanField(body, 'return_token_strs') ? texts : null,
  });
}

function detokenize({ simulation, pieces }: RouteFacts, body: Json): string {
  checkModel(body, simulation.model);
  const { tokens } = body;
  if (tokens === undefined) throw missingField(body, 'tokens');
  if (!Array.isArray(tokens) || !tokens.every((id) => Number.isInteger(id)))
    throw refusedField('list_type', 'tokens', 'Input should be a valid list', tokens);
  return JSON.stringify({ prompt: pieces.text(tokens as number[]) });
}
