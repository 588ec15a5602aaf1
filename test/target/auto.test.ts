import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import { answeringProtocols, refuseMissingRoute, resolveProtocol, withFitting } from '../../src/target/auto.ts';
import { identify } from '../../src/target/identify.ts';
import { ollamaServer } from './ollama-server.ts';
import { json, listen, type StandIn } from './stand-in.ts';

/** A server with these routes, which refuses an empty request on each of them with this status. */
const having =
  (routes: Readonly<Record<string, number>>, answers: Readonly<Record<string, unknown>> = {}): StandIn =>
  ({ path }) => {
    if (path in answers) return json(200, answers[path]);
    const status = routes[path];
    return status === undefined ? json(404, { detail: 'Not Found' }) : json(status, { error: { message: 'No.' } });
  };
async function at<T>(standIn: StandIn, work: (url: string) => Promise<T>): Promise<T> {
  const server = await listen(standIn);
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}
const unknown = { name: 'unknown', version: null } as const;

describe('auto', () => {
  it.each([
    [
      'OpenAI chat before all else',
      { '/v1/chat/completions': 400, '/v1/messages': 400, '/v1/responses': 422 },
      {},
      ['openai-chat', 'openai-responses', 'anthropic'],
    ],
    ['a key that is missing is no route that is missing', { '/v1/chat/completions': 401 }, {}, ['openai-chat']],
    [
      'a server that only embeds',
      { '/v1/chat/completions': 501, '/v1/completions': 405, '/v1/embeddings': 422, '/score': 400 },
      {},
      ['openai-embeddings', 'score'],
    ],
    ['a server that only ranks', { '/v1/rerank': 400 }, {}, ['rerank']],
    [
      'TGI without an OpenAI route',
      { '/generate': 422 },
      { '/info': { model_id: 'm', max_total_tokens: 9, version: '3' } },
      ['tgi'],
    ],
    [
      'SGLang’s own route',
      { '/generate': 400 },
      { '/v1/models': { data: [{ id: 'm', owned_by: 'sglang' }] } },
      ['sglang'],
    ],
    ['/generate of nobody known', { '/generate': 400 }, {}, []],
    ['Triton', {}, { '/v2': { name: 'triton', version: '2.60' } }, ['triton']],
  ] as const)('finds %s', async (_what, routes, answers, protocols) => {
    await at(having(routes, answers), async (url) => {
      expect(await answeringProtocols({ url })).toEqual(protocols);
      const [first] = protocols;
      if (first !== undefined) expect(await resolveProtocol('auto', { url })).toBe(first);
      else
        await expect(resolveProtocol('auto', { url })).rejects.toMatchObject({
          code: 'no_protocol',
          exit: 3,
          message: expect.stringContaining('--protocol'),
        });
    });
  });

  it('is not told of an address where nobody answers', async () => {
    const refusal = {
      code: 'unreachable',
      exit: 3,
      message: expect.stringMatching(/^No model server answers at http:/),
    };
    await expect(resolveProtocol('auto', { url: 'http://127.0.0.1:1/v1' })).rejects.toMatchObject(refusal);
  });

  it('finds Ollama, which misses the model and not the route', async () => {
    await at(ollamaServer, async (url) => expect(await answeringProtocols({ url })).toEqual(['ollama']));
  });

  it.each([
    ['https://api.anthropic.com', 'anthropic'],
    ['https://generativelanguage.googleapis.com/v1beta', 'gemini'],
    ['https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4', 'vertex'],
    ['https://bedrock-runtime.eu-central-1.amazonaws.com', 'bedrock'],
    ['https://runtime.sagemaker.eu-central-1.amazonaws.com', 'sagemaker'],
    ['https://runtime.sagemaker.eu-central-1.amazonaws.com/endpoints/e/openai/v1', 'openai-chat'],
    ['https://r.openai.azure.com?api-version=2024-10-21', 'azure'],
    ['https://r.services.ai.azure.com/openai/v1', 'azure'],
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'openai-chat'],
    ['https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1', 'openai-chat'],
  ])('knows %s by its host and asks nobody', async (url, protocol) => {
    expect(await resolveProtocol('auto', { url })).toBe(protocol);
  });

  it('takes any other name as it is, and refuses one that is none', async () => {
    expect(await resolveProtocol('tgi', { url: 'http://127.0.0.1:1' })).toBe('tgi');
    await expect(resolveProtocol('tgy', { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'unknown_protocol',
    });
  });
});

describe('a route that is not there', () => {
  it('names the protocols that would fit, before the load', async () => {
    await at(having({ '/v1/chat/completions': 400, '/v1/completions': 400 }), async (url) => {
      await expect(refuseMissingRoute('rerank', { url }, unknown)).rejects.toMatchObject({
        code: 'not_found',
        exit: 3,
        message: `${url} has no route for rerank; it has those of openai-chat, openai-completions: name one with --protocol.`,
      });
    });
  });
  it('is said where features were asked for, too', async () => {
    const models = { '/v1/models': { data: [{ id: 'm' }] } };
    await at(having({ '/v1/embeddings': 400 }, models), async (url) => {
      const asked = identify({ url, protocol: 'openai-chat' }).catch((error: unknown) =>
        withFitting(error, 'openai-chat', { url }),
      );
      expect(await asked).toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('it has those of openai-embeddings'),
      });
    });
  });
  it('stays as it was said where nothing fits', async () => {
    const error = new UserError('not_found', 'Nothing there.', 3);
    await at(having({}), async (url) => {
      expect(await withFitting(error, 'openai-chat', { url })).toBe(error);
      await expect(refuseMissingRoute('score', { url }, unknown)).rejects.toMatchObject({ code: 'not_found', exit: 3 });
    });
    const other = new UserError('unauthorized', 'A key.', 3);
    expect(await withFitting(other, 'openai-chat', { url: 'http://127.0.0.1:1' })).toBe(other);
  });
  it('is not said of a server that does not answer', async () => {
    await refuseMissingRoute('rerank', { url: 'http://127.0.0.1:9' }, unknown);
  });
  it('is no matter of protocols that are there or ask for themselves', async () => {
    await at(having({ '/v1/rerank': 422 }), async (url) => {
      await refuseMissingRoute('rerank', { url }, unknown);
      await refuseMissingRoute('openai-chat', { url }, unknown);
    });
  });
});
