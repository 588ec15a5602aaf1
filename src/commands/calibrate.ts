import { renderConsole } from '../document/console.ts';
import { screenOf } from '../document/terminal.ts';
import { type CalibrationReport, calibrate } from '../experiment/calibrate.ts';
import { thisMachine } from '../experiment/machine.ts';
import { calibrationDocument, isNoisy, pointWords } from '../report/calibration.ts';
import { writeCalibration } from '../store/calibration.ts';
import { BaseCommand, outputFlags } from './shared/base.ts';
import { interruptible } from './shared/interrupt.ts';

export default class Calibrate extends BaseCommand {
  static override summary = 'What this client on this machine can measure: ceiling, timing error, cost per token';
  static override description =
    'Measures an exact-pace server in another process of this machine and compares the stamps of both, for less than a minute; nothing else should run meanwhile. ' +
    'The result is kept for this machine (in $XDG_CACHE_HOME or ~/.cache), and every later report states the timing error at its load.';
  static override examples = ['<%= config.bin %> calibrate', '<%= config.bin %> calibrate --json'];
  static override flags = { ...outputFlags };

  async run(): Promise<CalibrationReport> {
    const { flags } = await this.parse(Calibrate);
    const interrupt = interruptible();
    try {
      const found = await calibrate({
        machine: thisMachine(this.config.version),
        signal: interrupt.signal,
        emit: ({ point, passed }) => {
          if (!flags.quiet) process.stderr.write(`${pointWords(point, passed)}\n`);
        },
      });
      // one that a neighbour spoilt would cast doubt on every later run
      const keptIn = isNoisy(found) ? null : await writeCalibration(found, process.env);
      const screen = screenOf(process.stdout, process.env, this.colorful(process.stdout, flags.color));
      this.log(renderConsole(calibrationDocument(found, keptIn), screen));
      return found;
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      process.stderr.write('Interrupted: nothing was kept.\n');
      return this.exit(130);
    } finally {
      interrupt.release();
    }
  }
}
