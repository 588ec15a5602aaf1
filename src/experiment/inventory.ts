import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * systeminformation's static inventory of this machine, read in a process of its own: some of its calls start tools
 * or block for hundreds of milliseconds, which must not touch the load.
 * @param timeoutMs after which the inventory is given up
 * @returns the inventory, or the reason why there is none
 */
export function readInventory(timeoutMs: number): Promise<unknown> {
  const file = fileURLToPath(import.meta.url);
  return new Promise((resolve) => {
    execFile(process.execPath, [file, 'read'], { timeout: timeoutMs, windowsHide: true }, (error, stdout) => {
      try {
        resolve(
          error ? { reason: error.killed ? `not read within ${timeoutMs} ms` : error.message } : JSON.parse(stdout),
        );
      } catch {
        resolve({ reason: 'systeminformation gave no readable answer' });
      }
    });
  });
}

if (process.argv[2] === 'read' && process.argv[1] === fileURLToPath(import.meta.url)) {
  const { cpu, mem, osInfo, system } = await import('systeminformation');
  const [processor, memory, os, machine] = await Promise.all([cpu(), mem(), osInfo(), system()]);
  const inventory = {
    cpu: {
      manufacturer: processor.manufacturer,
      brand: processor.brand,
      physicalCores: processor.physicalCores,
      cores: processor.cores,
      speedGhz: processor.speed,
      virtualization: processor.virtualization,
    },
    memoryBytes: memory.total,
    os: { distro: os.distro, release: os.release, kernel: os.kernel, arch: os.arch },
    machine: { manufacturer: machine.manufacturer, model: machine.model, virtual: machine.virtual },
  };
  process.stdout.write(JSON.stringify(inventory));
}
