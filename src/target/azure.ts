import { bearerAccess, keyAccess } from './access.ts';
import type { Address } from './address.ts';
import { askOpenaiFeatures } from './features.ts';
import { openaiChat } from './openai.ts';
import type { Protocol } from './protocol.ts';

/**
 * Chat on Azure OpenAI, with a deployment's name for the model (openai-node 7, docs/azure.md). With `?api-version=` and a
 * date in the URL its dated routes, else the v1 API. The key goes in `api-key`; a token of Microsoft Entra ID, which is
 * told by its form, as a bearer.
 */
export const azure: Protocol = {
  ...openaiChat,
  name: 'azure',
  apiPath: '/openai/v1',
  route: ({ address, model }) => chatRoute(address, model),
  access: ({ apiKey }) =>
    apiKey !== null && isToken(apiKey) ? bearerAccess(apiKey) : keyAccess('api-key', '', apiKey),
  // Of its models, not of its deployments, which alone can be asked.
  listing: null,
  features: (asker, question) => askOpenaiFeatures(asker, question, true, chatRoute(question.address, question.model)),
};

function chatRoute({ root, query }: Address, model: string): string {
  const version = new URLSearchParams(query).get('api-version') ?? '';
  if (!/^\d{4}-\d\d-\d\d/.test(version) || /\/deployments\/[^/]+$/.test(root)) return 'chat/completions';
  return `${root.endsWith('/openai') ? '' : '/openai'}/deployments/${encodeURIComponent(model)}/chat/completions`;
}

/** A JSON web token: three parts of base64url, of which the first is a JSON object. */
function isToken(key: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(key);
}
