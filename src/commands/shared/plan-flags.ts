import { Flags } from '@oclif/core';
import { protocolNames } from '../../target/protocols.ts';

const target = 'TARGET';
const load = 'LOAD';
const workload = 'WORKLOAD';
const watched = 'TELEMETRY';

/** `--target` where several are taken. */
export const targetsFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  description:
    'preset: a vendor or server by name, see `tokbench profiles list targets`; or a file; several are measured in turns',
  helpValue: 'NAME',
  helpGroup: target,
});

/** Flags that shape a plan: they mean the same in every command, and each replaces a suite's key. */
export const planFlags = {
  url: Flags.string({
    description: "base URL as the vendor's own client takes it; default: look on the usual local ports",
    helpValue: 'http://127.0.0.1:8000/v1',
    helpGroup: target,
  }),
  model: Flags.string({
    description: 'model to ask; default: the only one listed',
    helpValue: 'NAME',
    helpGroup: target,
  }),
  protocol: Flags.string({
    description: `how the server speaks: ${protocolNames.join(', ')}; auto asks it`,
    helpValue: 'NAME',
    helpGroup: target,
  }),
  target: Flags.string({
    description: 'preset: a vendor or server by name, see `tokbench profiles list targets`; or a file of your own',
    helpValue: 'NAME',
    helpGroup: target,
  }),
  'api-key-env': Flags.string({
    description: 'environment variable that holds the key',
    helpValue: 'VAR',
    helpGroup: target,
  }),
  header: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the notation of the user
    description: 'further header; ${VAR} in it is read from the environment and never stored',
    helpValue: "'Name: value'",
    helpGroup: target,
  }),
  'ca-file': Flags.string({
    aliases: ['ca'],
    description: "PEM file of an authority to trust beside the system's",
    helpValue: 'FILE',
    helpGroup: target,
  }),
  body: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'extra field of every request body, JSON or text',
    helpValue: "'key=value'",
    helpGroup: target,
  }),
  stream: Flags.boolean({
    allowNo: true,
    description: 'ask for streams (default) or whole replies',
    helpGroup: target,
  }),
  'force-length': Flags.boolean({
    allowNo: true,
    description: 'force the output length where the server can (default)',
    helpGroup: target,
  }),
  'connect-timeout': Flags.string({
    description: 'limit for opening a connection',
    helpValue: '10s',
    helpGroup: target,
  }),
  'first-token-timeout': Flags.string({ description: 'limit for the first token', helpValue: '5m', helpGroup: target }),
  'idle-timeout': Flags.string({ description: 'longest silence of a stream', helpValue: '60s', helpGroup: target }),
  'total-timeout': Flags.string({ description: 'limit of a request', helpValue: '30m', helpGroup: target }),
  budget: Flags.string({
    description: 'stop before the run costs more; the price is by --target, or by --price',
    helpValue: '5usd',
    helpGroup: target,
  }),
  'max-tokens-total': Flags.string({
    description: 'stop before the run uses more input and output tokens',
    helpValue: 'N',
    helpGroup: target,
  }),
  price: Flags.string({
    description: "of the target: USD per million tokens, 'input=0.15,output=0.6', or PROVIDER/MODEL of the price list",
    helpValue: 'PRICE',
    helpGroup: target,
  }),
  retries: Flags.string({
    description: 'further attempts of a request that was refused for a while only; default 0',
    helpValue: 'N',
    helpGroup: target,
  }),
  'respect-limits': Flags.boolean({
    allowNo: true,
    description: 'keep below the rate limits that replies state',
    helpGroup: target,
  }),
  workload: Flags.string({
    description: 'workload profile or file, see `tokbench profiles list`',
    helpValue: 'NAME|FILE',
    helpGroup: workload,
  }),
  'input-tokens': Flags.string({
    description: 'input length: 512, U(100,500), N(480,240), LN(p50,p95), EXP(8000)[500,32000]',
    helpValue: 'DIST',
    helpGroup: workload,
  }),
  'output-tokens': Flags.string({
    description: 'output length, written likewise',
    helpValue: 'DIST',
    helpGroup: workload,
  }),
  dataset: Flags.string({
    description: 'prompts from a file: JSONL, ShareGPT JSON or lines of text',
    helpValue: 'FILE',
    helpGroup: workload,
  }),
  tokenizer: Flags.string({
    description: 'tokenizer.json for servers that do not count',
    helpValue: 'FILE',
    helpGroup: workload,
  }),
  concurrency: Flags.string({
    description: 'closed loop: requests in flight; a list is a ladder',
    helpValue: 'N[,N…]',
    helpGroup: load,
  }),
  rate: Flags.string({
    description:
      'open loop: requests per second, or a shape: ramp(1,3,10s), expramp(1,30,60s), steps(5@30s,20@30s), diurnal(20,0.5,1h), onoff(0,50,10s,2s); a list is a ladder',
    helpValue: 'R[,R…]',
    helpGroup: load,
  }),
  arrivals: Flags.string({
    description: 'arrivals of the open loop: poisson, constant, gamma:K, weibull:K',
    helpValue: 'KIND',
    helpGroup: load,
  }),
  'max-in-flight': Flags.string({
    description: 'open loop: cap on requests in flight; what waits behind it counts',
    helpValue: 'N',
    helpGroup: load,
  }),
  trace: Flags.string({
    description:
      'replays recorded calls, when and what: tokbench, Mooncake or Qwen-Bailian JSONL, Azure LLM inference or BurstGPT CSV',
    helpValue: 'FILE',
    helpGroup: load,
  }),
  'trace-format': Flags.string({
    description: 'auto (default), tokbench, mooncake, bailian, azure, burstgpt',
    helpValue: 'NAME',
    helpGroup: load,
  }),
  'trace-speed': Flags.string({
    description: 'times as fast as it was recorded; a list is a ladder',
    helpValue: 'X[,X…]',
    helpGroup: load,
  }),
  'trace-window': Flags.string({
    description: "part of the trace, in its own time: '10m..20m', '10m..', '..5m'",
    helpValue: 'FROM..TO',
    helpGroup: load,
  }),
  'trace-max-tokens': Flags.string({
    description: 'leaves out calls of more input and output tokens together',
    helpValue: 'N',
    helpGroup: load,
  }),
  'trace-spread': Flags.boolean({
    allowNo: true,
    description: 'spreads calls of one time stamp over the time to the next',
    helpGroup: load,
  }),
  duration: Flags.string({
    description: 'length of the measured part; default: until p99 can be told',
    helpValue: '60s',
    helpGroup: load,
  }),
  requests: Flags.string({ description: 'measured requests, whichever comes first', helpValue: 'N', helpGroup: load }),
  precision: Flags.string({
    description: 'stop a step once percentiles and output rate are known to ± this share, at --duration at the latest',
    helpValue: '5%',
    helpGroup: load,
  }),
  warmup: Flags.string({
    description: 'time before the measured part: auto, none or a duration',
    helpValue: '10s|auto|none',
    helpGroup: load,
  }),
  drain: Flags.string({
    description: 'how long replies may take after the last start',
    helpValue: '2m',
    helpGroup: load,
  }),
  seed: Flags.string({
    description: 'seed of prompts and arrivals; default: a fresh one',
    helpValue: 'N',
    helpGroup: load,
  }),
  repeat: Flags.string({ description: 'runs each load N times', helpValue: 'N', helpGroup: load }),
  threads: Flags.string({
    description: 'client threads that drive the load; default auto: as many as it needs',
    helpValue: 'auto|N',
    helpGroup: load,
  }),
  objective: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'what must hold, e.g. ttft.p99 < 500ms, errors < 1%, goodput > 20/s',
    helpValue: "'TEXT'",
    helpGroup: 'RESULT',
  }),
  hardware: Flags.string({
    description: 'hardware behind the target, see `tokbench profiles list hardware`',
    helpValue: 'NAME[xN]',
    helpGroup: watched,
  }),
  'model-config': Flags.string({
    description: "the model's config.json, for estimates of bandwidth and compute used",
    helpValue: 'FILE',
    helpGroup: watched,
  }),
  telemetry: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description:
      'what to watch: auto (default), none, or sources such as nvidia-smi, dcgm=URL, ssh://HOST/nvidia-smi, prometheus=URL',
    helpValue: 'SOURCE[,SOURCE…]',
    helpGroup: watched,
  }),
  'telemetry-interval': Flags.string({
    description: 'distance of samples, at least 200ms; default 1s',
    helpValue: '1s',
    helpGroup: watched,
  }),
  'require-telemetry': Flags.boolean({
    description: 'INVALID when what is to be watched does not tell',
    helpGroup: watched,
  }),
  'require-energy': Flags.boolean({ description: 'INVALID without valid energy', helpGroup: watched }),
  idle: Flags.string({
    description: 'watch the server at rest so long before the load; from 30s on energy above idle is known',
    helpValue: '30s',
    helpGroup: watched,
  }),
  compress: Flags.boolean({
    allowNo: true,
    description: 'keep exchanges packed: exchanges.jsonl.zst',
    helpGroup: 'RESULT',
  }),
  out: Flags.string({ description: 'folder of results; default results/', helpValue: 'DIR', helpGroup: 'RESULT' }),
};
