import type { ApplianceWriter } from './appliance-writer.ts';
import { orAborted } from './or-aborted.ts';
import type { TransactionContext, TransactionJournal } from './transaction-context.ts';

/**
 * The same context with an appliance that writes nothing before the journal holds its session, which any answer may have
 * replaced. The open and the rollback do not wait for that: before the one the journal is written anyway, and the other must not
 * fail for want of a disk.
 */
export function journaled(context: TransactionContext): TransactionContext {
  const { journal, appliance, signal } = context;
  return journal === undefined ? context : { ...context, appliance: guarded(appliance, journal, signal) };
}

function guarded(appliance: ApplianceWriter, journal: TransactionJournal, signal: AbortSignal): ApplianceWriter {
  const kept =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await orAborted(journal.current(), signal);
      return write(...args);
    };
  return {
    login: (stop) => appliance.login(stop),
    forgetSession: () => appliance.forgetSession(),
    info: (stop) => appliance.info(stop),
    transactionStatus: (stop) => appliance.transactionStatus(stop),
    openTransaction: async (stop) => {
      await appliance.openTransaction(stop);
      await orAborted(journal.current(), signal);
    },
    readStatus: (path, stop) => appliance.readStatus(path, stop),
    put: kept((path, body, stop) => appliance.put(path, body, stop)),
    post: kept((path, body, stop) => appliance.post(path, body, stop)),
    create: kept((path, body, stop) => appliance.create(path, body, stop)),
    delete: kept((path, stop) => appliance.delete(path, stop)),
    upload: kept((path, part, stop) => appliance.upload(path, part, stop)),
    changes: (stop) => appliance.changes(stop),
    commit: async (message, stop) => {
      // From the commit on, the run's own signal stops nothing.
      await orAborted(journal.current(), stop);
      await appliance.commit(message, stop);
    },
    rollback: (stop) => appliance.rollback(stop),
  };
}
