/** Entry of the collector's own process: told what to watch over its channel, tells samples; ends with its parent. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createClock } from '../clock/clock.ts';
import { parseTelemetry, type Wanted } from './argument.ts';
import type { CollectorOrder, FromCollector, ToCollector } from './collector-message.ts';
import { findSources } from './find.ts';
import { sourceKinds } from './sources.ts';
import { Watchman } from './watchman.ts';

const ended = new AbortController();
// Sources end their children themselves; one that hangs in it must not keep the run waiting.
const mostEndMs = 500;

const tell = (message: FromCollector): void => {
  if (process.connected) process.send!(message, () => {});
};

const watchman = new Watchman(tell, ended.signal);

function end(): void {
  if (ended.signal.aborted) return;
  watchman.flush();
  ended.abort();
  const { user, system } = process.cpuUsage();
  setTimeout(leave, mostEndMs).unref();
  if (!process.connected) return;
  const last: FromCollector = { kind: 'ended', cpuUs: user + system };
  process.send!(last, () => process.disconnect?.());
}

/** Leads a process group of its own: tools that do not end when they are told to go with it. */
function leave(): void {
  if (process.argv[2] === 'group') process.kill(0, 'SIGKILL');
  process.exit(0);
}

/** On another machine's behalf `auto` looks only for what is not of this one: the server, and the client itself. */
const everywhere = ['server', 'host'];

function wantedOf({ wanted, local }: CollectorOrder): Wanted {
  const parsed = parseTelemetry(wanted);
  if (parsed.mode === 'none' || !parsed.auto || local) return parsed;
  const some = parseTelemetry(everywhere.filter((name) => sourceKinds.some((kind) => kind.name === name)));
  return some.mode === 'none' ? parsed : { ...parsed, auto: false, named: [...parsed.named, ...some.named] };
}

async function begin(order: CollectorOrder): Promise<void> {
  if (order.authorities.length > 0) setDefaultCACertificates([...getCACertificates('default'), ...order.authorities]);
  const clock = createClock({ originNs: BigInt(order.clock.originNs), originUnixMs: order.clock.originUnixMs });
  const { timeoutMs } = order.context;
  const deadlineMs = performance.now() + timeoutMs;
  const found = await findSources(wantedOf(order), { ...order.context, clock }, ended.signal);
  const asked = new Set(order.wanted);
  for (const missing of found.missing) tell({ kind: 'status', status: { ...missing, state: 'missing', restarts: 0 } });
  const starting = found.sources.map((source) => watchman.watch(source, asked.has(source.name)));
  const left = new Promise((resolve) => setTimeout(resolve, Math.max(0, deadlineMs - performance.now())).unref());
  await Promise.race([Promise.all(starting), left]);
  watchman.flush();
  tell({ kind: 'ready' });
}

process.on('message', (message: ToCollector) => {
  if (message.kind === 'end') end();
  else void begin(message.order);
});
process.on('disconnect', end);
// A Ctrl-C goes to the whole terminal group: the parent decides when its collector ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', end);
