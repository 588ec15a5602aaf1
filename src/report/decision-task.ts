import { type Block, type Cell, heading, number, paragraph } from '../document/document.ts';
import { percent } from '../economics/finding.ts';
import type { Decision } from '../procurement/decide-result.ts';
import { money } from './decision-words.ts';

/** Burn rate, waste and return (rows 15 and 16). */
export function taskBlocks(decision: Decision): Block[] {
  const { burn, task, idleUsdPerYear, verdict } = decision;
  if (burn === null) return [];
  const days = burn.budgetDaysLeft;
  return [
    heading(`Burn rate and return of ${verdict.option}`),
    {
      kind: 'figures',
      items: [
        { label: 'an hour', value: number(burn.usdPerHour, 'usd/h'), note: null },
        { label: 'a day', value: number(burn.usdPerDay, 'usd/day'), note: null },
        { label: 'a month of 730 h', value: number(burn.usdPerMonth, 'usd/month'), note: null },
        ...(days === null ? [] : [{ label: 'days of the budget left', value: number(days, 'none'), note: null }]),
        ...(idleUsdPerYear === null
          ? []
          : [{ label: 'paid for idle capacity', value: number(idleUsdPerYear, 'usd/year'), note: null }]),
      ],
    },
    ...taskFacts(task),
    ...auditBlocks(decision),
  ];
}

function taskFacts(task: Decision['task']): Block[] {
  const usd = (value: number | null) => (value === null ? '–' : `$${Number(value.toPrecision(4))}`);
  if (task.state === 'refused')
    return [
      paragraph(
        `Cost of an attempt at a task (${task.unit}): ${usd(task.usdPerAttempt)}. Without ${task.missing.join(', ') || 'a quality figure'} there is no cost of an accepted task and no return.`,
      ),
    ];
  const items = [
    {
      key: 'an accepted task',
      value: `${usd(task.usdPerAccepted)} (${task.unit}); an attempt costs ${usd(task.usdPerAttempt)}`,
    },
    { key: 'accepted', value: percent(task.acceptRate!) },
    { key: 'wasted cost', value: task.wastedShare === null ? '–' : percent(task.wastedShare) },
  ];
  if (task.valuePerUsd !== null && task.netValueUsdPerYear !== null)
    items.push({
      key: 'return',
      value: `${usd(task.valuePerUsd)} of value for a dollar, ${money(task.netValueUsdPerYear)} a year net`,
    });
  if (task.grossMargin !== null)
    items.push({
      key: 'gross margin',
      value: `${percent(task.grossMargin)} of what an accepted task is worth, after its cost and its review`,
    });
  return [{ kind: 'facts', items }];
}

const classNames = {
  inputUncached: 'input',
  cacheRead: 'cached input',
  cacheWrite: 'cache write',
  outputVisible: 'output',
  outputReasoning: 'reasoning',
} as const;

function auditBlocks({ audit }: Decision): Block[] {
  if (audit === null) return [];
  const rows = Object.entries(audit.classes).filter(([, row]) => row.tokensTotal > 0);
  const fates = (['accepted', 'rejected', 'failed', 'retried', 'discarded'] as const).filter((fate) =>
    rows.some(([, row]) => row.tokens[fate] > 0),
  );
  return [
    {
      kind: 'table',
      title: 'What the tokens of a month became, USD',
      columns: [
        { label: 'class' },
        ...fates.map((label) => ({ label, unit: 'usd' as const })),
        { label: 'tokens', unit: 'tokens' as const },
      ],
      rows: rows.map(([name, row]): Cell[] => [
        classNames[name as keyof typeof classNames],
        ...fates.map((fate) => number(row.usd[fate], 'usd')),
        number(row.tokensTotal, 'tokens'),
      ]),
      scale: 'column',
      footnotes:
        audit.wastedShare === null
          ? []
          : [`${percent(audit.wastedShare)} of the cost led to no accepted task. ${basisWords(audit)}`],
    },
  ];
}

/** Who says the shares: the run what it counted, the study the rest. */
function basisWords({ measured, run }: NonNullable<Decision['audit']>): string {
  const [classes, failed] = [measured.includes('classes'), measured.includes('failed')];
  if (!classes && !failed) return 'Shares as declared in the study.';
  const counted = [...(classes ? ['classes'] : []), ...(failed ? ['failures'] : [])].join(' and ');
  return `${counted.charAt(0).toUpperCase()}${counted.slice(1)} as counted in ${run}; the other shares as declared in the study.`;
}
