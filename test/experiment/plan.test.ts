import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planHash, planSteps, resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { type LoadedSuite, parseSuite } from '../../src/experiment/suite.ts';

const folder = '/somewhere';
const suite = (text: string): LoadedSuite => ({
  name: 's',
  file: join(folder, 'benchmarks', 's.yaml'),
  suite: parseSuite(text, 's.yaml'),
});
const plan = (text: string | null, flags: PlanFlags = {}) => {
  return resolvePlan({ suite: text === null ? null : suite(text), flags, workingFolder: folder }).plan;
};
const refusal = (flags: PlanFlags, text: string | null = null): string => {
  try {
    plan(text, flags);
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', exit: 2 });
    return (error as Error).message;
  }
  throw new Error('was not refused');
};

describe('a plan', () => {
  it('has every default with its unit', () => {
    expect(plan(null)).toEqual({
      schema: 'tokbench.plan/1',
      suite: 'adhoc',
      target: {
        url: null,
        preset: null,
        model: null,
        protocol: 'openai-chat',
        apiKeyEnv: null,
        headers: {},
        caFile: null,
        body: {},
        stream: true,
        forceLength: true,
        limits: { connectMs: 10_000, firstTokenMs: 300_000, idleMs: 60_000, totalMs: 1_800_000 },
      },
      workload: {
        kind: 'synthetic',
        name: '512/128',
        inputTokens: '512',
        outputTokens: '128',
        sharedPrefix: null,
        conversation: null,
      },
      tokenizer: null,
      loads: [{ kind: 'concurrency', value: 16 }],
      maxInFlight: null,
      durationMs: null,
      requests: null,
      maxDurationMs: 900_000,
      precision: null,
      warmup: { kind: 'auto' },
      drainMs: 120_000,
      seed: null,
      repeat: 1,
      objectives: [],
      threads: 'auto',
      hardware: null,
      telemetry: ['auto'],
    });
  });

  it('takes flags for the keys of their names', () => {
    const flags: PlanFlags = {
      url: 'http://h:1/v1',
      model: 'm',
      protocol: 'openai-completions',
      'api-key-env': 'KEY',
      header: ['X-A: b: c', 'Y: '],
      'input-tokens': 'N(480,240)[1,2000]',
      'output-tokens': '64',
      rate: '0.5, 10',
      arrivals: 'constant',
      'max-in-flight': '50',
      duration: '1m30s',
      requests: '500',
      warmup: '10s',
      seed: '7',
      repeat: '3',
      objective: ['e2e.p99 < 500ms', 'goodput > 2/s'],
      telemetry: ['server', 'nvidia-smi'],
      hardware: 'h100-sxm x 8',
      body: ['temperature=0', 'stop=["a"]', 'user=me', 'stream_options.include_usage=false', 'version="3"'],
      stream: false,
      'force-length': false,
      'first-token-timeout': '2m',
      drain: '0s',
    };
    expect(plan('load: {concurrency: 4}\nduration: 5s', flags)).toMatchObject({
      target: {
        url: 'http://h:1/v1',
        model: 'm',
        protocol: 'openai-completions',
        apiKeyEnv: 'KEY',
        headers: { 'X-A': 'b: c', Y: '' },
        body: { temperature: 0, stop: ['a'], user: 'me', stream_options: { include_usage: false }, version: '3' },
        stream: false,
        forceLength: false,
        limits: { connectMs: 10_000, firstTokenMs: 120_000 },
      },
      workload: { inputTokens: 'N(480,240)[1,2000]', outputTokens: '64' },
      loads: [
        { kind: 'rate', value: 0.5, arrivals: 'constant' },
        { kind: 'rate', value: 10, arrivals: 'constant' },
      ],
      maxInFlight: 50,
      durationMs: 90_000,
      requests: 500,
      maxDurationMs: 90_000,
      warmup: { kind: 'fixed', ms: 10_000 },
      drainMs: 0,
      seed: 7,
      repeat: 3,
      objectives: ['e2e.p99 < 500ms', 'goodput > 2/s'],
      telemetry: ['server', 'nvidia-smi'],
      hardware: { name: 'h100-sxm', count: 8 },
    });
  });

  it('lets a flag drop what excludes it, and keeps the rest of the suite', () => {
    const open = 'load: {rate: 5, arrivals: constant, maxInFlight: 9}';
    expect(plan(open, { concurrency: '1,4' })).toMatchObject({
      loads: [
        { kind: 'concurrency', value: 1 },
        { kind: 'concurrency', value: 4 },
      ],
      maxInFlight: null,
    });
    expect(plan(open, { rate: '7' })).toMatchObject({
      loads: [{ kind: 'rate', value: 7, arrivals: 'constant' }],
      maxInFlight: 9,
    });
    expect(plan(open, { arrivals: 'poisson' }).loads).toEqual([{ kind: 'rate', value: 5, arrivals: 'poisson' }]);
  });

  it('replaces headers whatever their case, body fields and limits one by one', () => {
    const text = `
target: {headers: {X-One: a, x-two: b}}
body: {temperature: 1, nested: {a: 1, b: 2}}
limits: {idle: 5s, total: 10s}`;
    const { target } = plan(text, { header: ['X-TWO: c'], body: ['nested.b=3', 'top_p=1'], 'total-timeout': '20s' });
    expect(target.headers).toEqual({ 'X-One': 'a', 'X-TWO': 'c' });
    expect(target.body).toEqual({ temperature: 1, nested: { a: 1, b: 3 }, top_p: 1 });
    expect(target.limits).toMatchObject({ idleMs: 5000, totalMs: 20_000 });
  });

  it('does not send the key of one server to the preset of another', () => {
    const text = 'target: {url: "http://h/v1", apiKeyEnv: OLD, headers: {X-Old: a}, model: m}';
    expect(plan(text, { target: 'groq' }).target).toMatchObject({
      preset: 'groq',
      url: 'https://api.groq.com/openai/v1',
      apiKeyEnv: 'GROQ_API_KEY',
      headers: {},
      model: 'm',
    });
    expect(plan('target: groq').target.preset).toBe('groq');
  });

  it('reads workloads: a profile, its lengths replaced, a file, a data set', () => {
    expect(plan('workload: 1k1k').workload).toMatchObject({ kind: 'synthetic', name: '1k1k', inputTokens: '1024' });
    expect(plan('workload: 1k1k', { 'output-tokens': '9' }).workload).toMatchObject({
      name: '1k1k',
      inputTokens: '1024',
      outputTokens: '9',
    });
    expect(plan('workload: {inputTokens: 5, outputTokens: 6}', { workload: 'chat' }).workload.name).toBe('chat');
    expect(plan('workload: {dataset: prompts.jsonl, order: file}').workload).toEqual({
      kind: 'dataset',
      name: 'prompts.jsonl',
      file: join('benchmarks', 'prompts.jsonl'),
      format: 'auto',
      outputTokens: null,
      repeat: 'loop',
      order: 'file',
    });
    expect(plan(null, { dataset: 'p.jsonl' }).workload).toMatchObject({ kind: 'dataset', file: 'p.jsonl' });
    expect(plan('workload: {inputTokens: 500, outputTokens: 6, sharedPrefix: {share: 0.5}}').workload).toMatchObject({
      sharedPrefix: { length: { share: 0.5 }, groups: 1 },
    });
  });

  it('takes paths of a suite from its file, and those of flags from where the user stands', () => {
    const asked: string[] = [];
    const loadWorkload = (name: string) => {
      asked.push(name);
      return {
        kind: 'synthetic',
        name,
        inputTokens: 1,
        outputTokens: 1,
        sharedPrefix: null,
        conversation: null,
      } as const;
    };
    const from = (text: string, flags: PlanFlags = {}) =>
      resolvePlan({ suite: suite(text), flags, loadWorkload, workingFolder: folder });
    from('workload: ./own.yaml');
    from('workload: {profile: ../w/own.yaml, outputTokens: 4}');
    from('workload: chat');
    from('workload: chat', { workload: './own.yaml' });
    expect(asked).toEqual([join('benchmarks', 'own.yaml'), join('w', 'own.yaml'), 'chat', './own.yaml']);
    expect(from('tokenizer: t.json\ntarget: {caFile: /etc/ca.pem}').plan).toMatchObject({
      tokenizer: join('benchmarks', 't.json'),
      target: { caFile: '/etc/ca.pem' },
    });
  });

  it('keeps the folder of results out of what is measured', () => {
    const { plan: resolved, out } = resolvePlan({ suite: null, flags: { out: 'elsewhere' } });
    expect(out).toBe('elsewhere');
    expect(JSON.stringify(resolved)).not.toContain('elsewhere');
  });

  it('runs every load once before it repeats any', () => {
    const steps = planSteps(plan(null, { concurrency: '1,2', repeat: '2' }));
    expect(steps.map(({ load, repeat }) => [load.value, repeat])).toEqual([
      [1, 0],
      [2, 0],
      [1, 1],
      [2, 1],
    ]);
  });

  it('lowers the default concurrency to the requests asked for', () => {
    expect(plan(null, { requests: '3' }).loads).toEqual([{ kind: 'concurrency', value: 3 }]);
  });
});

describe('the hash of a plan', () => {
  it('is the same for the same plan, however it was said', () => {
    const one = planHash(
      plan('workload: {inputTokens: "U( 5, 9 )", outputTokens: 3}\nduration: 60s\nload: {concurrency: [4]}'),
    );
    const other = planHash(
      plan('load: {concurrency: 1}', {
        'output-tokens': '3',
        'input-tokens': 'U(5,9)',
        duration: '1m',
        concurrency: '4',
      }),
    );
    expect(one).toBe(other);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with what is measured', () => {
    const hashes = [{}, { concurrency: '4' }, { body: ['temperature=0'] }, { seed: '1' }, { stream: false }].map(
      (flags) => planHash(plan(null, flags)),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

describe('a plan that cannot be', () => {
  it.each<[PlanFlags, string]>([
    [{ concurrency: '4', rate: '3' }, 'The load has concurrency and rate, which exclude each other.'],
    [{ concurrency: '4', requests: '3' }, '3 requests cannot keep 4 in flight'],
    [{ concurrency: '3', 'max-in-flight': '3' }, '--max-in-flight goes with rate'],
    [{ 'max-in-flight': '3' }, 'goes with a rate, not with a concurrency'],
    [{ concurrency: '1,x' }, '--concurrency must be a whole number of requests in flight, from 1 to 100,000, not "x".'],
    [{ concurrency: '' }, '--concurrency must be a whole number'],
    [{ concurrency: '1,,2' }, '--concurrency must be a whole number'],
    [{ concurrency: '-1' }, '--concurrency must be a whole number'],
    [{ rate: '0' }, '--rate must be a number of requests per second above 0, not 0.'],
    [{ rate: 'NaN' }, '--rate must be a number of requests per second, or a shape such as ramp(1,3,10s), not "NaN".'],
    [{ rate: 'remp(1,2,3s)' }, '--rate: the rate "remp(1,2,3s)" has no known shape. Did you mean ramp(…)?'],
    [{ rate: '5,ramp(1,2)' }, '--rate: the rate "ramp(1,2)" takes three values (ramp(from,to,time)).'],
    [{ precision: '5' }, '--precision must be a share such as 5%, not "5".'],
    [{ precision: '90%' }, '--precision must be from 0.1% to 50%.'],
    [{ rate: '1e300' }, '--rate must be at most'],
    [{ arrivals: 'poison', rate: '1' }, '--arrivals must be'],
    [{ duration: '60' }, '--duration must be a duration such as 500ms, 60s, 2m or 1h30m, not "60".'],
    [{ duration: '0s' }, '--duration must be longer than nothing.'],
    [{ duration: '9999h' }, '--duration must not be longer than 7 days'],
    [{ duration: '-5s' }, '--duration must be a duration'],
    [{ requests: '0' }, '--requests must be a whole number of requests, from 1'],
    [{ requests: '1e400' }, '--requests must be a whole number of requests'],
    [{ seed: '4294967296' }, '--seed must be a whole number'],
    [{ warmup: 'soon' }, '--warmup must be auto, none or a duration'],
    [{ protocol: 'opnai-chat' }, 'did you mean "openai-chat"?'],
    [{ objective: ['ttfs.p99 < 3ms'] }, 'Did you mean "ttft.p99"?'],
    [{ objective: ['goodput > 3/s'] }, 'latency limits'],
    [{ 'input-tokens': 'U(9,1)' }, '--input-tokens: distribution'],
    [{ dataset: 'x', 'input-tokens': '3' }, 'as long as they are'],
    [{ workload: 'caht' }, '--workload names no workload profile: "caht"; did you mean "chat"?'],
    [{ hardware: 'h100 x 0' }, '--hardware must be a hardware profile'],
    [{ body: ['temperature'] }, "--body must be written as 'key=value'"],
    [{ body: ['a=1', 'a.b=2'] }, '--body gives a.b inside of something that is no object.'],
    [{ body: ['__proto__.x=1'] }, '--body must be written'],
    [{ header: ['Authorization'] }, "--header must be written as 'Name: value'."],
    [{ header: ['Bad Name: x'] }, '--header Bad Name is not a header name'],
    [{ url: 'localhost:8000/v1' }, 'http://localhost:8000/v1 ?'],
    [{ url: 'ftp://h' }, '--url must be a URL'],
  ])('%j: %s', (flags, sentence) => expect(refusal(flags)).toContain(sentence));

  it('is told every wrong flag at once', () => {
    expect(refusal({ duration: 'x', rate: 'y', seed: 'z' }).split('\n')).toHaveLength(3);
  });

  it.each<PlanFlags>([
    { header: ['Authorization: Bearer hunter22'] },
    { header: ['x-goog-api-key: hunter22'] },
    { header: ['hunter22'] },
    { url: 'http://me:hunter22@h/v1' },
    { url: 'http://h/v1?key=hunter22' },
    { 'api-key-env': 'sk-hunter22' },
    { 'api-key-env': 'hunter22hunter22hunter22' },
    { body: ['password=hunter22'] },
  ])('because of a secret in plain text does not repeat it: %j', (flags) => {
    expect(refusal(flags)).not.toContain('hunter22');
  });

  it('contradicts itself only together: suite and flag', () => {
    expect(refusal({ requests: '3' }, 'load: {concurrency: 8}')).toContain('3 requests cannot keep 8 in flight');
    expect(refusal({ arrivals: 'poisson', concurrency: '4' })).toContain('goes with rate');
  });
});
