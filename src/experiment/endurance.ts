/** Tells a step that its server no longer serves anybody, so that it need not be hammered to the end. */
export interface Endurance {
  /** One request as it ended; a censored one says nothing and is not added. */
  add(succeeded: boolean): void;
  /** Failures since the last success, or since the start. */
  readonly failuresInARow: number;
  readonly spent: boolean;
}

const leastRequests = 50;
/** Rounds of a closed loop, seconds of an open one. */
const rounds = 5;
const mostInARow = 1_000;

/**
 * Spent is when nothing has succeeded yet and the first max(50, 5 × load) requests failed, or when 1,000 in a row
 * failed: a server that refuses at once would otherwise get thousands of requests a second for the whole duration.
 * @param load requests in flight of a closed loop, requests per second of an open one
 */
export function createEndurance(load: number): Endurance {
  const first = Math.max(leastRequests, Math.ceil(rounds * load));
  let succeeded = false;
  let failuresInARow = 0;
  return {
    add(success) {
      succeeded ||= success;
      failuresInARow = success ? 0 : failuresInARow + 1;
    },
    get failuresInARow() {
      return failuresInARow;
    },
    get spent() {
      return failuresInARow >= (succeeded ? mostInARow : Math.min(first, mostInARow));
    },
  };
}
