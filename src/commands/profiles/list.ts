import { Args } from '@oclif/core';
import { renderConsole } from '../../document/console.ts';
import { screenOf } from '../../document/terminal.ts';
import { listProfiles } from '../../experiment/catalogue.ts';
import { profilesDocument } from '../../report/profiles.ts';
import { BaseCommand, outputFlags } from '../shared/base.ts';

export default class ProfilesList extends BaseCommand {
  static override summary = 'The data that ships: names, titles, status, dates';
  static override examples = ['<%= config.bin %> profiles list', '<%= config.bin %> profiles list workloads --json'];
  static override args = { kind: Args.string({ description: 'kind of profile, such as workloads; default: all' }) };
  static override flags = { ...outputFlags };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ProfilesList);
    const profiles = listProfiles(args.kind ?? null);
    const screen = screenOf(process.stdout, process.env, this.colorful(process.stdout, flags.color));
    this.log(renderConsole(profilesDocument(profiles), screen));
    return { schema: 'tokbench.profiles/1', profiles };
  }
}
