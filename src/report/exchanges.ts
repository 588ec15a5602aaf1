import { csvPieces } from '../document/csv.ts';
import { rawNumber } from '../document/number.ts';
import { type RequestMetrics, requestMetrics } from '../measurement/latency.ts';
import type { Exchange } from '../record/exchange.ts';

type Value = string | number | boolean | null;
interface Field {
  readonly name: string;
  readonly of: (exchange: Exchange, metrics: RequestMetrics) => Value;
}

const fact = (name: string, of: (exchange: Exchange) => Value): Field => ({ name, of });
const metric = (name: string, of: (metrics: RequestMetrics) => Value): Field => ({
  name,
  of: (_, metrics) => of(metrics),
});

/** One column each; times are on the run's clock, durations are differences; units end the names. */
const fields: readonly Field[] = [
  fact('step', (e) => e.step),
  fact('seq', (e) => e.seq),
  fact('session', (e) => e.session),
  fact('turn', (e) => e.turn),
  fact('state', (e) => e.outcome.state),
  fact('failure', (e) =>
    e.outcome.state === 'failed' ? e.outcome.code : e.outcome.state === 'censored' ? e.outcome.reason : null,
  ),
  fact('http_status', (e) => (e.outcome.state === 'failed' ? e.outcome.status : null)),
  fact('finish', (e) => (e.outcome.state === 'ok' ? e.outcome.finish : null)),
  fact('due_at_ms', (e) => e.dueMs),
  fact('sent_at_ms', (e) => e.sentMs),
  fact('headers_at_ms', (e) => e.headersMs),
  fact('first_byte_at_ms', (e) => e.firstByteMs),
  metric('first_content_at_ms', (m) => m.firstContentMs),
  metric('last_content_at_ms', (m) => m.lastContentMs),
  fact('end_at_ms', (e) => e.endMs),
  metric('queue_delay_ms', (m) => m.queueDelayMs),
  metric('ttft_ms', (m) => m.ttftMs),
  metric('ttft_due_ms', (m) => m.ttftDueMs),
  metric('ttfo_ms', (m) => m.ttfoMs),
  metric('tpot_ms', (m) => m.tpotMs),
  metric('tpot_exact_ms', (m) => m.tpotExactMs),
  metric('ntpot_ms', (m) => m.ntpotMs),
  metric('e2e_ms', (m) => m.e2eMs),
  metric('e2e_due_ms', (m) => m.e2eDueMs),
  metric('total_ms', (m) => m.totalMs),
  metric('max_gap_ms', (m) => m.maxGapMs),
  metric('stalls', (m) => m.stalls),
  fact('planned_input_tokens', (e) => e.plannedInputTokens),
  metric('input_tokens', (m) => m.inputTokens),
  fact('input_cached_tokens', (e) => e.usage?.inputCached ?? null),
  fact('planned_output_tokens', (e) => e.plannedOutputTokens),
  metric('output_tokens', (m) => m.output),
  fact('output_reasoning_tokens', (e) => e.usage?.outputReasoning ?? null),
  metric('output_source', (m) => m.outputSource),
  metric('timeline_source', (m) => m.timelineSource),
  fact('content_events', (e) => e.chunks.atUs.length),
  metric('coalesced_events', (m) => m.coalesced),
  fact('text_chars', (e) => e.textChars),
  fact('streamed', (e) => e.streamed),
  fact('attempts', (e) => e.attempts),
  fact('connect_ms', (e) => e.connection?.connectMs ?? null),
  fact('flags', (e) => e.flags.join(' ')),
  fact('message', (e) => (e.outcome.state === 'failed' ? e.outcome.message : null)),
  fact('vectors_or_scores', (e) => e.items ?? null),
];

export const exchangeColumns: readonly string[] = fields.map((field) => field.name);

/** One row a request, in the order of the exchanges; failed ones keep what was seen of them. */
export async function* exchangeRows(exchanges: Iterable<Exchange> | AsyncIterable<Exchange>): AsyncGenerator<Value[]> {
  for await (const exchange of exchanges) {
    const metrics = requestMetrics(exchange);
    yield fields.map((field) => {
      const value = field.of(exchange, metrics);
      return typeof value === 'number' ? rawNumber(value) : value;
    });
  }
}

/** A run's requests, and what each of its rows must say of where they come from. */
export interface RunExchanges {
  readonly directory: string;
  readonly simulated: boolean;
  readonly exchanges: Iterable<Exchange> | AsyncIterable<Exchange>;
}

/** The requests of runs as CSV in pieces, under one header and in constant memory. */
export const exchangeCsv = (runs: Iterable<RunExchanges>): AsyncGenerator<string> =>
  csvPieces(['run', 'simulated', ...exchangeColumns], rowsOfRuns(runs));

async function* rowsOfRuns(runs: Iterable<RunExchanges>): AsyncGenerator<Value[]> {
  for (const { directory, simulated, exchanges } of runs)
    for await (const row of exchangeRows(exchanges)) yield [directory, simulated, ...row];
}
