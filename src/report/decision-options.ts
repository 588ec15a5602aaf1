import { type Block, type Cell, heading, note, number, type Table, type Tone, text } from '../document/document.ts';
import type { Decision, OptionRow } from '../procurement/decide-result.ts';
import { tokenPrices } from './token-price.ts';

const tones: Readonly<Record<string, Tone>> = { ok: 'ok', 'not-verified': 'warn', infeasible: 'bad', refused: 'bad' };

/** Options side by side (section 13, rows 2 and 3): what they cost, over the years, by token, and what is bought. */
export function optionBlocks(decision: Decision): Block[] {
  const { options } = decision;
  const priced = options.filter(({ usdPerYear }) => usdPerYear.annuity !== null);
  return [
    heading('Options'),
    costTable(options),
    ...whyNot(options),
    ...(priced.length === 0 ? [] : [totalTable(priced), tokenTable(priced), lineChart(priced)]),
  ];
}

const nameCell = (option: OptionRow): Cell => (option.chosen ? text(`${option.name} ◀`, 'ok') : option.name);

function costTable(options: readonly OptionRow[]): Table {
  const group = 'a year';
  const measured = options.some(({ sloMet }) => sloMet !== null);
  return {
    kind: 'table',
    title: "What they cost a year at today's volume",
    columns: [
      { label: 'option' },
      { label: 'state' },
      ...(measured ? [{ label: 'objectives' }] : []),
      { label: 'capex', unit: 'usd' },
      { label: 'opex', group, unit: 'usd/year' },
      { label: 'annuity', group, unit: 'usd/year' },
      { label: 'straight line', group, unit: 'usd/year' },
      { label: 'boxes', unit: 'count' },
      { label: 'used', unit: 'share' },
    ],
    rows: options.map((option): Cell[] => [
      nameCell(option),
      text(option.state, tones[option.state] ?? 'warn'),
      ...(measured ? [metCell(option.sloMet)] : []),
      cell(option.capexUsd, 'usd'),
      cell(option.opexUsdPerYear, 'usd/year'),
      cell(option.usdPerYear.annuity, 'usd/year'),
      cell(option.usdPerYear.straightLine, 'usd/year'),
      cell(option.servers?.bought ?? null, 'count'),
      cell(option.utilization, 'share'),
    ]),
    scale: 'column',
    footnotes: [
      ...(options.some(({ chosen }) => chosen) ? ['◀ recommended.'] : []),
      'Annuity: capital with its interest, the view that is compared; straight line: as the books show it. Boxes: servers or instances, spares included; used: share of what they could serve inside the objectives.',
    ],
  };
}

/** Nobody measured an API, or a capacity that was typed. */
const metCell = (met: boolean | null): Cell =>
  met === null ? 'not measured' : met ? text('met', 'ok') : text('missed', 'bad');

const cell = (value: number | null, unit: Parameters<typeof number>[1]): Cell =>
  value === null ? null : number(value, unit);

/** One sentence for each option that is not simply ok; options with the same reasons together. */
function whyNot(options: readonly OptionRow[]): Block[] {
  const bySentence = new Map<string, string[]>();
  for (const { name, explanation } of options)
    if (explanation !== null) bySentence.set(explanation, [...(bySentence.get(explanation) ?? []), name]);
  return [...bySentence].map(([sentence, names]) => note('info', `${names.join('; ')}: ${sentence}`));
}

function totalTable(options: readonly OptionRow[]): Table {
  const [group, paid] = ['accrued over', 'cash over'];
  const years = ['years3', 'years4', 'years5'] as const;
  const columns = (name: string) =>
    years.map((key) => ({ label: `${key.at(-1)} years`, group: name, unit: 'usd' as const }));
  return {
    kind: 'table',
    title: 'Totals over the years, with growth and falling prices',
    columns: [{ label: 'option' }, ...columns(group), ...columns(paid)],
    rows: options.map((option): Cell[] => [
      nameCell(option),
      ...years.map((key) => cell(option.totalsUsd[key], 'usd')),
      ...years.map((key) => cell(option.cashUsd[key], 'usd')),
    ]),
    scale: 'column',
    footnotes: [
      'Accrued: straight-line depreciation, running cost and bills; cash: purchases when they are made, resale at the end of a life. Not discounted. Servers are added as volume grows and replaced at the end of their life.',
    ],
  };
}

function tokenTable(options: readonly OptionRow[]): Table {
  const prices = tokenPrices(options.map(({ usdPerMillion }) => usdPerMillion));
  return {
    kind: 'table',
    title: 'What a token and a request cost',
    columns: [
      { label: 'option' },
      ...prices.columns,
      { label: 'request', unit: 'usd/request' },
      { label: 'accelerator-hour', unit: 'usd/accelerator-h' },
    ],
    rows: options.map((option): Cell[] => [
      nameCell(option),
      ...prices.cells(option.usdPerMillion),
      cell(option.usdPerRequest, 'usd/request'),
      cell(option.usdPerAcceleratorHour.annuity, 'usd/accelerator-h'),
    ]),
    scale: 'column',
    footnotes: [
      'USD/Mtok: dollars per million tokens; USD/acc-h: dollars for an hour of one accelerator. The whole bill over all tokens delivered, idle hours, fees and people included. Classes of own and rented capacity by the price ratio of the register, those of an API by its list.',
      ...options.flatMap(listWords),
    ],
  };
}

/** List prices stand beside what a token costs with fees and people, which at small volumes is far more. */
function listWords({ name, listUsdPerMillion: list }: OptionRow): string[] {
  if (list === null) return [];
  const { inputUncached, cacheRead, outputVisible } = list;
  const parts = [
    [inputUncached, 'input'],
    [cacheRead, 'cached'],
    [outputVisible, 'output'],
  ] as const;
  const said = parts.flatMap(([usd, label]) => (usd === null ? [] : [`${plainPrice(usd)} ${label}`]));
  return [`${name} lists ${said.join(', ')} in USD per million tokens.`];
}
const plainPrice = (usd: number): string => String(Number(usd.toPrecision(4)));

function lineChart(options: readonly OptionRow[]): Block {
  const names = [...new Set(options.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  return {
    kind: 'chart',
    shape: 'stacks',
    title: "Where a year's money goes",
    unit: 'usd/year',
    names: options.map(({ name }) => name),
    parts: names.map((name) => ({
      name,
      values: options.map(({ lines }) => lines.find((line) => line.name === name)?.usdPerYear ?? null),
    })),
  };
}
