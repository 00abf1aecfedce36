import type { Json } from '../shared/json.ts';
import type { ApplianceInfo, ChangeEntry, Reading, TransactionStatus } from '../sps/message.ts';

/** What a transaction needs of the appliance. Every method may throw `ApplianceError`. */
export interface ApplianceWriter {
  login(signal: AbortSignal): Promise<void>;
  forgetSession(): void;
  info(signal: AbortSignal): Promise<ApplianceInfo>;
  read(path: string, signal: AbortSignal): Promise<Reading>;
  transactionStatus(signal: AbortSignal): Promise<TransactionStatus>;
  openTransaction(signal: AbortSignal): Promise<void>;
  put(path: string, body: Json, signal: AbortSignal): Promise<void>;
  post(path: string, body: Json, signal: AbortSignal): Promise<void>;
  changes(signal: AbortSignal): Promise<readonly ChangeEntry[]>;
  commit(message: string | null, signal: AbortSignal): Promise<void>;
  rollback(signal: AbortSignal): Promise<void>;
}
