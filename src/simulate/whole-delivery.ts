import { type Answer, idsOf, textOf } from './answer.ts';
import { type Delivery, type DeliveryFacts, failedInside, finalUsage } from './delivery.ts';
import type { HttpReply } from './http.ts';
import { asciiJson, chunk, logprobsJson } from './wire.ts';

/** One JSON object at the end. */
export class WholeDelivery implements Delivery {
  readonly #facts: DeliveryFacts;
  readonly #reply: HttpReply;
  #broken = false;

  constructor(facts: DeliveryFacts, reply: HttpReply) {
    this.#facts = facts;
    this.#reply = reply;
  }

  begin(): void {}

  tokens(): void {}

  finish(cachedTokens: number): void {
    const body = this.#body(cachedTokens);
    this.#reply.respond(
      200,
      'content-type: application/json\r\n',
      this.#broken ? body.slice(0, body.length / 2) : body,
    );
  }

  malformed(): void {
    this.#broken = true;
  }

  error(): void {
    this.#reply.respond(500, 'content-type: application/json\r\n', failedInside.body);
  }

  truncate(): void {
    this.#reply.open(200, 'content-type: application/json\r\n');
    this.#reply.breakOff(chunk(this.#body(0).slice(0, 40)));
  }

  #body(cachedTokens: number): string {
    const { route, id, created, model, fingerprint, answers, ask } = this.#facts;
    const choices = answers.map((answer, index) =>
      route === 'chat' ? this.#chat(answer, index) : this.#text(answer, index),
    );
    const ids = ask.tokenIds && route === 'chat' ? [...ask.promptIds] : null;
    const open = asciiJson({
      id,
      object: route === 'chat' ? 'chat.completion' : 'text_completion',
      created,
      model,
      choices,
      service_tier: null,
      system_fingerprint: fingerprint,
    });
    const usage = finalUsage(this.#facts, cachedTokens, true);
    const prompt =
      route === 'chat' ? `"prompt_logprobs":null,"prompt_token_ids":${JSON.stringify(ids)},"prompt_text":null,` : '';
    return `${open.slice(0, -1)},"usage":${usage},${prompt}"kv_transfer_params":null,"ec_transfer_params":null,"metrics":null}`;
  }

  #ending(answer: Answer): Record<string, unknown> {
    const { route, ask } = this.#facts;
    return {
      logprobs: ask.logprobs === null ? null : JSON.parse(logprobsJson(route, answer, 0, answer.tokens, ask.logprobs)),
      finish_reason: answer.finish,
      stop_reason: null,
      token_ids: ask.tokenIds ? idsOf(answer, 0, answer.tokens) : null,
    };
  }

  #chat(answer: Answer, index: number): Record<string, unknown> {
    const message = {
      role: 'assistant',
      content: textOf(answer, answer.reasoning, answer.tokens),
      refusal: null,
      annotations: null,
      audio: null,
      function_call: null,
      reasoning: answer.reasoning > 0 ? textOf(answer, 0, answer.reasoning) : null,
    };
    return { index, message, ...this.#ending(answer), routed_experts: null };
  }

  #text(answer: Answer, index: number): Record<string, unknown> {
    const ids = this.#facts.ask.tokenIds ? [...this.#facts.ask.promptIds] : null;
    const text = textOf(answer, 0, answer.tokens);
    return { index, text, ...this.#ending(answer), prompt_logprobs: null, prompt_token_ids: ids, routed_experts: null };
  }
}
