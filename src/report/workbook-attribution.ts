import { call, compare, constant, minus, over, plus, type Term, times, when, words } from '../document/formula.ts';
import { createSheet, type SheetDraft } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { hoursPerMonth, hoursPerYear } from '../economics/quantity.ts';
import type { CaseOffer } from '../procurement/decide-case.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';

/** An option to be priced by the token. */
export interface PricedOption {
  readonly name: string;
  readonly prefix: string;
  readonly inputs: Inputs;
  readonly usdPerYear: Term;
  /** List prices of an API by class; null for what has none. */
  readonly list: CaseOffer['listUsdPerMillion'];
}

export interface TokenPrices {
  readonly name: string;
  readonly blended: Term;
}

type ClassName = 'inputUncached' | 'cacheRead' | 'cacheWrite' | 'outputVisible' | 'outputReasoning';
const classTitles: Record<ClassName, string> = {
  inputUncached: 'Input, uncached',
  cacheRead: 'Input, read from a cache',
  cacheWrite: 'Input, written to a cache',
  outputVisible: 'Output, visible',
  outputReasoning: 'Output, reasoning',
};
const classNames = Object.keys(classTitles) as ClassName[];

/** Prices of tokens by class on the allocation basis, with the check that they add up to the bill (2.7, 2.8). */
export function attributionSheet(
  options: readonly PricedOption[],
  demand: DemandCells,
): { readonly sheet: Sheet; readonly prices: readonly TokenPrices[] } {
  const sheet = createSheet('Attribution', {
    widths: [...lineWidths],
    tone: 'result',
    frozen: { rows: 1, columns: 0 },
  });
  linesOn(sheet).title(
    'Dollars per million tokens, by class',
    'Allocation basis: the whole bill, idle hours included, over the tokens delivered.',
  );
  const prices = options.map((option) => optionPrices(sheet, option, demand));
  return { sheet: sheet.finish(), prices };
}

function optionPrices(sheet: SheetDraft, option: PricedOption, demand: DemandCells): TokenPrices {
  const { section, line } = linesOn(sheet);
  const perMillion = { format: 'price', unit: 'USD per million tokens' } as const;
  section(option.name);
  const cost = line('Cost of an hour', over(option.usdPerYear, hoursPerYear), {
    format: 'price',
    unit: 'USD/h',
    why: 'C_h, idle time included',
  });
  const tokens = tokensOf(sheet, option.inputs, demand);
  const all = plus(...classNames.map((name) => tokens[name]));
  const output = plus(tokens.outputVisible, tokens.outputReasoning);
  const million = times(cost, 1e6);
  const blended = line('Blended', over(million, all), {
    ...perMillion,
    role: 'result',
    name: `${option.prefix}_usd_m_blended`,
    why: 'C_h · 1e6 / (input + output)',
  });
  line('All cost on output', over(million, output), {
    ...perMillion,
    name: `${option.prefix}_usd_m_output_only`,
    why: 'a label of its own: no input price may be added',
  });
  const rates = option.list === null ? byRatio(option.inputs, tokens, million) : byList(sheet, option, tokens, cost);
  const priced = classNames.flatMap((name) => {
    const rate = rates[name];
    if (rate === null) return [];
    // A class without tokens has no price.
    const price = when(compare(tokens[name], '>', 0), rate, words(''));
    const cell = line(classTitles[name], price, { ...perMillion, name: `${option.prefix}_usd_m_${snake(name)}` });
    return [over(times(call('N', [cell], typeof price.value === 'number' ? price.value : 0), tokens[name]), 1e6)];
  });
  line('Check: priced over billed − 1', minus(over(plus(...priced), cost), 1), {
    format: 'general',
    name: `${option.prefix}_reconciliation`,
    why: 'class prices · tokens against the bill; 0 when they agree',
  });
  return { name: option.name, blended };
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Tokens of a mean hour by class. */
function tokensOf(sheet: SheetDraft, { numberOr, number }: Inputs, demand: DemandCells): Record<ClassName, Term> {
  const { line } = linesOn(sheet);
  const perHour = over(demand.requestsPerMonth, hoursPerMonth);
  const hour = { format: 'whole', unit: 'tokens/h' } as const;
  const input = line('Input', times(perHour, number('demand.input_tokens')), hour);
  const output = line('Output', times(perHour, number('demand.output_tokens')), hour);
  const cacheRead = times(input, numberOr('demand.cached_share', 0));
  const cacheWrite = times(input, numberOr('demand.cache_write_share', 0));
  const share = over(numberOr('demand.reasoning_tokens', 0), number('demand.output_tokens'));
  const outputReasoning = times(output, share);
  return {
    inputUncached: minus(input, plus(cacheRead, cacheWrite)),
    cacheRead,
    cacheWrite,
    outputVisible: minus(output, outputReasoning),
    outputReasoning,
  };
}

/** c_out = C_h·1e6 / (in/ratio + out), c_in = c_out/ratio; cached input at its own ratio. */
function byRatio({ number }: Inputs, tokens: Record<ClassName, Term>, million: Term): Record<ClassName, Term | null> {
  const ratio = number('cost.output_input_ratio');
  const cached = number('cost.cached_input_ratio');
  const weighed = plus(
    over(plus(tokens.inputUncached, tokens.cacheWrite, times(tokens.cacheRead, cached)), ratio),
    tokens.outputVisible,
    tokens.outputReasoning,
  );
  const output = over(million, weighed);
  const input = over(output, ratio);
  return {
    inputUncached: input,
    cacheWrite: input,
    cacheRead: times(input, cached),
    outputVisible: output,
    outputReasoning: output,
  };
}

/** List prices scaled so that they add up to what is really paid. */
function byList(
  sheet: SheetDraft,
  option: PricedOption,
  tokens: Record<ClassName, Term>,
  cost: Term,
): Record<ClassName, Term | null> {
  const { line } = linesOn(sheet);
  const list = Object.fromEntries(
    classNames.map((name) => {
      const value = option.list?.[name] ?? null;
      if (value === null) return [name, null];
      const options = {
        format: 'price',
        unit: 'USD per million tokens',
        role: 'input',
        name: `${option.prefix}_list_${snake(name)}`,
      } as const;
      return [name, line(`${classTitles[name]}, list`, value, options)];
    }),
  ) as Record<ClassName, Term | null>;
  const atList = plus(
    ...classNames.map((name) => (list[name] === null ? constant(0) : over(times(list[name]!, tokens[name]), 1e6))),
  );
  const factor = line('Paid over list', over(cost, atList), { why: 'contract, retries, tiers, fees and people' });
  return Object.fromEntries(
    classNames.map((name) => [name, list[name] === null ? null : times(list[name]!, factor)]),
  ) as Record<ClassName, Term | null>;
}
