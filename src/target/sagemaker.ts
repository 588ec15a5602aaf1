import type { FailureCode } from '../record/exchange.ts';
import { type EventStreamHeaders, EventStreamReader, type EventStreamSink } from '../wire/eventstream.ts';
import { bearerAccess } from './access.ts';
import { awsAccess } from './aws-access.ts';
import { awsLabel, eventStreamFailure, sentence } from './aws-stream.ts';
import type { Facts } from './facts.ts';
import { count, object, parseObject, text } from './json-events.ts';
import { openaiChat } from './openai.ts';
import type { Protocol, StreamDecoder } from './protocol.ts';
import { codeOfStatus } from './status.ts';
import { askTrial } from './trial.ts';

/**
 * An endpoint of Amazon SageMaker AI whose container speaks OpenAI's chat, as those of vLLM, SGLang, LMI and Neuron do
 * (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html): the
 * endpoint's name is the model, requests are signed, and what the container streams comes in payload parts.
 */
export const sagemaker: Protocol = {
  name: 'sagemaker',
  promptKind: 'messages',
  output: 'tokens',
  apiPath: '',
  route: ({ model, stream }) => `endpoints/${awsLabel(model)}/invocations${stream ? '-response-stream' : ''}`,
  streamType: 'application/vnd.amazon.eventstream',
  access: ({ apiKey, address }) => (apiKey === null ? awsAccess(address, 'sagemaker') : bearerAccess(apiKey)),
  credentials: 'the AWS credentials',
  body(turn, options) {
    // The container has a name of its own for the model, which a field of the user's body may say.
    const { model, ...body } = openaiChat.body(turn, { ...options, body: {} });
    return { ...body, ...options.body };
  },
  decoder: (facts) => new PayloadParts(facts),
  readWhole: openaiChat.readWhole,
  refusal({ headers, json }) {
    const reply = object(json);
    const type = headers['x-amzn-errortype']?.split(':')[0] ?? '';
    const message = text(reply['Message']) || text(reply['message']) || text(reply['OriginalMessage']);
    // What the container answered, and an endpoint that is not there, are errors of the request to SageMaker.
    const original = count(reply['OriginalStatusCode']);
    const missing = type === 'ValidationError' && /endpoint .*not found/i.test(message);
    const code = missing ? 'not_found' : original === null ? codes[type.toLowerCase()] : codeOfStatus(original);
    return {
      code: code ?? null,
      message: type === '' && message === '' ? null : sentence(type || 'an error', message),
      retryAfterMs: null,
    };
  },
  listing: null,
  features: (asker, question) => askTrial(asker, question, sagemaker),
};

const codes: Readonly<Record<string, FailureCode>> = {
  throttlingexception: 'rate_limited',
  serviceunavailable: 'overloaded',
  modelnotreadyexception: 'overloaded',
  validationerror: 'rejected',
  accessdeniedexception: 'unauthorized',
  unrecognizedclientexception: 'unauthorized',
  invalidsignatureexception: 'unauthorized',
  expiredtokenexception: 'unauthorized',
  internalfailure: 'server_error',
  internaldependencyexception: 'server_error',
  modelerror: 'server_error',
  modelstreamerror: 'server_error',
  internalstreamfailure: 'server_error',
};

/** Payload parts cut the container's stream anywhere: what is in them is put together by its own reader. */
class PayloadParts implements StreamDecoder, EventStreamSink {
  private readonly facts: Facts;
  private readonly reader = new EventStreamReader(this);
  private readonly inner: StreamDecoder;

  constructor(facts: Facts) {
    this.facts = facts;
    this.inner = openaiChat.decoder(facts);
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    this.reader.push(bytes, start, end, atUs);
    eventStreamFailure(this.reader.fault, this.facts);
  }

  end(clean: boolean): void {
    this.inner.end(clean && this.reader.pendingBytes === 0);
  }

  message(headers: EventStreamHeaders, bytes: Buffer, start: number, end: number, atUs: number): boolean {
    const { facts } = this;
    if (headers[':message-type'] === 'event') this.inner.push(bytes, start, end, atUs);
    else {
      const type = String(headers[':exception-type'] ?? headers[':error-code']);
      const data = bytes.toString('utf8', start, end);
      const { Message, message } = object(parseObject(data));
      const said = text(Message) || text(message) || text(headers[':error-message']);
      facts.fail(codes[type.toLowerCase()] ?? 'server_error', sentence(type, said), data);
    }
    return facts.terminated || facts.failure !== null;
  }
}
