/** Exit codes of the contract that a user's mistake or a target's refusal can end with. */
export type UserErrorExit = 2 | 3 | 6;

/**
 * An error that the user can cause and mend: one sentence that says what to do, a stable code, no stack trace.
 * Everything else that throws is a defect of tokbench.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable, lower_snake_case; scripts may match on it. */
  readonly code: string;
  /** 2 bad input (nothing was sent), 3 the target cannot be used, 6 a gate. */
  readonly exit: UserErrorExit;

  constructor(code: string, sentence: string, exit: UserErrorExit = 2) {
    super(sentence);
    this.code = code;
    this.exit = exit;
  }
}
