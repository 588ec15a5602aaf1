import { bearerAccess } from './access.ts';
import { geminiWire } from './gemini.ts';
import { geminiCountRoute, geminiRoute } from './gemini-request.ts';
import { googleAccess } from './google-access.ts';
import { object } from './json-events.ts';
import type { Protocol } from './protocol.ts';
import { askTrial } from './trial.ts';

/**
 * Gemini on Google Cloud (https://cloud.google.com/vertex-ai/docs/reference/rest): the base URL ends in
 * `/v1/projects/PROJECT/locations/LOCATION`, and an OAuth token lets in: one from a variable, else one of the application
 * default credentials, unless a header of the user says who asks.
 */
export const vertex: Protocol = {
  name: 'vertex',
  ...geminiWire,
  route: ({ model, stream }) => geminiRoute(resourceOf(model), stream),
  credentials: 'Google’s credentials',
  access: ({ apiKey, headers, address }) =>
    apiKey === null && !saysWho(headers) ? googleAccess(address) : bearerAccess(apiKey),
  listing: null,
  counting: {
    request: ({ model }, { contents, systemInstruction }) => ({
      path: geminiCountRoute(resourceOf(model)),
      body: { contents, systemInstruction },
    }),
    read: (json) => object(json)['totalTokens'],
  },
  features: (asker, question) => askTrial(asker, question, vertex),
};

/** `gemini-x` is Google's own; `publisher/model` another's; an endpoint or a full name is taken as it is. */
function resourceOf(model: string): string {
  if (/^(publishers|endpoints|models)\//.test(model)) return model;
  const [publisher, name] = model.split('/', 2);
  return name === undefined ? `publishers/google/models/${model}` : `publishers/${publisher}/models/${name}`;
}

function saysWho(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => /^(authorization|x-goog-api-key)$/i.test(name));
}
