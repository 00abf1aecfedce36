import type { JsonObject } from './json.ts';

/** What the stages log through. `event` is one of the closed list in `log/events.ts`; numbers live in fields. */
export type Log<E extends string = string> = (event: E, fields?: JsonObject) => void;
