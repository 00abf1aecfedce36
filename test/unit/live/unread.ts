import { createHash } from 'node:crypto';
import type { UnreadAnswer } from '../../../src/live/look-into.ts';

/** An answer that says this, whatever it is asked as. */
export function unread(reading: ReturnType<UnreadAnswer['reading']>): UnreadAnswer {
  return {
    digest: createHash('sha256').update(JSON.stringify(reading)).digest('hex'),
    reading: () => reading,
    status: () => (reading.kind === 'leaf' ? reading.body : { items: [] }),
  };
}
