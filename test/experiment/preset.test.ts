import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { UserError } from '../../src/error/user-error.ts';
import { listProfiles } from '../../src/experiment/catalogue.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { type Preset, presetNames, presetProtocol, readPreset } from '../../src/experiment/preset.ts';
import { presetJsonSchema } from '../../src/experiment/preset-schema.ts';
import { parseSuite } from '../../src/experiment/suite.ts';
import { expandUrl, urlVariables } from '../../src/experiment/url-variable.ts';
import { parseAddress, routePath } from '../../src/target/address.ts';
import { protocolNamed } from '../../src/target/protocols.ts';

const folder = resolve(import.meta.dirname, '../../profiles/targets');
const schemaFile = resolve(folder, '../schemas/target.schema.json');
const elsewhere = mkdtempSync(join(tmpdir(), 'presets-'));
afterAll(() => rmSync(elsewhere, { recursive: true }));
const names = readdirSync(folder).map((file) => file.replace('.yaml', ''));
const own = (name: string, text: string) => {
  mkdirSync(join(elsewhere, 'profiles/targets'), { recursive: true });
  writeFileSync(join(elsewhere, `profiles/targets/${name}.yaml`), `schema: tokbench.target/1\n${text}\n`);
};
const refusal = (act: () => unknown): UserError => {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', exit: 2 });
    return error as UserError;
  }
  throw new Error('was not refused');
};
const planOf = (flags: PlanFlags, suite: string | null = null) =>
  resolvePlan({
    suite: suite === null ? null : { name: 's', file: join(elsewhere, 's.yaml'), suite: parseSuite(suite, 's.yaml') },
    flags,
    workingFolder: elsewhere,
  }).plan;

describe('the presets that ship', () => {
  it('are those that people measure', () => {
    expect(names).toEqual(
      expect.arrayContaining(
        'openai azure anthropic google vertex bedrock groq cerebras together fireworks deepinfra mistral deepseek xai openrouter nvidia-nim huggingface-endpoints sagemaker vllm sglang tgi llamacpp ollama trtllm dynamo neuron'.split(
          ' ',
        ),
      ),
    );
    expect(listProfiles('targets').map(({ name }) => name)).toEqual(names.sort());
  });

  it('have the JSON Schema that ships with them', async () => {
    await expect(`${JSON.stringify(presetJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(schemaFile);
  });

  it.each(names)('%s validates, names its schema, and says where it is from', (name) => {
    const text = readFileSync(join(folder, `${name}.yaml`), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schemas/target.schema.json');
    const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);
    validate(parse(text));
    expect(validate.errors).toBeNull();
    const preset = readPreset(name, elsewhere);
    expect(preset).toMatchObject({ name, status: 'sourced', source: expect.any(String), title: expect.any(String) });
    expect(Date.parse(preset.date!)).toBeLessThanOrEqual(Date.parse('2030-01-01'));
    // the key never travels in the open, but to this machine
    const environment = Object.fromEntries(
      urlVariables(preset.url).map((variable) => [variable, /ENDPOINT$|URL$/.test(variable) ? 'https://h' : 'x']),
    );
    const { protocol, hostname } = new URL(expandUrl(preset.url, environment));
    if (preset.apiKeyEnv !== undefined) expect(protocol).toBe('https:');
    else if (protocol === 'http:') expect(hostname).toBe('127.0.0.1');
  });
});

it.each([
  ['openai', 'https://api.openai.com/v1/chat/completions'],
  ['azure', 'https://name.openai.azure.com/openai/v1/chat/completions'],
  ['anthropic', 'https://api.anthropic.com/v1/messages'],
  ['google', 'https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse'],
  [
    'vertex',
    'https://us-east1-aiplatform.googleapis.com/v1/projects/p/locations/us-east1/publishers/google/models/m:streamGenerateContent?alt=sse',
  ],
  ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream'],
  ['sagemaker', 'https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/m/invocations-response-stream'],
  ['deepinfra', 'https://api.deepinfra.com/v1/openai/chat/completions'],
  ['openrouter', 'https://openrouter.ai/api/v1/chat/completions'],
])('%s asks at %s', (name, address) => {
  const preset = readPreset(name, elsewhere);
  const protocol = protocolNamed(presetProtocol(preset));
  const url = expandUrl(preset.url, {
    AZURE_OPENAI_ENDPOINT: 'https://name.openai.azure.com/',
    GOOGLE_CLOUD_LOCATION: 'us-east1',
    GOOGLE_CLOUD_PROJECT: 'p',
    AWS_REGION: 'us-east-1',
  });
  const at = parseAddress(url, protocol.apiPath);
  const path = routePath(at, protocol.route({ address: at, model: 'm', stream: true }));
  expect(`https://${at.authority}${path}`).toBe(address);
});

describe('a preset in a plan', () => {
  it('gives address, protocol, key and quirks; flags and the suite override it', () => {
    expect(planOf({ target: 'mistral' }).target).toMatchObject({
      preset: 'mistral',
      url: 'https://api.mistral.ai/v1',
      protocol: 'openai-chat',
      apiKeyEnv: 'MISTRAL_API_KEY',
      quirks: { capField: 'max_tokens', usageInStream: 'unasked', priceProvider: 'mistral', keyOptional: false },
    });
    expect(planOf({}, 'target: {preset: mistral, url: "https://gateway.example/v1"}').target).toMatchObject({
      url: 'https://gateway.example/v1',
      apiKeyEnv: 'MISTRAL_API_KEY',
    });
    expect(planOf({ 'api-key-env': 'MY_KEY', protocol: 'openai-completions' }, 'target: mistral').target).toMatchObject(
      { apiKeyEnv: 'MY_KEY', protocol: 'openai-completions', url: 'https://api.mistral.ai/v1' },
    );
  });

  it('of the user replaces the one that ships, and is read where the user stands', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    own('groq', 'url: https://groq.example/v1\nprotocol: openai-chat\nheaders: {X-Team: "${TEAM}"}\nbody: {top_p: 1}');
    own('inhouse', 'url: http://10.0.0.7:8000/v1\nprotocol: openai-completions');
    expect(planOf({ target: 'groq', body: ['temperature=0'] }).target).toMatchObject({
      url: 'https://groq.example/v1',
      apiKeyEnv: null,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
      headers: { 'X-Team': '${TEAM}' },
      body: { top_p: 1, temperature: 0 },
    });
    expect(planOf({ target: 'inhouse' }).target.protocol).toBe('openai-completions');
    expect(presetNames(elsewhere)).toEqual(expect.arrayContaining(['inhouse', 'groq', 'openai']));
  });

  it('is refused with the nearest name, and where its protocol is not spoken', () => {
    expect(refusal(() => planOf({ target: 'opnai' }))).toMatchObject({
      code: 'unknown_preset',
      message: expect.stringContaining('Did you mean "openai"?'),
    });
    expect(refusal(() => planOf({ target: './no/file.yaml' })).code).toBe('unknown_preset');
    own('alien', 'url: https://alien.example/v1\nprotocol: martian');
    const { code, message } = refusal(() => planOf({ target: 'alien' }));
    expect(code).toBe('protocol_missing');
    expect(message).toMatch(/^The preset alien speaks martian, which this tokbench does not; it speaks openai-chat, /);
    expect(planOf({ target: 'alien', protocol: 'openai-chat' }).target.protocol).toBe('openai-chat');
  });

  it('refuses outputs below what its API takes', () => {
    const preset = { ...readPreset('openai', elsewhere), minOutputTokens: { 'openai-chat': 16 } } as Preset;
    const plan = (flags: PlanFlags) =>
      resolvePlan({ suite: null, flags: { target: 'openai', ...flags }, loadPreset: () => preset });
    expect(refusal(() => plan({ 'output-tokens': 'U(8,64)' })).message).toContain('no output cap below 16 tokens');
    expect(plan({ 'output-tokens': 'U(16,64)' }).plan.target.preset).toBe('openai');
  });

  it.each([
    ['apiKeyEnv: sk-proj-abcdefghij0123456789', /environment variable/],
    ['headers: {Authorization: "Bearer abc123"}', /holds a secret in plain text/],
    ['limit: [1]', /limitHeaders/],
    ['keyOptional: yes please', /true or false/],
  ])('of the user that says "%s" is refused with its place', (line, sentence) => {
    own('wrong', `url: https://h.example/v1\nprotocol: openai-chat\n${line}`);
    const { code, message } = refusal(() => planOf({ target: 'wrong' }));
    expect(code).toBe('bad_preset');
    expect(message).toMatch(/^profiles\/targets\/wrong\.yaml:4:\d+ /);
    expect(message).toMatch(sentence);
    expect(message).not.toMatch(/abc123|sk-proj/);
  });

  it.each([
    ['url: "http://u:p@h/v1"', /user name or password/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    ['url: "https://${}/v1"', /no variable name/],
    ['url: "ftp://h"', /http/],
  ])('refuses the address in "%s"', (line, sentence) => {
    own('wrong', `${line}\nprotocol: openai-chat`);
    expect(refusal(() => planOf({ target: 'wrong' })).message).toMatch(sentence);
  });
});

it('reads variables of an address, says which is missing, and takes no secret into it', () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the notation of the user
  expect(expandUrl('http://h/v1', {})).toBe('http://h/v1');
  expect(expandUrl('${BASE}/openai/v1', { BASE: 'https://name.openai.azure.com/ ' })).toBe(
    'https://name.openai.azure.com/openai/v1',
  );
  expect(refusal(() => expandUrl('https://x.${AWS_REGION}.y', { AWS_REGION: ' ' })).message).toContain(
    'AWS_REGION, which is empty',
  );
  const { message } = refusal(() => expandUrl('${BASE}/v1', { BASE: 'https://me:pass@h' }));
  expect(message).toContain('holds a user name or password');
  expect(message).not.toContain('pass@h');
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the notation of the user
});
