import {
  type Banner,
  type Block,
  type Document,
  heading,
  type Note,
  note,
  type Tone,
  type Verdict,
} from '../document/document.ts';
import type { Decision } from '../procurement/decide-result.ts';
import { dataBlocks, evidenceBlocks } from './decision-evidence.ts';
import { breakEvenBlocks, npvBlocks, tornadoBlocks } from './decision-finance.ts';
import { hybridBlocks } from './decision-hybrid.ts';
import { optionBlocks } from './decision-options.ts';
import { registerBlocks } from './decision-register.ts';
import { decisionRows } from './decision-rows.ts';
import { taskBlocks } from './decision-task.ts';
import { vendorBlocks } from './decision-vendors.ts';
import { choiceWords, inSentence, longRunWords, plainFigure, valueWords } from './decision-words.ts';
import { lintBlocks } from './lint.ts';

/** The report of `decide` in the order of section 13: what to do, what it rests on, what would reverse it; then the appendices. */
export function decisionDocument(decision: Decision): Document {
  return {
    title: `tokbench decide · ${decision.title}`,
    subtitle: `study ${decision.study} · prices of ${decision.date}`,
    banners: banners(decision),
    verdict: verdictOf(decision),
    blocks: [
      ...optionBlocks(decision),
      ...breakEvenBlocks(decision),
      ...npvBlocks(decision),
      ...tornadoBlocks(decision),
      ...hybridBlocks(decision),
      ...evidenceBlocks(decision),
      ...dataBlocks(decision),
      ...vendorBlocks(decision),
      ...registerBlocks(decision),
      ...lintBlocks(decision.lints),
      ...taskBlocks(decision),
      ...noteBlocks(decision),
      ...reproductionBlocks(decision),
    ],
    rows: decisionRows(decision),
  };
}

function banners({ simulated }: Decision): Banner[] {
  return simulated
    ? [
        {
          tone: 'warn',
          label: 'SIMULATED',
          text: 'the capacity is that of a simulated server: no purchase may rest on it',
        },
      ]
    : [];
}

const tones: Readonly<Record<Decision['verdict']['state'], Tone>> = {
  ok: 'ok',
  'not-verified': 'warn',
  infeasible: 'bad',
};

function verdictOf(decision: Decision): Verdict {
  const { verdict } = decision;
  const label =
    verdict.state === 'not-verified' ? `${verdict.choice.toUpperCase()}, NOT VERIFIED` : verdict.choice.toUpperCase();
  return {
    tone: tones[verdict.state],
    label,
    text: verdict.sentence,
    notes: [...gateNotes(decision), ...longRunNotes(decision), ...reverserNotes(decision)],
  };
}

/** Closed gates first: they bind the verdict. */
const gateNotes = ({ gates }: Decision): Note[] =>
  gates
    .filter(({ state }) => state === 'closed')
    .map(({ name, sentence }) => note('warn', `Gate ${name}: ${sentence}`, `gate-${name}`));

function longRunNotes(decision: Decision): Note[] {
  const text = longRunWords(decision);
  return text === null ? [] : [note('warn', text, 'long-run')];
}

/** The three assumptions that would reverse the verdict, and the declarations that would. */
function reverserNotes({ verdict, register }: Decision): Note[] {
  const notes = verdict.reversers.slice(0, 3).map(({ id, from, value, choice }) => {
    const entry = register.entries.find((one) => one.id === id);
    const what = entry === undefined ? id : `${id} (${inSentence(entry.title)})`;
    const unit = entry?.unit ?? '';
    return note(
      'info',
      `It becomes ${choiceWords[choice]} if ${what} goes from ${valueWords(from, unit)} to ${valueWords(value, unit)}.`,
      `reverser-${id}`,
    );
  });
  if (notes.length === 0)
    notes.push(note('info', 'No single assumption reverses it within its own range.', 'no-reverser'));
  const declared = verdict.declarations.map(({ id, value, choice }) =>
    note('info', `It becomes ${choiceWords[choice]} if ${declarationWords(id, value)}.`, `declaration-${id}`),
  );
  return [...notes, ...declared];
}

const declarations: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  'strategy.core': ['the work is declared core to the strategy', 'the work is not declared core'],
  'strategy.predictable': ['the load is declared predictable', 'the load is not predictable'],
  'privacy.apiAllowed': ['a contract allows the data at the API', 'the data may not go to the API'],
  'privacy.rentAllowed': ['the data may run on rented capacity', 'the data may not run on rented capacity'],
  'rent.scales': [
    'rented instances can be given back in quiet hours and had again',
    'rented instances cannot be given back in quiet hours and had again',
  ],
  'quality.self reaches quality.floor': ['the self-hosted model reaches the quality floor', ''],
};
const declarationWords = (id: string, value: boolean): string =>
  declarations[id]?.[value ? 0 : 1] ?? `${id} is ${value}`;

function noteBlocks({ notes, capacity }: Decision): Block[] {
  const all = [...new Set([...notes, ...capacity.notes])];
  return all.length === 0 ? [] : [heading('Notes'), ...all.map((text) => note('info', text))];
}

function reproductionBlocks({ reproduction, register, monteCarlo }: Decision): Block[] {
  const { command, studySha256, priceSnapshot, seed } = reproduction;
  return [
    heading('To repeat it'),
    {
      kind: 'facts',
      items: [
        { key: 'command', value: command },
        { key: 'study', value: `SHA-256 ${studySha256.slice(0, 12)}` },
        { key: 'register', value: `SHA-256 ${register.sha256.slice(0, 12)}` },
        ...(priceSnapshot === null ? [] : [{ key: 'API prices', value: priceSnapshot }]),
        { key: 'seed', value: `${seed}${monteCarlo === null ? '' : `, ${plainFigure(monteCarlo.draws)} draws`}` },
      ],
    },
  ];
}
