import type { Json } from '../shared/json.ts';
import type { ApplianceInfo, ChangeEntry, TransactionStatus } from '../sps/message.ts';

/** The one part of a `multipart/form-data` body. */
export interface UploadPart {
  readonly field: string;
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** What a transaction needs of the appliance. Every method may throw `ApplianceError`. */
export interface ApplianceWriter {
  login(signal: AbortSignal): Promise<void>;
  forgetSession(): void;
  info(signal: AbortSignal): Promise<ApplianceInfo>;
  transactionStatus(signal: AbortSignal): Promise<TransactionStatus>;
  openTransaction(signal: AbortSignal): Promise<void>;
  readStatus(path: string, signal: AbortSignal): Promise<Json>;
  put(path: string, body: Json, signal: AbortSignal): Promise<void>;
  post(path: string, body: Json, signal: AbortSignal): Promise<void>;
  /** Resolves with the key of the new member, null when the answer does not tell it (core.md §13 Q6). */
  create(path: string, body: Json, signal: AbortSignal): Promise<string | null>;
  delete(path: string, signal: AbortSignal): Promise<void>;
  upload(path: string, part: UploadPart, signal: AbortSignal): Promise<void>;
  changes(signal: AbortSignal): Promise<readonly ChangeEntry[]>;
  commit(message: string | null, signal: AbortSignal): Promise<void>;
  rollback(signal: AbortSignal): Promise<void>;
}
