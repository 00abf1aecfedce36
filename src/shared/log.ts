/** What the entries of an event hold that has nothing to tell but that it happened. */
export type NoFields = Readonly<Record<never, never>>;

/**
 * What the stages log through. `F` names the events, the closed list in `log/events.ts`, and gives each its fields; an event
 * without any is logged by its name alone.
 */
export type Log<F> = <E extends keyof F>(
  event: E,
  ...fields: NoFields extends F[E] ? [fields?: F[E]] : [fields: F[E]]
) => void;
