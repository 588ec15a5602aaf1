import { formatNumber, formatQuantity } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';

const list = (parts: readonly (string | null)[]): string | null =>
  parts.filter((part) => part !== null).join(' · ') || null;

/** Input length achieved against the one planned, and what of it came from a cache. */
export function inputWords({ tokens }: StepSummary): string | null {
  const cached = tokens.input && tokens.inputCached !== null ? tokens.inputCached / tokens.input : null;
  return list([
    lengthWords(tokens.meanInput, tokens.plannedMeanInput),
    cached === null ? null : `${formatQuantity(cached, 'share')} from the prefix cache`,
  ]);
}

/** Output length achieved against the one planned, and how tokens came. */
export function outputWords({ tokens }: StepSummary): string | null {
  if (tokens.items !== undefined) return null; // nothing was generated
  const reasoning = tokens.output && tokens.outputReasoning ? tokens.outputReasoning / tokens.output : null;
  return list([
    lengthWords(tokens.meanOutput, tokens.plannedMeanOutput),
    reasoning === null ? null : `${formatQuantity(reasoning, 'share')} reasoning`,
    tokens.tokensPerEvent === null ? null : `${formatNumber(tokens.tokensPerEvent)} tok an event`,
    tokens.output === null ? null : `${formatNumber(tokens.output, true)} tok in all`,
  ]);
}

function lengthWords(mean: number | null, planned: number | null): string | null {
  if (mean === null) return planned === null ? null : `unknown, ${formatNumber(planned)} tok planned`;
  if (planned === null || planned === 0) return `${formatNumber(mean)} tok a request`;
  const off = mean / planned - 1;
  const words =
    Math.abs(off) < 0.0005
      ? 'as planned'
      : `${formatNumber(planned)} planned, ${off > 0 ? '+' : ''}${formatQuantity(off, 'share')}`;
  return `${formatNumber(mean)} tok a request (${words})`;
}

const sources: Readonly<Record<string, string>> = {
  token_ids: 'token ids in the stream',
  continuous_usage: 'the server’s usage in every event',
  usage: 'the server’s final usage',
  logprobs: 'log probabilities in the stream',
  tokenizer: 'a local tokenizer on the whole text',
  apportioned: 'spread over the events',
  whole_reply: 'the end of the whole reply',
};

const sourceName = (source: string): string => sources[source] ?? source.replaceAll('_', ' ');

/** Where token counts and their times come from. */
export function sourceWords({ tokens }: StepSummary): string | null {
  const { outputSource, timelineSource } = tokens;
  if (tokens.items !== undefined) return tokens.input === null ? null : sourceName('usage');
  if (outputSource === null) return null;
  if (timelineSource === null || timelineSource === outputSource) return sourceName(outputSource);
  return `${sourceName(outputSource)} · their times: ${sourceName(timelineSource)}`;
}

/** What the client itself went through: whether it, not the server, set the pace. */
export function clientWords({ client }: StepSummary): string | null {
  const part = (value: number | null, text: (words: string) => string, unit: Parameters<typeof formatQuantity>[1]) =>
    value === null ? null : text(formatQuantity(value, unit));
  return list([
    part(client.cpuShare, (v) => `${v} of a core`, 'share'),
    part(client.cpuUsPerToken, (v) => v, 'us/token'),
    part(client.loopLagP99Ms, (v) => `loop lag p99 ${v}`, 'ms'),
    part(client.scheduleLagP99Ms, (v) => `schedule lag p99 ${v}`, 'ms'),
    part(client.coalescedShare, (v) => `${v} of events coalesced`, 'share'),
    part(client.timingErrorP99Ms, (v) => `timing error p99 ${v}`, 'ms') ??
      (client.timingErrorReason === null ? null : `timing error unknown: ${client.timingErrorReason}`),
  ]);
}
