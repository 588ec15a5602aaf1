import { writeFile } from 'node:fs/promises';
import type { Document } from '../../document/document.ts';
import { UserError } from '../../error/user-error.ts';
import { readPricedRuns } from '../../experiment/priced-run.ts';
import { readOverrides } from '../../procurement/api-override.ts';
import type { DecisionCase } from '../../procurement/decide-case.ts';
import { type DecisionFigure, explainDecision } from '../../procurement/decide-explain.ts';
import type { Decision } from '../../procurement/decide-result.ts';
import { readProfile } from '../../procurement/profile.ts';
import { assumedByFlag } from '../../procurement/statement.ts';
import { type LoadedStudy, loadStudy, plainStudy } from '../../procurement/study.ts';
import { prepareStudy } from '../../procurement/study-case.ts';
import type { Decided, StudyOptions } from '../../procurement/study-decide.ts';
import { starterStudy } from '../../procurement/study-starter.ts';
import { typedCapacity } from '../../procurement/typed-capacity.ts';
import { explanationDocument } from '../../report/explanation.ts';
import { decisionStatement } from '../../report/focus-decision.ts';
import { outlineStudy, type StudyOutline } from '../../report/study.ts';
import { decisionWorkbook } from '../../report/workbook.ts';
import { deliverFile, type FileFormat, isFileFormat } from './file.ts';
import { dayOf, deliver } from './money.ts';
import type { textFormats } from './money-flags.ts';

interface StudyFlags {
  readonly assume?: string[] | undefined;
  readonly offer?: string[] | undefined;
  readonly run?: string[] | undefined;
  readonly prices?: string[] | undefined;
  readonly throughput?: string[] | undefined;
  readonly objective?: string[] | undefined;
  readonly hardware?: string | undefined;
  readonly date?: string | undefined;
  readonly seed: number;
  readonly out: string;
}

/**
 * The study that is meant: a file or a name, the one that ships, or one of a demand and offers in which nobody declared anything.
 *
 * @throws UserError `no_study`, `bad_offer`, and those of `loadStudy`
 */
export function studyOf(
  name: string | undefined,
  flags: { readonly demo: boolean; readonly demand?: string | undefined; readonly offer?: string[] | undefined },
): LoadedStudy {
  const { demo, demand, offer = [] } = flags;
  if (demand === undefined) {
    const meant = name ?? (demo ? 'demo' : undefined);
    if (meant === undefined)
      throw new UserError(
        'no_study',
        'Name a study, use --demo, or give --demand with --offer; tokbench decide --init writes a study to start from.',
      );
    return loadStudy(meant);
  }
  if (name !== undefined || demo)
    throw new UserError(
      'contradictory_flags',
      `A study names its own demand; leave --demand ${demand} away, or the study.`,
    );
  if (offer.length === 0)
    throw new UserError(
      'bad_offer',
      'A decision without a study needs what is compared: --offer own:NAME --offer api:PROVIDER/MODEL, or tokbench decide --init.',
    );
  return plainStudy(demand);
}

/** What the flags of `decide` add to a study. @throws UserError for whatever is wrong with them */
export async function studyOptions(flags: StudyFlags): Promise<Omit<StudyOptions, 'command'>> {
  const date = dayOf(flags.date);
  const runs = await readPricedRuns(flags.run ?? [], {
    out: flags.out,
    objectives: flags.objective ?? [],
    hardware: flags.hardware ?? null,
  });
  return {
    assumed: (flags.assume ?? []).map(assumedByFlag),
    offers: flags.offer ?? [],
    runs: [
      ...runs.map(({ capacity, stored }) => ({
        capacity,
        startedAt: new Date(stored.record.startedUnixMs).toISOString(),
      })),
      ...(flags.throughput ?? []).map((text) => ({ capacity: typedCapacity(text), startedAt: null })),
    ],
    overrides: (flags.prices ?? []).flatMap((path) => readOverrides(path, date)),
    date,
    seed: flags.seed,
  };
}

export interface WrittenStarter {
  readonly schema: 'tokbench.starter/1';
  readonly file: string;
  readonly sentence: string;
}

/** Writes a starter for a demand profile; an existing file is never overwritten. @throws UserError `file_exists` */
export async function writeStarter(
  demand: string | undefined,
  flags: { readonly output?: string | undefined; readonly date?: string | undefined },
): Promise<WrittenStarter> {
  const { data } = readProfile('demand', demand ?? 'internal-search');
  const file = flags.output ?? `${data.name}-study.yaml`;
  const text = starterStudy(data, { date: dayOf(flags.date), file, reference: demand ?? data.name, schema: null });
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UserError('file_exists', `${file} is there already; name another with --output FILE.`);
    throw new UserError('cannot_write', `Cannot write ${file}: ${code}.`);
  }
  return { schema: 'tokbench.starter/1', file, sentence: `Wrote ${file}. Edit it, then: tokbench decide ${file}` };
}

/** Reads a study with its profiles and prices as `decide` would. @throws UserError for whatever is wrong with it */
export function checkStudy(name: string): StudyOutline {
  const loaded = loadStudy(name);
  const flags = { assumed: [], offers: [], runs: [], overrides: [], date: dayOf(undefined) };
  return outlineStudy(loaded, prepareStudy(loaded, flags));
}

/** Explains a figure of a decision, as text whatever else a decision may be. @throws UserError `bad_format` */
export async function explained(
  figure: DecisionFigure,
  { about, decision }: Decided,
  { format, output, color, silent }: Pick<Delivery, 'format' | 'output' | 'color'> & { readonly silent: boolean },
): Promise<unknown> {
  if (isFileFormat(format))
    throw new UserError('bad_format', `--explain is text: leave --format ${format} away, or the explanation.`);
  const explanations = explainDecision(figure, about, decision);
  const json = { schema: 'tokbench.decide-explanation/1', figure, explanations };
  if (!silent) await deliver(explanationDocument(decision, explanations, 'decide'), json, { format, output, color });
  return json;
}

interface Delivery {
  readonly format: (typeof textFormats)[number] | FileFormat;
  readonly output?: string | undefined;
  readonly organisation: string;
  readonly color: boolean;
}

/** Prints or writes a decision in a format; a workbook and FOCUS rows are computed from the case. */
export async function deliverDecision(
  document: Document,
  decision: Decision,
  about: DecisionCase,
  options: Delivery,
): Promise<void> {
  const { format, output, color, organisation } = options;
  if (!isFileFormat(format)) return deliver(document, decision, { format, output, color });
  await deliverFile(format, output, {
    xlsx: () => decisionWorkbook(about, decision),
    focus: () => decisionStatement(about, decision, { organisation, start: null }),
  });
}
