import type { SpsGitopsError } from '../shared/errors.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { OUTCOME_TABLE, type TransactionState } from '../shared/outcome.ts';
import { findingsText } from './findings-text.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

const FATE: Readonly<Record<TransactionState, string>> = {
  none: 'no transaction was opened; nothing was changed',
  'rolled-back': 'the transaction was rolled back; nothing was changed',
  committed: 'the transaction was committed',
  unknown: 'what became of the transaction is not known',
};

/** A failure for a person: reason, message, what became of the transaction, the details, the next step. No stack. */
export function errorText(error: SpsGitopsError, transaction: TransactionState | null, paint: Paint): string {
  const { reason } = OUTCOME_TABLE[error.failure];
  const code = error.code === reason ? reason : `${reason} ${error.code}`;
  const lines = [
    `${paint.removed('error')} ${paint.strong(printable(code))}: ${printable(error.message)}`,
    ...detailLines(error.details),
    ...(transaction === null ? [] : [`  transaction: ${FATE[transaction]}`]),
    ...(error.hint === undefined ? [] : [`  next: ${printable(error.hint)}`]),
  ];
  return `${findingsText(error.findings, paint)}${lines.join('\n')}\n`;
}

function detailLines(details: Readonly<Record<string, Json>>): readonly string[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) return [];
    if (isList(value)) return value.map((item) => `  ${printable(name)}: ${inline(item)}`);
    return [`  ${printable(name)}: ${inline(value)}`];
  });
}

function inline(value: Json): string {
  if (typeof value === 'string') return printable(value);
  if (isObject(value)) {
    return Object.entries(value)
      .map(([name, member]) => `${printable(name)} ${inline(member)}`)
      .join(', ');
  }
  return printable(JSON.stringify(value));
}
