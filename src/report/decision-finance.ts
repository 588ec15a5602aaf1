import { type Block, type CurveChart, heading, number, paragraph } from '../document/document.ts';
import { formatNumber } from '../document/number.ts';
import { percent } from '../economics/finding.ts';
import type { Decision, RateOutcome } from '../procurement/decide-result.ts';
import { inSentence, money, monthWords, plainFigure, valueWords } from './decision-words.ts';

/** Break-even in whole servers (section 13, row 4): required utilisation first, since it can be checked against one's own demand. */
export function breakEvenBlocks(decision: Decision): Block[] {
  const { breakEven } = decision;
  if (breakEven.against === null) return [heading('Break-even'), paragraph(breakEven.explanation ?? '')];
  return [
    heading(`Break-even of owning against ${breakEven.against}`),
    ...crossings(decision),
    ...stairChart(decision),
  ];
}

function crossings({ breakEven, demand }: Decision): Block[] {
  const { firstRequestsPerMonth: first, sustainedRequestsPerMonth: sustained, requiredUtilization } = breakEven;
  const now = `Today's volume is ${plainFigure(demand.requestsPerMonth)} requests a month.`;
  if (first === null) return [paragraph(`Owning never breaks even: ${clause(breakEven.explanation)} ${now}`)];
  const items = [
    { label: 'required utilisation', value: number(requiredUtilization, 'share'), note: null },
    {
      label: 'cheaper for good from',
      value: number(sustained, 'requests/month', sustained === null ? { reason: clause(breakEven.explanation) } : {}),
      note: breakEven.sustainedServers === null ? null : `${breakEven.sustainedServers} servers, spares included`,
    },
    {
      label: 'cheaper for the first time at',
      value: number(first, 'requests/month'),
      note: `${breakEven.firstServers} servers, spares included`,
    },
    { label: 'volume today', value: number(demand.requestsPerMonth, 'requests/month'), note: null },
  ];
  const between =
    sustained !== null && sustained > first * 1.000001
      ? [
          paragraph(
            'Between the first crossing and the last, more volume can make owning dearer again: each whole server must fill first.',
          ),
        ]
      : [];
  return [{ kind: 'figures', items }, ...between];
}

const clause = (sentence: string | null): string => {
  const text = sentence ?? 'it could not be computed.';
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
};

/** Steps of whole servers against the line of what they replace. */
function stairChart({ breakEven, demand }: Decision): Block[] {
  const { stairs, line, firstRequestsPerMonth: first, sustainedRequestsPerMonth: sustained, against } = breakEven;
  if (stairs === null || line === null) return [];
  const far = Math.max(1.6 * demand.requestsPerMonth, 1.2 * (sustained ?? first ?? 0), 2.5 * stairs.capacityPerUnit);
  const steps = Math.min(200, Math.ceil(far / stairs.capacityPerUnit));
  const each = far / steps;
  const cost = (volume: number) =>
    stairs.fixed + stairs.perUnit * Math.max(1, Math.ceil(volume / stairs.capacityPerUnit - 1e-9));
  const own = Array.from({ length: steps + 1 }, (_, index): [number, number] => {
    const from = Math.min(far, index * (steps < 200 ? stairs.capacityPerUnit : each));
    return [from, cost(from + 1e-6 * stairs.capacityPerUnit)];
  });
  const price = (volume: number) => line.fixed + line.perRequest * volume;
  const marks = [
    { label: "today's volume", x: demand.requestsPerMonth, y: cost(demand.requestsPerMonth) },
    ...(first === null ? [] : [{ label: 'first break-even', x: first, y: price(first) }]),
    ...(sustained === null || sustained === first
      ? []
      : [{ label: 'sustained break-even', x: sustained, y: price(sustained) }]),
  ].filter(({ x }) => x <= far);
  const chart: CurveChart = {
    kind: 'chart',
    shape: 'curves',
    title: 'Cost of a month by volume',
    x: { label: 'requests a month', unit: 'requests/month' },
    y: { label: 'cost of a month', unit: 'usd/month' },
    curves: [
      { name: 'own servers', form: 'steps', points: own },
      {
        name: against ?? 'alternative',
        form: 'line',
        points: [
          [0, price(0)],
          [far, price(far)],
        ],
      },
    ],
    marks,
  };
  return [chart];
}

/** NPV, payback, rates and probability (section 13, rows 4 and 5), with the cash over the life. */
export function npvBlocks({ npv, breakEvenRates, monteCarlo, register, options }: Decision): Block[] {
  if (npv.state === 'refused') return [];
  const rented = options.some(({ name, kind }) => name === npv.against && kind !== 'api');
  const against = npv.hypothetical ? `${npv.against}, which may not be used` : (npv.against ?? '');
  const probability = monteCarlo === null ? null : monteCarlo.shareNpvPositive;
  const wacc = register.entries.find(({ id }) => id === 'finance.wacc')?.value;
  const rate = typeof wacc === 'number' ? ` at ${percent(wacc)} a year` : '';
  return [
    heading(`Buying instead of ${against}`),
    {
      kind: 'figures',
      items: [
        { label: 'net present value', value: number(npv.usd, 'usd'), note: rate === '' ? null : rate.trim() },
        {
          label: 'chance that it pays',
          value: number(probability, 'share'),
          note: monteCarlo === null ? null : `${plainFigure(monteCarlo.draws)} draws`,
        },
        {
          label: 'internal rate of return',
          value: number(npv.irr, 'share', npv.irr === null ? { reason: 'the cash flow has no single rate' } : {}),
          note: null,
        },
        {
          label: 'pays back after',
          value: number(
            npv.paybackMonth,
            'months',
            npv.paybackMonth === null ? { reason: 'never within its life' } : {},
          ),
          note: null,
        },
      ],
    },
    {
      kind: 'facts',
      items: [
        { key: 'discounted payback', value: monthWords(npv.discountedPaybackMonth) },
        ...(monteCarlo === null
          ? []
          : [
              {
                key: 'NPV in 8 of 10 draws',
                value: `${money(monteCarlo.p10)} to ${money(monteCarlo.p90)}, median ${money(monteCarlo.p50)}`,
              },
            ]),
        {
          key: `NPV 0 at ${rented ? 'rental' : 'API'} decline`,
          value: rateWords(breakEvenRates.apiPriceDecline, '1/year', 'any decline is survived', 'negative without any'),
        },
        {
          key: 'NPV 0 at growth',
          value: rateWords(breakEvenRates.growth, '1/year', 'pays without any volume', 'no growth is enough'),
        },
        {
          key: rented ? 'NPV 0 at rental a request' : 'NPV 0 at API price',
          value: rateWords(
            breakEvenRates.apiUsdPerRequest,
            'USD/request',
            rented ? 'pays against a free rental' : 'pays against a free API',
            'no price is enough',
          ),
        },
        {
          key: 'NPV 0 at server price',
          value: rateWords(
            breakEvenRates.serverPriceUsd,
            'USD/server',
            'pays at any price',
            'even a free server loses',
          ),
        },
        {
          key: 'fleet outgrown',
          value: npv.firstMonthOverCapacity === null ? 'not within its life' : `in month ${npv.firstMonthOverCapacity}`,
        },
        ...(npv.serversAtEnd === null
          ? []
          : [{ key: 'servers at the end of life', value: formatNumber(npv.serversAtEnd, true) }]),
      ],
    },
    paragraph('NPV 0 at: where one assumption alone makes buying and its alternative cost the same.'),
    ...cashChart(npv),
  ];
}

function rateWords(outcome: RateOutcome, unit: string, survives: string, never: string): string {
  if (outcome.value !== null) return valueWords(outcome.value, unit);
  if (outcome.state === 'survives-any') return survives;
  return outcome.state === 'refused' ? 'needs an API with a price' : never;
}

function cashChart({ cumulativeUsd, paybackMonth }: Decision['npv']): Block[] {
  if (cumulativeUsd.length < 2) return [];
  const points = cumulativeUsd.map((usd, month): [number, number] => [month, usd]);
  const paid =
    paybackMonth === null ? [] : [{ label: 'paid back', x: paybackMonth, y: cumulativeUsd[paybackMonth] ?? 0 }];
  return [
    {
      kind: 'chart',
      shape: 'curves',
      title: 'Cash of buying against the alternative, summed up',
      x: { label: 'month', unit: 'none' },
      y: { label: 'cash', unit: 'usd' },
      curves: [{ name: 'saved minus paid', form: 'line', points }],
      marks: paid,
    },
  ];
}

const longest = 12;

/** What moves the NPV most (section 13, row 6). */
export function tornadoBlocks({ tornado, npv, register }: Decision): Block[] {
  if (tornado.length === 0 || npv.usd === null) return [];
  const rows = tornado.slice(0, longest);
  const entryOf = (id: string) => register.entries.find((entry) => entry.id === id);
  const unitOf = (id: string) => entryOf(id)?.unit ?? '';
  const flips = tornado
    .filter(({ flipsSign }) => flipsSign)
    .map(({ id }) => `${id} (${inSentence(entryOf(id)?.title ?? id)})`);
  const verb = flips.length === 1 ? 'turns' : 'turn';
  const sentence =
    flips.length === 0
      ? `No assumption alone turns the sign of the net present value within its range.`
      : `${flips.join(', ')} alone ${verb} the sign of the net present value within ${flips.length === 1 ? 'its' : 'their'} range.`;
  return [
    heading('What the purchase hangs on'),
    paragraph(sentence),
    {
      kind: 'chart',
      shape: 'tornado',
      title: 'Value as one assumption goes from its low to its high',
      outcome: { label: 'net present value', unit: 'usd' },
      base: npv.usd,
      rows: rows.map(({ id, low, high }) => ({
        name: entryOf(id)?.title ?? id,
        low: { label: valueWords(low.value, unitOf(id)), outcome: low.npvUsd },
        high: { label: valueWords(high.value, unitOf(id)), outcome: high.npvUsd },
      })),
    },
    ...(tornado.length > longest ? [paragraph(`${tornado.length - longest} more move it less.`)] : []),
  ];
}
