import { Flags } from '@oclif/core';
import { UserError } from '../error/user-error.ts';
import { startSimulator } from '../simulate/simulator.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { simulatorFlags, simulatorOptions } from './shared/simulator-flags.ts';

const counts = ['port', 'seed', 'tokens-per-event', 'max-sequences', 'max-model-tokens'] as const;

export default class Simulate extends BaseCommand {
  static override enableJsonFlag = false;
  static override summary = 'A model server with known truth, for trying out, tests and what-if';
  static override description =
    'Streams like vLLM (chat and completions, models, tokenize, metrics, health). Latency rises with load by a profile of speeds, or keeps an exact pace with --pace. Runs until it is interrupted.';
  static override examples = [
    '<%= config.bin %> simulate --port 8000',
    '<%= config.bin %> simulate --pace 100ms,20ms --fault reset=0.05 --fault rate_limited=0.02 --truth truth.jsonl',
  ];
  static override flags = {
    host: Flags.string({ description: 'address to listen on', default: '127.0.0.1' }),
    port: Flags.string({ description: 'port to listen on; 0 = any free one', default: '8000', helpValue: 'N' }),
    model: Flags.string({ description: 'name of the model that it serves', helpValue: 'NAME' }),
    seed: Flags.string({ description: 'seed of lengths, texts and faults', helpValue: 'N' }),
    'tokens-per-event': Flags.string({ description: 'tokens in each stream event', helpValue: 'N' }),
    'max-sequences': Flags.string({ description: 'largest batch', helpValue: 'N' }),
    'max-model-tokens': Flags.string({ description: 'context limit', helpValue: 'N' }),
    'api-key-env': Flags.string({
      description: 'environment variable with the key that it then demands',
      helpValue: 'VAR',
    }),
    ...simulatorFlags,
    ...outputFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Simulate);
    const number = Object.fromEntries(counts.map((name) => [name, numberOf(name, flags[name])]));
    const server = await startSimulator({
      ...simulatorOptions(flags),
      host: flags.host,
      model: flags.model,
      apiKeyEnv: flags['api-key-env'],
      port: number['port'],
      seed: number['seed'],
      tokensPerEvent: number['tokens-per-event'],
      maxSequences: number['max-sequences'],
      maxModelTokens: number['max-model-tokens'],
    });
    this.log(`Simulated server, model ${server.model}: ${server.url}`);
    if (!flags.quiet) process.stderr.write('Stop it with Ctrl-C.\n');
    await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    await server.close();
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new UserError('bad_flag', `--${name} must be a number, not "${text}".`);
  return value;
}
