import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { type GoogleAuth, OAuth2Client } from 'google-auth-library';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { geminiScripts, geminiServer, vertexServer } from './gemini-server.ts';
import { fetchOf, type StandIn, secret, told } from './stand-in.ts';

function clientOf(standIn: StandIn, cuts: readonly number[], ofCloud: boolean): GoogleGenAI {
  const httpOptions = { fetch: fetchOf(standIn, cuts), baseUrl: 'http://google.test', retryOptions: { attempts: 1 } };
  if (!ofCloud) return new GoogleGenAI({ apiKey: secret, httpOptions });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: secret, expiry_date: Date.now() + 3_600_000 });
  const googleAuthOptions = { authClient } as ConstructorParameters<typeof GoogleAuth>[0] & object;
  return new GoogleGenAI({
    vertexai: true,
    project: 'test-project',
    location: 'europe-west4',
    googleAuthOptions: googleAuthOptions as never,
    httpOptions,
  });
}

/** One request through the official client. */
const asking =
  (standIn: StandIn, ofCloud: boolean) =>
  async (model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> => {
    const client = clientOf(standIn, cuts, ofCloud);
    const request = { model, contents: 'Hi', config: { maxOutputTokens: 64, systemInstruction: 'Be brief.' } };
    const seen = { text: '', reasoning: '', tools: '' };
    let stop: string | null = null;
    let usage: GenerateContentResponse['usageMetadata'];
    const take = (reply: GenerateContentResponse) => {
      for (const part of reply.candidates?.[0]?.content?.parts ?? []) {
        if (part.thought === true) seen.reasoning += part.text ?? '';
        else seen.text += part.text ?? '';
        if (part.functionCall) seen.tools += `${part.functionCall.name}${JSON.stringify(part.functionCall.args)}`;
      }
      stop = reply.candidates?.[0]?.finishReason ?? reply.promptFeedback?.blockReason ?? stop;
      usage = reply.usageMetadata ?? usage;
    };
    try {
      if (stream) for await (const reply of await client.models.generateContentStream(request)) take(reply);
      else take(await client.models.generateContent(request));
    } catch (error) {
      return { ...told({}), failure: failureOf(error) };
    }
    const total = usage?.totalTokenCount;
    const input = usage === undefined ? null : (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0);
    return {
      ...told(seen),
      input,
      cached: usage?.cachedContentTokenCount ?? null,
      // As documented, the total is the sum of all, so that what is not input is output.
      output: total === undefined || input === null ? null : total - input,
      outputReasoning: usage?.thoughtsTokenCount ?? null,
      stop,
      failure: null,
    };
  };

const byStatus: Readonly<Record<number, FailureCode>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  429: 'rate_limited',
  503: 'overloaded',
};

function failureOf(error: unknown): FailureCode | 'unclassified' {
  if (!(error instanceof ApiError)) return 'unclassified';
  // Its only word for a wrong key stands in the text.
  if (error.message.includes('API_KEY_INVALID')) return 'unauthorized';
  return byStatus[error.status] ?? (error.status < 500 ? 'rejected' : 'server_error');
}

const vendor = {
  scripts: geminiScripts,
  whole: ['whole'],
  clientBlind: { 'cut-short': 'It takes any end of the body for the end of the reply.' },
};
agrees({
  ...vendor,
  protocol: 'gemini',
  standIn: geminiServer,
  base: (origin) => origin,
  askClient: asking(geminiServer, false),
});
agrees({
  ...vendor,
  protocol: 'vertex',
  standIn: vertexServer,
  base: (origin) => `${origin}/v1/projects/test-project/locations/europe-west4`,
  askClient: asking(vertexServer, true),
});
