import { writeFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { summariseRun } from '../experiment/analysis.ts';
import { summariseTargets, type TargetsSummary } from '../experiment/several-summary.ts';
import { summariseSweep } from '../experiment/sweep.ts';
import type { RunSummary } from '../measurement/summary.ts';
import type { SweepSummary } from '../measurement/sweep-summary.ts';
import { readRun, type StoredRun, writeSummary } from '../store/record.ts';
import { readTargets } from '../store/targets.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { formats, renderRuns, requireFile, runsOfTargets } from './shared/format.ts';
import { refuseOutput } from './shared/output.ts';

export default class Report extends BaseCommand {
  static override summary = 'Render stored runs again: console, json, csv, requests-csv, md, html, xlsx, junit';
  static override description =
    'Everything is computed anew from the run on disk, also of a run that was interrupted or killed. A missing summary.json is written again. csv has one row a step, requests-csv one row a request.';
  static override examples = [
    '<%= config.bin %> report latest',
    '<%= config.bin %> report results/demo/2026-11-24T23-52-32Z --format html --output report.html',
    '<%= config.bin %> report latest --format requests-csv --output requests.csv',
    '<%= config.bin %> report latest --format xlsx --output run.xlsx',
  ];
  static override strict = false;
  static override args = {
    run: Args.string({ description: 'directory of a run, a file in it, or latest', required: true }),
  };
  static override flags = {
    format: Flags.option({ options: formats, description: 'what to render', default: 'console' as const })(),
    output: Flags.string({ char: 'o', description: 'file to write; default stdout', helpValue: 'FILE' }),
    out: Flags.string({ description: 'folder of results, for latest', default: 'results', helpValue: 'DIR' }),
    ...outputFlags,
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Report);
    requireFile(flags.format, flags.output, process.stdout);
    const runs: { stored: StoredRun; summary: RunSummary; sweep: SweepSummary | null }[] = [];
    const several: TargetsSummary[] = [];
    for (const path of argv as string[]) {
      const targets = await readTargets(path, flags.out);
      if (targets !== null) {
        several.push(await summariseTargets(targets.directory, targets.record));
        continue;
      }
      const stored = await readRun(path, flags.out);
      const summary = await summariseRun(stored);
      // Derived: whoever deleted it gets it back; a folder that cannot be written is no reason not to read it.
      await writeSummary(stored.directory, summary).catch(() => {});
      runs.push({ stored, summary, sweep: summariseSweep(stored.record, summary) });
    }
    const documents = [...runs.map(({ summary, sweep }) => sweep ?? summary), ...several];
    const document = documents.length === 1 ? documents[0] : { schema: 'tokbench.runs/1', runs: documents };
    if (this.jsonEnabled() && flags.output === undefined) return document;
    const color = flags.output === undefined && this.colorful(process.stdout, flags.color);
    for (const one of several) runs.push(...(await runsOfTargets(one, flags.format)));
    const pieces = renderRuns(flags.format, runs, document, color, several);
    if (flags.output !== undefined) await writeFile(flags.output, pieces).catch(refuseOutput(flags.output));
    else for await (const piece of pieces) process.stdout.write(piece);
    return document;
  }
}
