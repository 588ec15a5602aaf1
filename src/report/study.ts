import { type Document, note } from '../document/document.ts';
import type { LoadedStudy } from '../procurement/study.ts';
import type { PreparedStudy } from '../procurement/study-case.ts';

/** What a study would decide, and what it does not say. */
export interface StudyOutline {
  readonly schema: 'tokbench.check/1';
  readonly study: string;
  readonly demand: string | null;
  readonly offers: readonly string[];
  readonly stated: number;
  readonly defaults: number;
  /** What nobody declared, so that a test or a gate stays unanswered. */
  readonly undeclared: readonly string[];
}

export function outlineStudy(loaded: LoadedStudy, { about, offers }: PreparedStudy): StudyOutline {
  const { strategy, quality, limits, value } = about;
  const open: readonly (readonly [string, unknown])[] = [
    ['strategy.core', strategy.core],
    ['strategy.predictable', strategy.predictable],
    ['quality.floor', quality.floor],
    ['quality.self', quality.self],
    ['quality.api', quality.api],
    ['value.usdPerTask', value.usdPerTask],
    ['limits.capitalUsd', limits.capitalUsd],
    ['limits.budgetUsd', limits.budgetUsd],
  ];
  const stated = about.register.entries.filter(({ source }) => source !== 'default').length;
  return {
    schema: 'tokbench.check/1',
    study: loaded.name,
    demand: loaded.study.demand ?? null,
    offers: offers.map(({ name }) => name),
    stated,
    defaults: about.register.entries.length - stated,
    undeclared: open.flatMap(([id, said]) => (said === null ? [id] : [])),
  };
}

/** `check` of a study. */
export function studyDocument(outline: StudyOutline): Document {
  const { study, demand, offers, stated, defaults, undeclared } = outline;
  return {
    title: `tokbench check · ${study}`,
    subtitle: 'a study; nothing was sent',
    banners: [],
    verdict: null,
    blocks: [
      {
        kind: 'facts',
        items: [
          { key: 'demand', value: demand ?? 'from the assumptions' },
          { key: 'offers', value: offers.join(', ') },
          { key: 'assumptions', value: `${stated} stated, ${defaults} defaults` },
        ],
      },
      ...(undeclared.length === 0
        ? [note('ok', 'Every declaration is made.')]
        : [note('info', `Not declared: ${undeclared.join(', ')}. What rests on them stays without an answer.`)]),
      note('ok', `Nothing is wrong with it: tokbench decide ${study}`),
    ],
    rows: null,
  };
}
