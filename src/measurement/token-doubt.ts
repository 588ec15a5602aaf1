import { percent } from './failure-doubt.ts';
import { ok, type Values } from './ledger.ts';
import { round } from './number.ts';
import { type Places, placesWhere } from './selection.ts';
import type { Doubt } from './summary.ts';
import { timelineSources } from './tokens.ts';
import type { StepView } from './view.ts';

/** Doubts about what was counted: lengths, sources, caches. Over the successes due in the headline window. */
export function tokenDoubts(view: StepView): Doubt[] {
  const successes = placesWhere(view.members, (i) => view.rows.state[i] === ok);
  if (successes.length === 0) return [];
  return [
    ...unknownCounts(view, successes),
    ...disagreement(view, successes),
    ...sources(view, successes),
    ...inputLength(view, successes),
    ...outputLength(view, successes),
    ...warmCache(view, successes),
  ];
}

function unknownCounts({ rows }: StepView, successes: Places): Doubt[] {
  const unknown = successes.filter((i) => Number.isNaN(rows.outputTokens[i]!)).length;
  if (unknown === 0) return [];
  const refused = successes.filter((i) => rows.countRefused[i] === 1).length;
  return [
    {
      code: 'token_count_unknown',
      severity: unknown / successes.length > 0.01 ? 'suspect' : 'info',
      message: `The server did not say how many tokens ${unknown} of ${successes.length} replies hold, and events are not tokens: ask for usage (stream_options.include_usage) or name a tokenizer file.`,
      evidence: { unknown, refused, requests: successes.length },
    },
  ];
}

/** Two counts of the same replies more than 10 % apart (B.1): by usage and by a local tokenizer, or by the events. */
function disagreement({ rows }: StepView, successes: Places): Doubt[] {
  for (const [other, name] of [
    ['textTokens', 'a local tokenizer'],
    ['wireTokens', 'the events'],
  ] as const) {
    let usage = 0;
    let counted = 0;
    for (const i of successes) {
      if (Number.isNaN(rows.usageOutput[i]!) || Number.isNaN(rows[other][i]!)) continue;
      usage += rows.usageOutput[i]!;
      counted += rows[other][i]!;
    }
    if (usage === 0 || Math.abs(counted - usage) <= 0.1 * usage) continue;
    return [
      {
        code: 'usage_disagrees',
        severity: 'suspect',
        message: `The server's usage says ${usage} output tokens, ${name} ${counted}: find out which is right (another tokenizer, hidden reasoning, a wrong count) before comparing tokens.`,
        evidence: { usage, counted, by: name },
      },
    ];
  }
  return [];
}

function sources(view: StepView, successes: Places): Doubt[] {
  const { rows, tokens } = view;
  const kinds = (field: 'outputSource' | 'timelineSource') => new Set(successes.map((i) => rows[field][i]!)).size;
  const doubts: Doubt[] = [];
  if (kinds('outputSource') > 1 || kinds('timelineSource') > 1) {
    doubts.push({
      code: 'mixed_sources',
      severity: kinds('outputSource') > 1 ? 'suspect' : 'info',
      message:
        'Tokens were not counted the same way in every reply: compare with care, and make the server report usage on all of them.',
      evidence: { outputSources: kinds('outputSource'), timelineSources: kinds('timelineSource') },
    });
  }
  const apportioned = successes.filter((i) => rows.timelineSource[i] === timelineSources.indexOf('apportioned')).length;
  const several = tokens.tokensPerEvent !== null && Math.abs(tokens.tokensPerEvent - 1) > 0.05;
  if (apportioned > 0 && several) {
    doubts.push({
      code: 'timeline_apportioned',
      severity: 'info',
      message: `Events hold ${tokens.tokensPerEvent!.toFixed(2)} tokens on average and the server does not say how many each: itl is spread evenly, so ask for continuous usage or token ids where it matters.`,
      evidence: { tokensPerEvent: tokens.tokensPerEvent, apportioned, requests: successes.length },
    });
  }
  return doubts;
}

/** Achieved input length outside ±1 % of the planned one; a token more or less is rounding on a short prompt. */
function inputLength({ rows }: StepView, successes: Places): Doubt[] {
  const pair = meanPair(rows.inputTokens, rows.plannedInputTokens, successes);
  if (pair === null) return [];
  const off = Math.abs(pair.achieved - pair.planned);
  if (off <= Math.max(1, 0.01 * pair.planned)) return [];
  return [
    {
      code: 'length_mismatch',
      severity: off > 0.05 * pair.planned ? 'suspect' : 'info',
      message: `Prompts hold ${pair.achieved.toFixed(1)} tokens on average instead of ${pair.planned.toFixed(1)}: give a tokenizer file or a server that counts, or quote the length that was achieved.`,
      evidence: { achievedInput: round(pair.achieved), plannedInput: round(pair.planned) },
    },
  ];
}

/** Refused and filtered replies are kept out: their length was not the workload's (B.3). */
function outputLength({ rows, facts }: StepView, successes: Places): Doubt[] {
  const pair = meanPair(
    rows.outputTokens,
    rows.plannedOutputTokens,
    successes.filter((i) => rows.refused[i] === 0),
  );
  if (pair === null) return [];
  const forced = facts.forcedLength === true;
  const off = pair.achieved / pair.planned - 1;
  if (Math.abs(off) <= (forced ? 0.01 : 0.05)) return [];
  const evidence = {
    achievedOutput: round(pair.achieved),
    plannedOutput: round(pair.planned),
    forced: forced ? 'yes' : 'no',
  };
  const lengths = `${pair.achieved.toFixed(1)} tokens on average instead of ${pair.planned.toFixed(1)}`;
  const message = forced
    ? `Replies hold ${lengths} although the length was forced: check whether the server obeys its length fields.`
    : off > 0
      ? `Replies hold ${lengths}: the server does not keep the cap, so quote the length that was achieved.`
      : `Replies hold ${lengths}, as the model ended them itself: do not compare with runs of another output length.`;
  return [{ code: 'length_mismatch', severity: forced || off > 0 ? 'suspect' : 'info', message, evidence }];
}

/**
 * Cached input tokens beyond what every prompt shares by its chat template. Later turns of a conversation reuse their
 * own history by plan, so only first turns count.
 */
function warmCache({ rows, facts }: StepView, successes: Places): Doubt[] {
  if (facts.sharedPrefix === true) return [];
  const template = facts.overheadTokens ?? 32;
  let input = 0;
  let cached = 0;
  let unplanned = 0;
  for (const i of successes) {
    if (rows.turn[i] !== 0 || Number.isNaN(rows.inputTokens[i]!) || Number.isNaN(rows.inputCached[i]!)) continue;
    input += rows.inputTokens[i]!;
    cached += rows.inputCached[i]!;
    unplanned += Math.max(0, rows.inputCached[i]! - template);
  }
  if (input === 0 || unplanned <= 0.05 * input) return [];
  return [
    {
      code: 'cache_warm',
      severity: 'suspect',
      message: `${percent(cached / input)} of the input tokens came from the server's prefix cache although no prefix was shared on purpose: prefill looks faster than it is, so use another seed or reset the cache.`,
      evidence: { cachedShare: round(cached / input), cachedTokens: cached, inputTokens: input },
    },
  ];
}

function meanPair(achieved: Values, planned: Values, members: Places): { achieved: number; planned: number } | null {
  let n = 0;
  let a = 0;
  let p = 0;
  for (const i of members) {
    if (Number.isNaN(achieved[i]!) || Number.isNaN(planned[i]!)) continue;
    n++;
    a += achieved[i]!;
    p += planned[i]!;
  }
  return n === 0 || p === 0 ? null : { achieved: a / n, planned: p / n };
}
