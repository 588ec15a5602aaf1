import { signatureProblem } from './aws-signature.ts';
import { encode } from './bedrock-server.ts';
import { chatScripts } from './openai-server.ts';
import { json, piecesOf, type Script, type StandIn, type StandInReply, told } from './stand-in.ts';

/** A part of what the container streams; SageMaker cuts it where it likes. */
const part = (bytes: Buffer) =>
  encode(
    { ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream', ':message-type': 'event' },
    bytes,
  );
const exception = (type: string, payload: Record<string, unknown>) =>
  encode(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(payload),
  );
const stream = (messages: readonly Buffer[], more: Partial<StandInReply> = {}): StandInReply => ({
  status: 200,
  headers: {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-sagemaker-content-type': 'text/event-stream; charset=utf-8',
  },
  body: Buffer.concat(messages),
  ...more,
});
const refused = (status: number, type: string, body: Record<string, unknown>) =>
  json(status, body, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` });

/** What a container of vLLM streams, in parts of 60 bytes, which end within lines and characters. */
function inParts({ reply, truth }: Script): Script {
  if (reply.status !== 200 || reply.headers['content-type'] === 'application/json') return { reply, truth };
  const cuts = Array.from({ length: Math.ceil(reply.body.length / 60) }, (_, k) => 60 * (k + 1));
  const parts = piecesOf(reply.body, cuts).map(part);
  return { reply: stream(parts, reply.breaks === undefined ? {} : { breaks: reply.breaks }), truth };
}
const ofContainer = [
  'plain',
  'cached',
  'reasoning',
  'tools',
  'cut-at-cap',
  'without-usage',
  'silent',
  'whole',
  'failing-within',
  'breaking',
  'cut-short',
];
const hi = part(Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'));

/** Endpoints of the stand-in by name. */
export const sagemakerScripts: Readonly<Record<string, Script>> = {
  ...Object.fromEntries(ofContainer.map((name) => [name, inParts(chatScripts[name]!)])),
  'one-part': {
    reply: stream([part(chatScripts['plain']!.reply.body)]),
    truth: chatScripts['plain']!.truth,
  },
  'model-failing-within': {
    reply: stream([hi, exception('ModelStreamError', { Message: 'It was reset', ErrorCode: 'StreamBroken' })]),
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  'stream-failing-within': {
    reply: stream([hi, exception('InternalStreamFailure', { Message: 'It failed' })]),
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  flipped: {
    reply: (() => {
      const reply = stream([hi, hi]);
      reply.body[hi.length + 130]! ^= 1;
      return reply;
    })(),
    truth: told({ text: 'Hi', failure: 'bad_crc' }),
  },
  unavailable: {
    reply: refused(503, 'ServiceUnavailable', { Message: 'Try again' }),
    truth: told({ failure: 'overloaded' }),
  },
  'not-ready': {
    reply: refused(429, 'ModelNotReadyException', { Message: 'It loads' }),
    truth: told({ failure: 'overloaded' }),
  },
  throttled: {
    reply: refused(400, 'ThrottlingException', { message: 'Rate exceeded' }),
    truth: told({ failure: 'rate_limited' }),
  },
  missing: {
    reply: refused(400, 'ValidationError', { Message: 'Endpoint missing of account 123456789012 not found.' }),
    truth: told({ failure: 'not_found' }),
  },
  wrong: { reply: refused(400, 'ValidationError', { Message: 'Bad body' }), truth: told({ failure: 'rejected' }) },
  failing: {
    reply: refused(500, 'InternalFailure', { Message: 'Internal' }),
    truth: told({ failure: 'server_error' }),
  },
  'container-busy': {
    reply: refused(424, 'ModelError', {
      Message: 'Received server error (503) from primary', OriginalStatusCode: 503, OriginalMessage: 'busy',
    }), // biome-ignore format: rows
    truth: told({ failure: 'overloaded' }),
  },
  'container-refusing': {
    reply: refused(424, 'ModelError', {
      Message: 'Received client error (400) from primary', OriginalStatusCode: 400, OriginalMessage: 'too long',
    }), // biome-ignore format: rows
    truth: told({ failure: 'rejected' }),
  },
};

/** `POST /endpoints/{name}/invocations` and `…-response-stream`, signed. */
export const sagemakerServer: StandIn = (request) => {
  const { method, path, text } = request;
  const name = /^\/endpoints\/([^/]+)\/invocations(-response-stream)?$/.exec(path)?.[1];
  if (method !== 'POST' || name === undefined) return refused(404, 'UnknownOperationException', {});
  const why = signatureProblem(request, 'sagemaker');
  if (why !== null) return refused(403, 'InvalidSignatureException', { message: why });
  if (!Array.isArray((JSON.parse(text) as { messages?: unknown }).messages))
    return refused(424, 'ModelError', { Message: 'no messages', OriginalStatusCode: 422 });
  const script = sagemakerScripts[decodeURIComponent(name)];
  return script?.reply ?? refused(400, 'ValidationError', { Message: `Endpoint ${name} of account 1 not found.` });
};
