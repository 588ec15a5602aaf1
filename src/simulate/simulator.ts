import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { createClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import { BlockPool } from './blocks.ts';
import { Connection } from './connection.ts';
import { Agenda } from './due.ts';
import { Engine } from './engine.ts';
import { HeadLines } from './http.ts';
import { Metrics } from './metrics.ts';
import { resolveSimulation, type Simulation, type SimulatorOptions } from './options.ts';
import { ExactPace } from './pace.ts';
import { Server } from './server.ts';
import { outputPieces } from './text.ts';
import { Ticker } from './ticker.ts';
import { PieceMemory } from './tokenizer.ts';
import { type Anchor, TruthLog } from './truth.ts';

export interface Simulator {
  /** Base URL as `--url` takes it, with `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly model: string;
  /** Ends every connection, writes the truth log out. */
  close(): Promise<void>;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Starts a model server with known truth in this process.
 * Throws UserError for options that cannot be, `port_in_use`, `bad_host` and `unwritable_truth`.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulation = resolveSimulation(options);
  const now = () => performance.now();
  const anchor = anchorOf(now);
  const sockets = new Set<Socket>();
  const connect = { current: (_: Socket) => {} };
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    connect.current(socket);
  });
  const port = await listen(listener, simulation);
  const truth = await openTruth(simulation, anchor, listener);
  const { profile, pace, tokensPerEvent } = simulation;
  const pool = new BlockPool(profile.kvCacheTokens, simulation.prefixCaching);
  const scheduler = pace ? new ExactPace(pace, tokensPerEvent, pool) : new Engine(profile, tokensPerEvent, pool);
  const agenda = new Agenda();
  const ticker = new Ticker([scheduler, agenda], now);
  const metrics = new Metrics(simulation.model, anchor.unixMs);
  const pieces = new PieceMemory();
  for (const piece of outputPieces) pieces.remember(piece.id, piece.text);
  const server = new Server(
    {
      simulation,
      scheduler,
      metrics,
      truth,
      fingerprint: `tokbench-simulator-${version}`,
      now,
      created: () => Math.floor(Date.now() / 1000),
    },
    { simulation, metrics, scheduler, pieces, version, startedUnixS: anchor.unixMs / 1000 },
    agenda,
    () => ticker.wake(),
  );
  const lines = new HeadLines('tokbench-simulator');
  connect.current = (socket) => new Connection(socket, server.handle, lines);
  let closing: Promise<void> | null = null;
  const end = async () => {
    ticker.close();
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    // The listener is closed before its last sockets have told their replies, which then belong into the truth log.
    const told = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all([closed, ...told]);
    truth?.close();
  };
  const host = simulation.host.includes(':') ? `[${simulation.host}]` : simulation.host;
  return {
    url: `http://${host}:${port}/v1`,
    port,
    model: simulation.model,
    close() {
      closing ??= end();
      return closing;
    },
  };
}

/** One moment on all clocks: read between two of each other as a clock does it, since a first reading takes some 10 µs. */
function anchorOf(now: () => number): Anchor {
  const clock = createClock();
  const ms = now();
  const sinceOriginMs = clock.now() - (now() - ms);
  const ns = clock.originNs + BigInt(Math.round(sinceOriginMs * 1e6));
  return { ms, unixMs: performance.timeOrigin + ms, ns };
}

async function openTruth(simulation: Simulation, anchor: Anchor, listener: NetServer): Promise<TruthLog | null> {
  if (simulation.truth === null) return null;
  const { apiKey: _, truth, profile, ...settings } = simulation;
  try {
    return new TruthLog(truth, anchor, { version, profile: profile.name, settings });
  } catch (error) {
    await new Promise((resolve) => listener.close(resolve));
    throw error;
  }
}

function listen(listener: NetServer, { host, port }: Simulation): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    listener.listen({ host, port, backlog: 4096 }, () => resolve((listener.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new UserError('port_in_use', `Port ${port} on ${host} is in use: take another, or 0 for any free one.`);
  if (error.code === 'EACCES')
    return new UserError('port_forbidden', `Not allowed to listen on port ${port} of ${host}.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new UserError('bad_host', `${host} is not an address of this machine.`);
  return error;
}
