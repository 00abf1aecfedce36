/**
 * A signal that never aborts: for requests that change something. Giving one up does not take it back; it ends with its
 * answer or its own time-out.
 */
export const NEVER: AbortSignal = new AbortController().signal;
