import { type Banner, type Block, heading, note, type Tone } from '../document/document.ts';
import type { PrintedLint } from '../procurement/offer-cost.ts';
import { inSentence } from './decision-words.ts';

/** The mark of every money document whose capacity is simulated. */
export const simulatedBanner = (simulated: boolean): Banner[] =>
  simulated
    ? [
        {
          tone: 'warn',
          label: 'SIMULATED',
          text: 'the capacity is that of a simulated server: these prices are of no real hardware',
        },
      ]
    : [];

const tones: Readonly<Record<PrintedLint['severity'], Tone>> = {
  error: 'bad',
  warn: 'warn',
  info: 'info',
  'cannot-check': 'info',
};

/** What fired, then what could not be checked in one line. */
export function lintBlocks(lints: readonly PrintedLint[]): Block[] {
  const fired = lints.filter(({ severity }) => severity !== 'cannot-check');
  const unknown = lints.filter(({ severity }) => severity === 'cannot-check').sort(byId);
  const open = [...new Set(unknown.map(({ id, name }) => `${inSentence(name)} (${id})`))];
  if (fired.length === 0 && open.length === 0) return [];
  const unchecked =
    open.length === 0 ? [] : [note('info', `Could not be checked for lack of data: ${open.join(', ')}.`)];
  return [
    heading('Lints', 2),
    ...fired.map((lint) => note(tones[lint.severity], `${lint.id} ${offersWords(lint)}${lint.sentence}`, lint.id)),
    ...unchecked,
  ];
}

const byId = (a: PrintedLint, b: PrintedLint) => Number(a.id.slice(1)) - Number(b.id.slice(1));

function offersWords({ evidence }: PrintedLint): string {
  const offers = evidence['offers'];
  return Array.isArray(offers) ? `${offers.join(', ')}: ` : '';
}
