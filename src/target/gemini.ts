import { keyAccess } from './access.ts';
import { geminiRefusal, readGeminiReply } from './gemini-reply.ts';
import { geminiBody, geminiCountRoute, geminiRoute } from './gemini-request.ts';
import { GeminiStream } from './gemini-stream.ts';
import { count, list, object } from './json-events.ts';
import type { Protocol } from './protocol.ts';
import { askTrial } from './trial.ts';

/** What the Gemini API and Vertex AI have in common: all but the address and who is let in. */
export const geminiWire: Pick<
  Protocol,
  'promptKind' | 'output' | 'body' | 'asked' | 'decoder' | 'readWhole' | 'refusal'
> = {
  promptKind: 'messages',
  output: 'tokens',
  body: geminiBody,
  asked(body, options) {
    const config = object(body['generationConfig']);
    return {
      stream: options.stream,
      choices: count(config['candidateCount']) || 1,
      cap: count(config['maxOutputTokens']) || null,
    };
  },
  decoder: (facts) => new GeminiStream(facts),
  readWhole: (reply, facts) => readGeminiReply(object(reply), facts, null),
  refusal: ({ json }) => geminiRefusal(json),
};

/** Google's Gemini API (https://ai.google.dev/api/generate-content), read as its JavaScript SDK 3.3 reads it. */
export const gemini: Protocol = {
  name: 'gemini',
  ...geminiWire,
  apiPath: '/v1beta',
  route: ({ model, stream }) => geminiRoute(resourceOf(model), stream),
  access: ({ apiKey }) => keyAccess('x-goog-api-key', '', apiKey),
  listing: {
    path: 'models?pageSize=1000',
    partial: true,
    read(json) {
      const { models } = object(json);
      if (!Array.isArray(models)) return null;
      return list(models).flatMap(({ name, inputTokenLimit }) =>
        typeof name === 'string'
          ? [{ id: name.replace(/^models\//, ''), contextTokens: count(inputTokenLimit) || null }]
          : [],
      );
    },
  },
  counting: {
    // With what the system says, which the bare form of the route leaves out.
    request: ({ model }, body) => ({
      path: geminiCountRoute(resourceOf(model)),
      body: { generateContentRequest: { model: resourceOf(model), ...body } },
    }),
    read: (json) => object(json)['totalTokens'],
  },
  features: (asker, question) => askTrial(asker, question, gemini),
};

function resourceOf(model: string): string {
  return /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
}
