import type { Load } from '../record/run.ts';

/** Where a run stands, as totals that only grow and gauges of this moment. */
export interface LiveFigures {
  readonly version: string;
  readonly suite: string;
  readonly model: string | null;
  readonly simulated: boolean;
  /** Index of the step from 1; null between steps. */
  readonly step: number | null;
  readonly steps: number | null;
  readonly load: Load | null;
  readonly phase: 'idle' | 'warm-up' | 'measuring' | 'draining';
  readonly stepsDone: number;
  readonly started: number;
  readonly ended: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly outputTokens: number;
  /** Of the latest successes; null without any. */
  readonly ttftP50S: number | null;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** The figures in Prometheus' text format, version 0.0.4; what is not known has no line. */
export function liveExposition(now: LiveFigures): string {
  const { step, steps, load, ttftP50S } = now;
  const some = (value: number | null): Sample[] => (value === null ? [] : [[{}, value]]);
  const info = {
    version: now.version,
    suite: now.suite,
    model: now.model ?? '',
    simulated: String(now.simulated),
  };
  const phases = ['idle', 'warm-up', 'measuring', 'draining'] as const;
  return [
    family('info', 'gauge', 'What is measured; always 1.', [[info, 1]]),
    family('step', 'gauge', 'Step that goes on, from 1.', some(step)),
    family('steps', 'gauge', 'Steps of the run, where they are known.', some(steps)),
    family('steps_done_total', 'counter', 'Steps that are over.', [[{}, now.stepsDone]]),
    family(
      'phase',
      'gauge',
      'Phase of the step: 1 for the one that it is in.',
      phases.map((phase): Sample => [{ phase }, phase === now.phase ? 1 : 0]),
    ),
    family('load', 'gauge', 'Requests in flight or per second that are wanted.', loadOf(load)),
    family('requests_started_total', 'counter', 'Requests that were sent.', [[{}, now.started]]),
    family('requests_ended_total', 'counter', 'Requests that have ended, well or not.', [[{}, now.ended]]),
    family(
      'requests_failed_total',
      'counter',
      'Requests that failed, by what happened.',
      Object.entries(now.failures).map(([outcome, count]): Sample => [{ outcome }, count]),
    ),
    family('requests_in_flight', 'gauge', 'Requests under way.', [[{}, now.inFlight]]),
    family('output_tokens_total', 'counter', 'Output tokens as they came, before they are settled.', [
      [{}, now.outputTokens],
    ]),
    family('ttft_seconds', 'gauge', 'Median time to first token of the latest requests.', some(ttftP50S)),
  ].join('');
}

const loadOf = (load: Load | null): Sample[] => (load === null ? [] : [[{ kind: load.kind }, load.value]]);

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value]) => `tokbench_${name}${labelsOf(labels)} ${value}\n`);
  return `# HELP tokbench_${name} ${help}\n# TYPE tokbench_${name} ${type}\n${lines.join('')}`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`));
