/** Entry of a thread that drives load: makes its share of the schedule itself and reports what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { createClock } from '../clock/clock.ts';
import { type Drive, type DriveEvent, drive } from '../load/drive.ts';
import type { Exchange } from '../record/exchange.ts';
import { createTarget } from '../target/create.ts';
import { workloadFrom } from '../workload/workload.ts';
import { driveOptionsOf } from './assignment.ts';
import { watchThread } from './client.ts';
import type { CrewOrder, CrewReport, CrewSetup } from './crew-message.ts';

const beatMs = 100;
/** Copying these between threads takes well under a millisecond: a larger batch would delay stamps. */
const mostEvents = 4_096;
/** What an exchange without content events weighs, in events. */
const eventsOfOne = 16;

const port = parentPort!;
const setup = workerData as CrewSetup;
const clock = createClock(setup.clock);
const workload = workloadFrom(setup.recipe);
const target = createTarget({ ...setup.target, clock });
let running: Drive | null = null;
let batch: Exchange[] = [];
let events = 0;
let reported = '';

function tell(report: CrewReport): void {
  port.postMessage(report);
}

function flush(): void {
  const { started = 0, inFlight = 0 } = running ?? {};
  const live = { ...target.live };
  const state = `${started} ${inFlight} ${live.contentEvents}`;
  if (batch.length === 0 && state === reported) return;
  tell({ kind: 'exchanges', exchanges: batch, live, started, inFlight });
  [batch, events, reported] = [[], 0, state];
}

function emit(event: DriveEvent): void {
  if (event.kind === 'stopped') {
    flush();
    tell(event);
    return;
  }
  batch.push(event.exchange);
  events += event.exchange.chunks.atUs.length + eventsOfOne;
  if (events >= mostEvents) flush();
}

async function begin({ assignment, stripe }: Extract<CrewOrder, { kind: 'drive' }>): Promise<void> {
  const watch = watchThread(() => clock.spunMs);
  const beat = setInterval(flush, beatMs);
  running = drive({ ...driveOptionsOf(assignment, stripe, { workload, target, clock }), emit });
  try {
    const end = await running.done;
    flush();
    tell({ kind: 'done', end, thread: watch.end() });
  } finally {
    clearInterval(beat);
    flush(); // a defect ends the thread: the main thread sees that, and what had ended before
    running = null;
  }
}

port.on('message', (order: CrewOrder) => {
  switch (order.kind) {
    case 'connect':
      void target.connect(order.count).then(() => tell({ kind: 'connected', live: { ...target.live } }));
      break;
    case 'drive':
      void begin(order);
      break;
    case 'stop':
      running?.stop(order.reason, order.atMs);
      break;
    case 'limit':
      running?.limit(order.further, order.fromMs);
      break;
    case 'limitTo':
      running?.limitTo(order.total);
      break;
    case 'giveUp':
      running?.giveUp();
      break;
    case 'interrupt':
      running?.interrupt();
      break;
    case 'leave':
      target.close();
      port.close();
  }
});
tell({ kind: 'ready' });
