/** Entry of the simulator's own process: options as JSON in the first argument, one JSON line on stdout, dies with its parent. */
import { UserError } from '../error/user-error.ts';
import type { SimulatorOptions } from './options.ts';
import { startSimulator } from './simulator.ts';

try {
  const simulator = await startSimulator(JSON.parse(process.argv[2] ?? '{}') as SimulatorOptions);
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.stdin.on('end', stop).on('error', stop).on('close', stop).resume();
  process.on('SIGTERM', stop);
  // A Ctrl-C goes to the whole terminal group: the parent decides when its server ends.
  process.on('SIGINT', () => {});
  process.stdout.on('error', stop);
  const { url, port, model } = simulator;
  process.stdout.write(`${JSON.stringify({ url, port, model })}\n`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const { code, message, exit } = error;
  process.stdout.write(`${JSON.stringify({ error: { code, message, exit } })}\n`);
  process.exitCode = exit;
}
