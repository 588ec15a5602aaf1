/** One client of plain requests: `autocannon` or tokbench's own transport; prints requests/s and CPU time of each. */
import { measureFrontDoor, measureOwnDoor } from '../../src/experiment/frontdoor.ts';

const [kind, origin = '', seconds = '1'] = process.argv.slice(2);
const cpu = process.cpuUsage();
const perS =
  kind === 'autocannon'
    ? (await measureFrontDoor(origin, '/health', Number(seconds))).requestsPerS
    : await measureOwnDoor(origin, '/health', Number(seconds));
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ perS, us: (user + system) / (perS * Number(seconds)) }));
