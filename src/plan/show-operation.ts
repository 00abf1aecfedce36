import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../shared/json.ts';
import type { PatchEntry } from './diff.ts';
import type { Operation } from './operation.ts';
import type { Sealer } from './seal.ts';

/** An operation as the contract shows it, without its source: what the digest covers. */
export function shownOperation(operation: Operation, sealer: Sealer): Readonly<Record<string, Json>> {
  const { action, resource, name, href } = operation;
  return { action, resource, name, href, patch: operation.comparison.patch.map((entry) => shownEntry(entry, sealer)) };
}

/** `sha256:` and 64 hex digits over operations as they are shown. */
export function digestOf(operations: readonly Operation[], sealer: Sealer): string {
  const shown = operations.map((operation) => shownOperation(operation, sealer));
  return `sha256:${createHash('sha256').update(canonicalJson(shown)).digest('hex')}`;
}

function shownEntry(entry: PatchEntry, sealer: Sealer): Json {
  const { op, path } = entry;
  switch (entry.op) {
    case 'add':
      return { op, path, value: sealer.mask(entry.value) };
    case 'replace':
      return { op, path, value: sealer.mask(entry.value), was: sealer.mask(entry.was) };
    case 'remove':
      return {
        op,
        path,
        was: sealer.mask(entry.was),
        ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      };
  }
}
