import { printCell } from './cell.ts';
import type { Check, Checks, Document, Verdict } from './document.ts';
import { markup } from './xml.ts';

interface Case {
  readonly group: string;
  readonly name: string;
  /** Element inside the test case, as XML; empty when it passed. */
  readonly result: string;
  readonly output: string;
}

/**
 * A document as JUnit XML for CI: the verdict and every check are test cases. A missed check is a failure, a bad verdict
 * an error, a check that could not be told skipped: it was not met, and not missed either.
 */
export function renderJunit(document: Document): string {
  const cases = [
    ...(document.verdict === null ? [] : [verdictCase(document.verdict, document.banners)]),
    ...document.blocks
      .filter((block) => block.kind === 'checks')
      .flatMap((block) => block.items.map((item) => checkCase(item, block))),
  ];
  const count = (element: string) => cases.filter((c) => c.result.startsWith(`<${element}`)).length;
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  const name = markup(document.title);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${name}" ${totals}>`,
    `  <testsuite name="${name}" ${totals}>`,
    ...cases.map(caseText),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function verdictCase(verdict: Verdict, banners: Document['banners']): Case {
  const sentences = verdict.notes.map((note) => (note.code === null ? note.text : `${note.code}: ${note.text}`));
  const message = markup(`${verdict.label}: ${verdict.text}`);
  const output = [...banners.map((banner) => `${banner.label}: ${banner.text}`), ...sentences];
  const result =
    verdict.tone === 'bad'
      ? `<error message="${message}" type="${markup(verdict.label)}">${sentences.map(markup).join('\n')}</error>`
      : '';
  return {
    group: 'verdict',
    name: 'verdict',
    result,
    output: [`${verdict.label}: ${verdict.text}`, ...output].map(markup).join('\n'),
  };
}

function checkCase(item: Check, { title, placeLabel }: Checks): Case {
  const observed =
    item.observed === null || item.observed.value === null
      ? 'nothing observed'
      : `observed ${printCell(item.observed)}`;
  const message = markup([observed, item.reason].filter((part) => part).join(', '));
  const result = {
    met: '',
    missed: `<failure message="${message}" type="missed"/>`,
    unknown: `<skipped message="${message}"/>`,
  }[item.outcome];
  const place = item.place === null ? '' : ` at ${placeLabel} ${item.place}`;
  return { group: title.toLowerCase(), name: `${item.text}${place}`, result, output: markup(observed) };
}

function caseText({ group, name, result, output }: Case): string {
  const inside = [result, output === '' ? '' : `<system-out>${output}</system-out>`]
    .filter((part) => part !== '')
    .join('');
  return `    <testcase classname="${markup(group)}" name="${markup(name)}">${inside}</testcase>`;
}
