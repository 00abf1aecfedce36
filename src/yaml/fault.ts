/** What is wrong with one value or key: a finding that has no place yet. Quotes no scalar. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}
