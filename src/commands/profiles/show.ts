import { Args } from '@oclif/core';
import { showProfile } from '../../experiment/catalogue.ts';
import { BaseCommand, outputFlags } from '../shared/base.ts';

export default class ProfilesShow extends BaseCommand {
  static override summary = 'One profile with its source and date';
  static override examples = ['<%= config.bin %> profiles show workloads chat'];
  static override args = {
    kind: Args.string({ description: 'kind of profile, such as workloads', required: true }),
    name: Args.string({ description: 'name of the profile', required: true }),
  };
  static override flags = { ...outputFlags };

  async run(): Promise<unknown> {
    const { args } = await this.parse(ProfilesShow);
    const { text, data } = showProfile(args.kind, args.name);
    this.log(text.trimEnd());
    return data;
  }
}
