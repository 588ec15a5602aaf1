import { type Block, type Cell, type Check, heading, number } from '../document/document.ts';
import { percent } from '../economics/finding.ts';
import type { Decision, Gate } from '../procurement/decide-result.ts';
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
      value:
        rate === null
          ? 'not given'
          : `${plainFigure(rate)} requests/s a replica (a running copy of the model)${of}, ${origin}`,
    },
    { key: 'objectives', value: objectives.length === 0 ? 'none stated' : objectives.join(', ') },
    ...objectiveTerms(objectives),
  ];
  if (runs.length > 0) facts.push({ key: 'measured by', value: runs.join(', ') });
  if (bracket !== null && (bracket[0] !== null || bracket[1] !== null))
    facts.push({
      key: 'load',
      value: `inside the objectives at ${bracket[0] ?? 'none'}, outside at ${bracket[1] ?? 'none tested'}`,
    });
  return facts;
}

const terms = {
  ttft: 'ttft is the time to the first token of an answer',
  tpot: 'tpot the time for each token after it',
  e2e: 'e2e the time to the last token',
} as const;

/** What the objectives call things, for whoever pays and does not measure. */
function objectiveTerms(objectives: readonly string[]): Fact[] {
  const used = Object.entries(terms).flatMap(([name, words]) =>
    objectives.some((text) => text.startsWith(`${name}.`)) ? [words] : [],
  );
  const [, share = null] = /\.p(\d+)/.exec(objectives.join(' ')) ?? [];
  const within = share === null ? [] : [`p${share} what ${share} of 100 requests keep`];
  return used.length === 0 ? [] : [{ key: '', value: [...used, ...within].join(', ') }];
}

const basisWords: Readonly<Record<string, string>> = {
  'metered-wall': 'measured at the wall',
  'metered-board': 'accelerator boards only, as measured',
  'all-in-it': 'with host, fans and network; cooling by the facility factor',
  'all-in-utility': 'with cooling',
  tdp: 'nameplate, not measured',
};

const usedWords = ({ today, atEnd }: NonNullable<Decision['demand']['ownUtilization']>): string =>
  `${percent(today)} today${atEnd === null ? '' : `, ${percent(atEnd)} at the end of life, with the servers that growth adds`}`;

function demandFacts({ demand }: Decision): Fact[] {
  const { requestsPerMonth, requestsPerMonthAtEnd, peakToAverage, growth, inputTokens, outputTokens, hours } = demand;
  const { ownUtilization } = demand;
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
    ...(ownUtilization === null ? [] : [{ key: 'own servers used', value: usedWords(ownUtilization) }]),
  ];
}

function powerFacts({ power }: Decision): Fact[] {
  if (power === null) return [];
  const kw = power.kwProvisioned === null ? '' : `${plainFigure(power.kwProvisioned)} kW provisioned, `;
  const { joulesPerOutputToken: joules, outputTokensPerSPerKw: perKw } = power;
  const facts = [
    {
      key: 'own servers draw',
      value: `${kw}${plainFigure(power.kwhPerYear ?? 0)} kWh a year (${basisWords[power.basis] ?? power.basis})`,
    },
  ];
  if (joules !== null && perKw !== null)
    facts.push({
      key: 'energy of a token',
      value: `${plainFigure(joules)} J an output token delivered, ${plainFigure(perKw)} output tokens/s a kW`,
    });
  return facts;
}

/** Where the data may run, what is committed, and whether the models are equals (rows 10, 11 and 16). */
export function dataBlocks({ data, commitments, quality }: Decision): Block[] {
  const share =
    data.sensitiveShare === null
      ? 'share of sensitive requests not declared'
      : `${percent(data.sensitiveShare)} of the requests sensitive`;
  const committed = Object.entries(commitments).flatMap(([key, value]) =>
    value === null ? [] : [`${words[key] ?? key} ${value}`.trim()],
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
        {
          key: 'models',
          value:
            quality.equivalence === 'declared'
              ? 'declared equally good for this work'
              : 'nobody declared that they are equally good',
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
