import type { Message, Prompt } from '../record/turn.ts';

/** A prompt for a route that takes a chat. */
export function messagesOf(prompt: Prompt): readonly Message[] {
  return prompt.kind === 'messages' ? prompt.messages : [{ role: 'user', content: prompt.text }];
}

/** A prompt for a route that takes plain text. */
export function textOf(prompt: Prompt): string {
  return prompt.kind === 'text' ? prompt.text : prompt.messages.map((message) => message.content).join('\n\n');
}
