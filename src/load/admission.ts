/** When the next request may start. Open and closed loop and replay differ only here. */
export type Admission =
  /** `concurrency` slots; a slot's next request is due when its previous one ended (plus think time). */
  | { readonly kind: 'closed'; readonly concurrency: number }
  /** Due times in ms after the start of the step, non-decreasing whole microseconds; a cap makes queueDelay, never silence. */
  | { readonly kind: 'open'; readonly dueMs: Iterable<number>; readonly maxInFlight: number | null };
