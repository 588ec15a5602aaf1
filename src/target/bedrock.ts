import type { Turn } from '../record/turn.ts';
import { type Access, bearerAccess } from './access.ts';
import { awsAccess } from './aws-access.ts';
import { awsLabel, sentence } from './aws-stream.ts';
import { BedrockStream, bedrockCodes, bedrockUsage, finishBedrock } from './bedrock-stream.ts';
import type { Facts } from './facts.ts';
import { count, type Fields, list, object, text } from './json-events.ts';
import { characters } from './openai-frame.ts';
import type { AccessOptions, BodyOptions, Protocol } from './protocol.ts';
import { askTrial } from './trial.ts';

/**
 * Amazon Bedrock's Converse API (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html)
 * over HTTP/1.1; AWS's own client takes HTTP/2 unless told otherwise. The body's `inferenceConfig` is merged.
 */
export const bedrock: Protocol = {
  name: 'bedrock',
  promptKind: 'messages',
  output: 'tokens',
  apiPath: '',
  route: ({ model, stream }) => `model/${awsLabel(model)}/${stream ? 'converse-stream' : 'converse'}`,
  streamType: 'application/vnd.amazon.eventstream',
  access: letIn,
  credentials: 'the AWS credentials',
  body,
  asked: (asked, options) => ({
    stream: options.stream,
    choices: 1,
    cap: count(object(asked['inferenceConfig'])['maxTokens']) || null,
  }),
  decoder: (facts) => new BedrockStream(facts),
  readWhole,
  refusal({ headers, json }) {
    const reply = object(json);
    // `ThrottlingException:http://internal.amazon.com/…` in the header, `com.amazon…#ThrottlingException` in the body.
    const named = headers['x-amzn-errortype']?.split(':')[0] ?? text(reply['__type']).split('#').at(-1);
    const message = text(reply['message']) || text(reply['Message']);
    const known = named === undefined || named === '' ? null : named;
    return {
      code: bedrockCodes[(known ?? '').toLowerCase()] ?? null,
      message: known === null && message === '' ? null : sentence(known ?? 'an error', message),
      retryAfterMs: null,
    };
  },
  // They are listed by another service, under another name.
  listing: null,
  counting: {
    request: ({ model }, { messages, system }) => ({
      path: `model/${awsLabel(model)}/count-tokens`,
      body: { input: { converse: { messages, system } } },
    }),
    read: (json) => object(json)['inputTokens'],
  },
  features: (asker, question) => askTrial(asker, question, bedrock),
};

/** A bearer key, named or in the variable that AWS's own clients read, stands before a signature. */
function letIn({ apiKey, headers, address }: AccessOptions): Access {
  const saysWho = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  const key = apiKey ?? (process.env['AWS_BEARER_TOKEN_BEDROCK'] || null);
  return key !== null || saysWho ? bearerAccess(key) : awsAccess(address, 'bedrock');
}

function body(turn: Turn, options: BodyOptions): Record<string, unknown> {
  const { prompt } = turn;
  const messages = prompt.kind === 'text' ? [{ role: 'user' as const, content: prompt.text }] : prompt.messages;
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => ({ text: content }));
  const cap = turn.outputTokens === null ? {} : { maxTokens: turn.outputTokens };
  const config = { ...cap, ...object(options.body['inferenceConfig']) };
  return {
    messages: messages
      .filter(({ role }) => role !== 'system')
      .map(({ role, content }) => ({ role, content: [{ text: content }] })),
    ...(system.length === 0 ? {} : { system }),
    ...options.body,
    ...(Object.keys(config).length === 0 ? {} : { inferenceConfig: config }),
  };
}

function readWhole(reply: unknown, facts: Facts): void {
  const { output, stopReason, usage } = object(reply);
  const message = object(object(output)['message']);
  if (!Array.isArray(message['content'])) {
    facts.fail('malformed_event', 'The reply is no message of the Converse API.', JSON.stringify(reply));
    return;
  }
  for (const [index, block] of list(message['content']).entries()) readBlock(block, String(index), facts);
  const used = bedrockUsage(usage);
  if (used !== null) facts.usage.add(used, 0, 0);
  finishBedrock(stopReason, facts);
}

function readBlock(block: Fields, index: string, facts: Facts): void {
  const answer = text(block['text']);
  const call = block['toolUse'];
  const reasoning = block['reasoningContent'];
  if (answer !== '') {
    facts.textChars += characters(answer);
    if (facts.keepText) facts.text += answer;
    facts.fill('answer');
  } else if (typeof call === 'object' && call !== null) {
    const { name, input } = object(call);
    facts.toolFragment(index, true);
    facts.textChars += characters(text(name)) + characters(JSON.stringify(input ?? {}));
    facts.fill('tool');
  } else if (typeof reasoning === 'object' && reasoning !== null) {
    facts.textChars += characters(text(object(object(reasoning)['reasoningText'])['text']));
    facts.fill('reasoning');
  }
}
