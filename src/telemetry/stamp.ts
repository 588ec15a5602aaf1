import type { Sample } from '../record/sample.ts';

/** When and where something was read; the first keys of a sample. */
export interface Stamp {
  readonly t_mono_s: number;
  readonly t_wall_s: number;
  readonly t_source_s?: number;
  readonly t_bound_s?: number;
  readonly host: string;
}

/** Readings a program makes of its own clocks. */
export interface Clocks {
  /** Seconds on the run's clock. */
  monoS(): number;
  /** Unix seconds. */
  wallS(): number;
}

/** A source's stamp may lie this far before its line is read: a tool that buffers is no clock that jumps. */
const longestDelayS = 30;
/** Clocks of one machine are one clock, but for rounding. */
const tieS = 0.05;

/**
 * Maps the times that a source stamps itself onto the run's clock.
 *
 * On this machine the offset is known. Of another machine it is the smallest difference of receipt and stamp that was
 * seen: the line that came fastest. The bound is what a line may have taken longer than that one. A stamp that fits no
 * such offset is a clock that was set: then the time of receipt is taken, and the offset learnt anew.
 */
export class SourceClock {
  private readonly clocks: Clocks;
  private readonly local: boolean;
  private offsetS: number | null = null;
  /** How often the source's clock was set while it was watched. */
  jumps = 0;

  constructor(clocks: Clocks, local: boolean) {
    this.clocks = clocks;
    this.local = local;
  }

  /** @param sourceS Unix seconds as the source stamped them; null when it did not */
  stamp(host: string, sourceS: number | null): Stamp {
    const monoS = wholeMicroseconds(this.clocks.monoS());
    const wallS = this.clocks.wallS();
    const received = { t_mono_s: monoS, t_wall_s: wallS, host };
    if (sourceS === null) return received;
    // A stamp of whole seconds is coarser than the time of receipt.
    if (Number.isInteger(sourceS)) return { ...received, t_source_s: sourceS };
    if (this.local) this.offsetS = monoS - wallS;
    else this.learn(monoS - sourceS);
    const delayS = monoS - (sourceS + this.offsetS!);
    if (delayS < -tieS || delayS > longestDelayS) {
      this.jumps++;
      this.offsetS = null;
      return { ...received, t_source_s: sourceS };
    }
    const late = Math.max(0, delayS);
    return {
      t_mono_s: wholeMicroseconds(monoS - late),
      t_wall_s: wholeMicroseconds(wallS - late),
      t_source_s: sourceS,
      t_bound_s: this.local ? 0 : wholeMicroseconds(late),
      host,
    };
  }

  private learn(differenceS: number): void {
    if (this.offsetS === null) {
      this.offsetS = differenceS;
      return;
    }
    // A source whose clock was set forward looks faster than any line can be.
    if (this.offsetS - differenceS > 1) this.jumps++;
    this.offsetS = Math.min(this.offsetS, differenceS);
  }
}

/** Finer than any source stamps, and as short as a record needs. */
export function wholeMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** A sample that holds nothing yet. */
export function emptySample(source: string, stamp: Stamp): Sample {
  return { ...stamp, source, raw: [], quality: [] };
}
