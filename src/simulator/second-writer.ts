import type { Json } from '../shared/json.ts';
import { Refusal } from './answer.ts';
import type { Owner, Transactions } from './transactions.ts';

/** What became of the second writer's step: `null`, or the refusal that a client would have got. */
type SecondWriterResult = { readonly status: number; readonly type: string; readonly message: string } | null;

/** A transaction of another session, driven from within the process so that tests can interleave. */
export interface SecondWriter {
  open(): SecondWriterResult;
  /**
   * Stages a body as it is, the order of a collection, or a delete (`undefined`): the rules of the resources are not
   * applied to it, those for writes and for the whole configuration are.
   */
  stage(path: string, body: Json | undefined): SecondWriterResult;
  commit(message?: string): SecondWriterResult;
  rollback(): void;
}

const OWNER: Owner = { id: 'second-writer', user: 'second-writer' };

/** The second writer on these transactions; there is one, and it has at most one transaction at a time. */
export function createSecondWriter(transactions: Transactions): SecondWriter {
  return {
    open: () => attempt(() => transactions.open(OWNER)),
    stage: (path, body) => attempt(() => transactions.stage(OWNER, path, body)),
    commit: (message) => attempt(() => transactions.commit(OWNER.id, () => message ?? null)),
    rollback: () => {
      transactions.drop(OWNER.id);
    },
  };
}

function attempt(step: () => void): SecondWriterResult {
  try {
    step();
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, type: error.type, message: error.message };
  }
}
