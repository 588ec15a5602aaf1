import type { ReasonCode, Sample } from '../record/sample.ts';

/** Why a source cannot deliver: a stable code and one sentence that says what to do. Never ends a run by itself. */
export class TelemetryProblem extends Error {
  override readonly name = 'TelemetryProblem';
  readonly code: ReasonCode;

  constructor(code: ReasonCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** Where a source delivers; none of the three throws. */
export interface SourceSink {
  sample(sample: Sample): void;
  /** Something that a reader must know and that does not end the source; said once for each code and sentence. */
  note(code: ReasonCode, sentence: string): void;
  /** The source has ended by itself after it had started; called at most once, and never for an abort. */
  died(code: ReasonCode, sentence: string): void;
}

/** Something that can be watched. May be started again after it has died. */
export interface Source {
  /** For people: `nvidia-smi`, `dcgm http://127.0.0.1:9400/metrics`, `ssh://node-2/nvidia-smi`. */
  readonly name: string;
  /**
   * Resolves when the first good sample was delivered; rejects with `TelemetryProblem` when none comes.
   * Ends, children included, when the signal is aborted.
   */
  start(sink: SourceSink, signal: AbortSignal): Promise<void>;
}

export interface Absent {
  readonly absent: { readonly code: ReasonCode; readonly sentence: string };
}

/** What sources need to know of the run. Holds no secret but the headers of `targets`, which stay in the process. */
export interface FindContext {
  /** The run's clock, see `createClock`. */
  readonly clock: { now(): number };
  /** Name of the machine that tokbench runs on. */
  readonly hostname: string;
  /** Wanted distance of samples, default 1,000. */
  readonly intervalMs: number;
  /** Limit of finding, default 2,000. */
  readonly timeoutMs: number;
  /**
   * The model servers under load: base URLs as for a target, the headers that they are asked with, and the model, for
   * endpoints that tell of several.
   */
  readonly targets: readonly {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly model?: string;
  }[];
}

/** One entry of `--telemetry`, taken apart. */
export interface SourceArgument {
  /** As the user wrote it; `auto` where it was not named. */
  readonly text: string;
  /** Name of a kind. */
  readonly kind: string;
  /** What follows `=`; null without. */
  readonly value: string | null;
  /** `[user@]host[:port]` of `ssh://…/NAME`; null for this machine. */
  readonly ssh: string | null;
}

/** A sort of source: one file, and one line in `sources.ts`. */
export interface SourceKind {
  readonly name: string;
  /** Forms of its argument for messages, e.g. `dcgm[=URL]`. */
  readonly form: string;
  /** Looked for by `auto` on this machine. */
  readonly auto: boolean;
  /** A tool that is looked for on a remote machine too. */
  readonly remote: boolean;
  /** Throws UserError `bad_telemetry` where `=VALUE` or `ssh://` makes no sense for it. Asks nothing of anybody. */
  check(argument: SourceArgument): void;
  /** Asks whether it is there, within `context.timeoutMs`; several sources where one argument names several devices' hosts. */
  find(argument: SourceArgument, context: FindContext, signal: AbortSignal): Promise<readonly Source[] | Absent>;
}
