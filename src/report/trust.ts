import { type Banner, type Note, note, type Tone, type Verdict } from '../document/document.ts';
import type { Doubt, RunSummary, StepSummary } from '../measurement/summary.ts';
import { loadHead, loadLabel } from './load.ts';

/** What must be seen before any number: simulated, interrupted, never finished. */
export function banners(summary: RunSummary): Banner[] {
  const list: Banner[] = [];
  if (summary.simulated)
    list.push({
      tone: 'warn',
      label: 'SIMULATED',
      text: 'measured on the simulated server: these numbers say nothing about any real model, server or hardware',
    });
  if (summary.state === 'interrupted')
    list.push({
      tone: 'warn',
      label: 'INTERRUPTED',
      text: 'stopped before its end; what was measured until then is reported',
    });
  if (summary.state === 'running')
    list.push({
      tone: 'warn',
      label: 'UNFINISHED',
      text: 'still running, or killed before it could say that it ended',
    });
  return list;
}

const severityTone: Record<Doubt['severity'], Tone> = { invalid: 'bad', suspect: 'warn', info: 'info' };
const severityRank: Record<Doubt['severity'], number> = { invalid: 0, suspect: 1, info: 2 };

/** The run's verdict with every doubt as a sentence, the gravest first. */
export function verdictOf(summary: RunSummary): Verdict {
  const notes = doubtNotes(summary.steps);
  const grave = notes.filter((n) => n.tone !== 'info').length;
  const reasons = grave === 1 ? 'for one reason' : `for ${grave} reasons`;
  switch (summary.verdict) {
    case 'VALID':
      return { tone: 'ok', label: 'VALID', text: 'nothing found that casts doubt on these numbers', notes };
    case 'SUSPECT':
      return { tone: 'warn', label: 'SUSPECT', text: `read with care${grave > 0 ? `, ${reasons}` : ''}`, notes };
    case 'INVALID':
      return {
        tone: 'bad',
        label: 'INVALID',
        text: `do not quote these numbers${grave > 0 ? `, ${reasons}` : ''}`,
        notes,
      };
  }
}

/** One sentence a doubt; the same sentence of several steps once, with their loads in front. */
function doubtNotes(steps: readonly StepSummary[]): Note[] {
  const all = steps.flatMap((step) => step.doubts.map((doubt) => ({ doubt, label: loadLabel(step, steps) })));
  const merged = new Map<string, { doubt: Doubt; labels: string[] }>();
  for (const { doubt, label } of all) {
    const key = `${doubt.severity}\n${doubt.code}\n${doubt.message}`;
    const known = merged.get(key);
    if (known) known.labels.push(label);
    else merged.set(key, { doubt, labels: [label] });
  }
  return [...merged.values()]
    .sort((a, b) => severityRank[a.doubt.severity] - severityRank[b.doubt.severity])
    .map(({ doubt, labels }) => {
      const everywhere = labels.length === steps.length;
      const place = everywhere ? '' : `${loadHead(steps)} ${labels.join(', ')}: `;
      return note(severityTone[doubt.severity], place + doubt.message, doubt.code);
    });
}

export const verdictTone = { VALID: 'ok', SUSPECT: 'warn', INVALID: 'bad' } as const satisfies Record<
  RunSummary['verdict'],
  Tone
>;
