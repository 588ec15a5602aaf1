import { type Block, type Document, type Facts, heading, note } from '../document/document.ts';
import { formatNumber } from '../document/number.ts';
import type { RunSummary } from '../measurement/summary.ts';
import { ladderBlocks } from './ladder.ts';
import { loadPhrase } from './load.ts';
import { stepRows } from './rows.ts';
import { serverWords } from './server.ts';
import { stepBlocks } from './step.ts';
import { banners, verdictOf } from './trust.ts';

/**
 * The report of a run as a document: banners and verdict first, then what was measured, then how. Needs nothing but
 * the summary, so a stored run reads the same as a fresh one.
 *
 * @param program how this program is called here, in the commands that the report offers
 */
export function runDocument(summary: RunSummary, program = 'tokbench'): Document {
  const { steps } = summary;
  const only = steps.length === 1 ? steps[0] : undefined;
  const body: Block[] =
    steps.length === 0
      ? [note('bad', 'No step was started: there is nothing to report.')]
      : only === undefined
        ? ladderBlocks(steps)
        : stepBlocks(only);
  return {
    title: `tokbench run · ${summary.suite}`,
    subtitle: startedWords(summary.startedAt),
    banners: banners(summary),
    verdict: verdictOf(summary),
    blocks: [targetFacts(summary), ...body, ...noteBlocks(summary), ending(summary, program)],
    rows: stepRows(summary),
  };
}

export const startedWords = (startedAt: string): string =>
  startedAt.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');

export function targetFacts({ target, steps }: RunSummary): Facts {
  const only = steps.length === 1 ? steps[0] : undefined;
  const items = [
    { key: 'target', value: `${target.url} · ${serverWords(target.server, target.preset)}` },
    { key: 'model', value: `${target.model} · ${target.protocol}` },
  ];
  if (only === undefined) return { kind: 'facts', items };
  const { due, ok, failed, censored } = only.counts;
  const ended = [`${formatNumber(ok, true)} of ${formatNumber(due, true)} requests ok`];
  if (failed > 0) ended.push(`${formatNumber(failed, true)} failed`);
  if (censored > 0) ended.push(`${formatNumber(censored, true)} unfinished`);
  return { kind: 'facts', items: [...items, { key: 'load', value: [loadPhrase(only.load), ...ended].join(' · ') }] };
}

export function noteBlocks({ notes }: RunSummary): Block[] {
  return notes.length === 0 ? [] : [heading('Notes', 2), ...notes.map((text) => note('info', text))];
}

/** @param next the command that goes on with a run that was stopped; null = there is none */
export function ending(
  { directory }: Pick<RunSummary, 'directory'>,
  program: string,
  next: string | null = null,
): Facts {
  return {
    kind: 'facts',
    items: [
      { key: 'stored in', value: directory },
      ...(next === null ? [] : [{ key: 'go on', value: `${program} ${next} ${quoted(directory)}` }]),
      { key: 'print again', value: `${program} report ${quoted(directory)}` },
    ],
  };
}

/** As a shell takes it. */
const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
