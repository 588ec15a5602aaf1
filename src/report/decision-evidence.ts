import { type Block, type Cell, type Check, heading, number, paragraph } from '../document/document.ts';
import { percent } from '../economics/finding.ts';
import type { Decision, Gate } from '../procurement/decide-result.ts';
import { money } from './decision-finance.ts';
import { plainFigure } from './decision-words.ts';

/** What was measured and asked for (section 13, rows 7 to 9), and the matrix that explains the recommendation. */
export function evidenceBlocks(decision: Decision): Block[] {
  return [
    ...matrixBlocks(decision),
    heading('Capacity, demand and power'),
    { kind: 'facts', items: [...capacityFacts(decision), ...demandFacts(decision), ...powerFacts(decision)] },
  ];
}

const answers = { true: 'met', false: 'missed', null: 'unknown' } as const;
const answer = (value: boolean | null): Check['outcome'] => answers[String(value) as keyof typeof answers];
const gateOutcome: Readonly<Record<Gate['state'], Check['outcome']>> = {
  open: 'met',
  closed: 'missed',
  unknown: 'unknown',
};

function matrixBlocks({ matrix, verdict, gates }: Decision): Block[] {
  const { massive, predictable, core } = verdict.tests;
  const evidence = (factor: string) => matrix.find((row) => row.factor === factor)?.evidence ?? null;
  const check = (text: string, outcome: Check['outcome'], reason: string | null): Check => ({
    place: null,
    text,
    outcome,
    observed: null,
    reason,
  });
  return [
    heading('Build or buy'),
    {
      kind: 'checks',
      title: 'Three tests for owning, three gates',
      placeLabel: '',
      items: [
        check('massive', answer(massive), evidence('massive')),
        check('predictable', answer(predictable), evidence('predictable')),
        check('strategically core', answer(core), evidence('strategically-core')),
        ...gates.map(({ name, state, sentence }) => check(`${name} gate`, gateOutcome[state], sentence)),
      ],
    },
    {
      kind: 'table',
      title: 'Decision matrix: 0 speaks for an API, 1 for owning',
      columns: [
        { label: 'factor' },
        { label: 'score', unit: 'none' },
        { label: 'weight', unit: 'none' },
        { label: 'evidence' },
      ],
      rows: matrix.map(({ factor, score, weight, evidence, gate }): Cell[] => [
        factor.replaceAll('-', ' '),
        number(score, 'none', score === null ? { reason: 'no evidence' } : {}),
        number(weight, 'none'),
        gate === null ? evidence : `${evidence}; GATE: ${gate}`,
      ]),
      scale: 'column',
      footnotes:
        verdict.score === null
          ? []
          : [
              `Weighted mean ${plainFigure(verdict.score)}. The scores explain the recommendation; they never replace the money.`,
            ],
    },
  ];
}

type Fact = { readonly key: string; readonly value: string };

function capacityFacts({ capacity }: Decision): Fact[] {
  const {
    requestsPerSPerReplica: rate,
    acceleratorsPerReplica: accelerators,
    origin,
    runs,
    bracket,
    objectives,
  } = capacity;
  const of = accelerators === null ? '' : ` of ${accelerators} ${accelerators === 1 ? 'accelerator' : 'accelerators'}`;
  const facts = [
    {
      key: 'capacity',
      value: rate === null ? 'not given' : `${plainFigure(rate)} requests/s a replica${of}, ${origin}`,
    },
    { key: 'objectives', value: objectives.length === 0 ? 'none stated' : objectives.join(', ') },
  ];
  if (runs.length > 0) facts.push({ key: 'measured by', value: runs.join(', ') });
  if (bracket !== null && (bracket[0] !== null || bracket[1] !== null))
    facts.push({
      key: 'load',
      value: `inside the objectives at ${bracket[0] ?? 'none'}, outside at ${bracket[1] ?? 'none tested'}`,
    });
  return facts;
}

function demandFacts({ demand, options }: Decision): Fact[] {
  const { requestsPerMonth, requestsPerMonthAtEnd, peakToAverage, growth, inputTokens, outputTokens, hours } = demand;
  const own = options.find(({ kind }) => kind === 'own');
  const shape =
    inputTokens === null || outputTokens === null
      ? []
      : [{ key: 'request', value: `${plainFigure(inputTokens)} input and ${plainFigure(outputTokens)} output tokens` }];
  return [
    {
      key: 'volume',
      value: `${plainFigure(requestsPerMonth)} requests a month, growing ${percent(growth)} a year to ${plainFigure(requestsPerMonthAtEnd)} at the end of life`,
    },
    ...shape,
    {
      key: 'peak to average',
      value: `${plainFigure(peakToAverage)}, ${hours === 'pattern' ? 'from the hours of a week' : 'taken as a flat load in few hours of the week'}`,
    },
    ...(own === undefined || own.utilization === null
      ? []
      : [{ key: 'own servers used', value: percent(own.utilization) }]),
  ];
}

function powerFacts({ power }: Decision): Fact[] {
  if (power === null) return [];
  const kw = power.kwProvisioned === null ? '' : `${plainFigure(power.kwProvisioned)} kW provisioned, `;
  return [{ key: 'own servers draw', value: `${kw}${plainFigure(power.kwhPerYear ?? 0)} kWh a year (${power.basis})` }];
}

/** Where the data may run, and what is committed (rows 10 and 11). */
export function dataBlocks({ data, commitments }: Decision): Block[] {
  const share =
    data.sensitiveShare === null
      ? 'share of sensitive requests not declared'
      : `${percent(data.sensitiveShare)} of the requests sensitive`;
  const committed = Object.entries(commitments).flatMap(([key, value]) =>
    value === null ? [] : [`${words[key] ?? key} ${value}`],
  );
  return [
    heading('Data and commitments'),
    {
      kind: 'facts',
      items: [
        { key: 'data', value: [data.sensitivity, share].filter((part) => part !== null).join(', ') },
        {
          key: 'may run',
          value: [
            'on own servers',
            ...(data.rentAllowed ? ['on rented capacity'] : []),
            ...(data.apiAllowed ? ['at the API'] : []),
          ].join(', '),
        },
        { key: 'commitments', value: committed.length === 0 ? 'none stated' : committed.join(', ') },
      ],
    },
  ];
}
const words: Readonly<Record<string, string>> = {
  termMonths: 'term in months',
  noticeMonths: 'notice in months',
  minimumUsdPerMonth: 'minimum USD a month',
  upfrontShare: 'share paid upfront',
  lockInMonths: 'lock-in in months',
  note: '',
};

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
          : [`${percent(audit.wastedShare)} of the cost led to no accepted task. Shares as declared in the study.`],
    },
  ];
}
