import { Flags } from '@oclif/core';
import { renderConsole } from '../document/console.ts';
import { screenOf } from '../document/terminal.ts';
import { UserError } from '../error/user-error.ts';
import { resolvePlan } from '../experiment/plan.ts';
import { type Probe as Found, probe } from '../experiment/probe.ts';
import { probeDocument } from '../report/probe.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { planFlags } from './shared/plan-flags.ts';

const { url, model, protocol, target, header, 'api-key-env': apiKeyEnv, 'ca-file': caFile } = planFlags;

export default class Probe extends BaseCommand {
  static override summary = 'What answers at this URL: server, models, limits, features, front-door request rate';
  static override description =
    'Sends about ten small generations to learn what the model can do; --no-trials leaves one or two. The front door is measured with autocannon on a route that costs the model nothing, without key and headers, since autocannon does not verify TLS.';
  static override examples = [
    '<%= config.bin %> probe --url http://127.0.0.1:8000/v1',
    '<%= config.bin %> probe --url https://api.example.com/v1 --api-key-env API_KEY --front-door 0',
  ];
  static override flags = {
    url,
    model,
    protocol,
    target,
    header,
    'api-key-env': apiKeyEnv,
    'ca-file': caFile,
    'front-door': Flags.string({
      description: 'seconds that the front door is measured; 0 = not at all',
      default: '2',
      helpValue: 'S',
    }),
    trials: Flags.boolean({
      description: 'try round trip, seeds, tool calls and prefix cache: about ten small generations, some 5,000 tokens',
      default: true,
      allowNo: true,
    }),
    ...outputFlags,
  };

  async run(): Promise<Found> {
    const { flags } = await this.parse(Probe);
    const { quiet: _quiet, color, 'front-door': door, trials, ...rest } = flags;
    const frontDoorSeconds = Number(door);
    if (!(door.trim() !== '' && frontDoorSeconds >= 0 && frontDoorSeconds <= 60))
      throw new UserError('bad_flag', `--front-door must be a number of seconds from 0 to 60, not "${door}".`);
    // What a server speaks is what is asked here; a preset knows.
    const asked = rest.target === undefined ? { ...rest, protocol: rest.protocol ?? 'auto' } : rest;
    const { plan } = resolvePlan({ suite: null, flags: asked });
    const found = await probe({ plan, environment: process.env, frontDoorSeconds, trials });
    this.log(
      renderConsole(probeDocument(found), screenOf(process.stdout, process.env, this.colorful(process.stdout, color))),
    );
    return found;
  }
}
