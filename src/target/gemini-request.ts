import type { Turn } from '../record/turn.ts';
import { object } from './json-events.ts';
import type { BodyOptions } from './protocol.ts';

/** Path below the API of a model named as a resource; a stream comes as server-sent events. */
export function geminiRoute(resource: string, stream: boolean): string {
  const path = resource.split('/').map(encodeURIComponent).join('/');
  return stream ? `${path}:streamGenerateContent?alt=sse` : `${path}:generateContent`;
}

/** Path below the API that counts for a model named as a resource. */
export function geminiCountRoute(resource: string): string {
  return `${resource.split('/').map(encodeURIComponent).join('/')}:countTokens`;
}

/** Roles are `user` and `model`; what a system says stands beside them. Fields of `generationConfig` are merged. */
export function geminiBody(turn: Turn, options: BodyOptions): Record<string, unknown> {
  const { prompt } = turn;
  const messages = prompt.kind === 'text' ? [{ role: 'user' as const, content: prompt.text }] : prompt.messages;
  const parts = (content: string) => [{ text: content }];
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const cap = turn.outputTokens === null ? {} : { maxOutputTokens: turn.outputTokens };
  const config = { ...cap, ...object(options.body['generationConfig']) };
  return {
    contents: messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, content }) => ({ role: role === 'assistant' ? 'model' : 'user', parts: parts(content) })),
    ...(system.length === 0 ? {} : { systemInstruction: { parts: parts(system.join('\n\n')) } }),
    ...options.body,
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  };
}
