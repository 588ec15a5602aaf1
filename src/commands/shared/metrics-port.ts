import { createServer } from 'node:http';
import { Flags } from '@oclif/core';
import { UserError } from '../../error/user-error.ts';
import type { RunEvent } from '../../experiment/run.ts';
import { type LiveFigures, liveExposition } from '../../report/live-metrics.ts';

export const metricsFlag = {
  'metrics-port': Flags.string({
    description: "serve the run's own live figures to Prometheus at /metrics; on the loopback unless HOST is given",
    helpValue: '[HOST:]PORT',
    helpGroup: 'OUTPUT',
  }),
};

/** Listens to a run's events and answers scrapes; nothing at all without a port. */
export interface Meter {
  emit(event: RunEvent): void;
  close(): void;
}

type Step = Extract<RunEvent, { kind: 'step' }>;

/**
 * Opens the port before anything is sent.
 *
 * @throws UserError `bad_metrics_port`
 */
export async function openMeter(place: string | undefined, about: { version: string; suite: string }): Promise<Meter> {
  if (place === undefined) return { emit() {}, close() {} };
  const { host, port } = placeOf(place);
  const figures = new Figures(about);
  const server = createServer((request, response) => {
    const known = request.method === 'GET' && (request.url ?? '').split('?')[0] === '/metrics';
    response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(known ? liveExposition(figures.now()) : 'The figures of this run are at /metrics.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UserError('bad_metrics_port', `--metrics-port ${place} cannot be opened: ${error.code}.`)),
    );
    server.listen(port, host, resolve);
  });
  server.unref();
  return {
    emit: (event) => figures.emit(event),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** `9464`, `0.0.0.0:9464`, `[::]:9464`. */
function placeOf(text: string): { readonly host: string; readonly port: number } {
  const [, host = '127.0.0.1', digits] = /^(?:\[?([\w.:-]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535))
    throw new UserError('bad_metrics_port', `--metrics-port ${text} is no port: write 9464, or 0.0.0.0:9464.`);
  return { host, port };
}

/** Totals over the steps of a run: those of steps that are over, and of the one that goes on. */
class Figures {
  private readonly about: { readonly version: string; readonly suite: string };
  private model: string | null = null;
  private simulated = false;
  private step: Step | null = null;
  private stepsDone = 0;
  private started = 0;
  private ended = 0;
  private outputTokens = 0;
  private readonly failures = new Map<string, number>();

  constructor(about: { readonly version: string; readonly suite: string }) {
    this.about = about;
  }

  emit(event: RunEvent): void {
    if (event.kind === 'reached') ({ model: this.model, simulated: this.simulated } = event.reached);
    else if (event.kind === 'step') this.step = event;
    else if (event.kind === 'stepDone' && this.step !== null) {
      const { drive, failures, live } = this.step.watcher;
      this.started += drive.started;
      this.ended += drive.ended;
      this.outputTokens = live.tokens;
      for (const [code, count] of Object.entries(failures)) this.failures.set(code, this.failed(code) + count);
      this.stepsDone += 1;
      this.step = null;
    }
  }

  private failed(code: string): number {
    return this.failures.get(code) ?? 0;
  }

  now(): LiveFigures {
    const { step } = this;
    const watcher = step?.watcher;
    const record = watcher?.record;
    const sorted = watcher?.recentTtftMs.toSorted((a, b) => a - b) ?? [];
    const middleMs = sorted[Math.floor(sorted.length / 2)];
    const codes = new Set([...this.failures.keys(), ...Object.keys(watcher?.failures ?? {})]);
    const failures = [...codes].map((code) => [code, this.failed(code) + (watcher?.failures[code] ?? 0)] as const);
    return {
      ...this.about,
      model: this.model,
      simulated: this.simulated,
      step: step === null ? null : step.index + 1,
      steps: step?.steps ?? null,
      load: record?.load ?? null,
      phase: phaseOf(record),
      stepsDone: this.stepsDone,
      started: this.started + (watcher?.drive.started ?? 0),
      ended: this.ended + (watcher?.drive.ended ?? 0),
      failures: Object.fromEntries(failures),
      inFlight: watcher?.drive.inFlight ?? 0,
      outputTokens: watcher?.live.tokens ?? this.outputTokens,
      ttftP50S: middleMs === undefined ? null : middleMs / 1000,
    };
  }
}

function phaseOf(record: Step['watcher']['record'] | undefined): LiveFigures['phase'] {
  if (record === undefined) return 'idle';
  if (record.warmupEndMs === null) return 'warm-up';
  return record.stopMs === null ? 'measuring' : 'draining';
}
