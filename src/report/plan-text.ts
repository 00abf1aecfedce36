import type { PatchEntry } from '../plan/diff.ts';
import { titleOf, type Operation } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';
import { UNKNOWN_MASK, type Sealer } from '../plan/seal.ts';
import { isObject, type Json } from '../shared/json.ts';
import { childPointer } from '../shared/pointer.ts';
import { SECRET_MASK } from '../shared/secret.ts';
import type { Paint } from './paint.ts';
import { planSummary } from './plan-document.ts';
import { printable } from './printable.ts';

/** What a person sees of a plan: one block per resource, old → new, then a line that sums it up. */
export function planText(plan: Plan, sealer: Sealer, paint: Paint): string {
  if (plan.operations.length === 0) return `In sync: ${resources(plan.unchanged)}, nothing to do.\n`;
  const blocks = plan.operations.map((operation) => block(operation, sealer, paint));
  return `${blocks.join('\n')}\n${summaryLine(plan)}\n`;
}

/** `2 to update; 6 unchanged`, naming only what there is. */
function summaryLine(plan: Plan): string {
  const { unchanged, ...counts } = planSummary(plan);
  const parts = Object.entries(counts).flatMap(([action, count]) => (count > 0 ? [inWords(action, count)] : []));
  return `Plan: ${parts.join(', ')}; ${unchanged} unchanged.`;
}

function inWords(action: string, count: number): string {
  if (action !== 'action') return `${count} to ${action}`;
  return `${count} ${count === 1 ? 'action' : 'actions'} after it`;
}

function resources(count: number): string {
  return count === 1 ? '1 resource' : `${count} resources`;
}

function block(operation: Operation, sealer: Sealer, paint: Paint): string {
  const { source, comparison } = operation;
  const place = paint.faint(printable(`${source.file}:${source.line}`));
  const head = `${sign(operation, paint)} ${paint.strong(printable(titleOf(operation)))}${verb(operation)}  ${place}`;
  const entries = comparison.patch.flatMap(membersOf);
  // A plan may have more entries than a call takes arguments.
  const width = entries.reduce((widest, { path }) => Math.max(widest, path.length), 0);
  const lines = entries.map((entry) => `    ${line(entry, width, sealer, paint)}`);
  return `${[head, ...lines].join('\n')}\n`;
}

function sign({ action }: Operation, paint: Paint): string {
  switch (action) {
    case 'create':
      return paint.added('+');
    case 'delete':
      return paint.removed('-');
    case 'update':
    case 'upload':
    case 'action':
      return paint.changed('~');
  }
}

/** What a sign does not say: how a read-only body is going to change, and why an object is to be gone. */
function verb(operation: Operation): string {
  const [entry] = operation.comparison.patch;
  switch (operation.action) {
    case 'create':
    case 'update':
      return '';
    case 'delete':
      return entry?.op === 'remove' && entry.reason === 'pruned'
        ? ' (pruned: no document names it)'
        : ' (state: absent)';
    case 'upload':
      return ` (upload of ${printable(operation.file.name)})`;
    case 'action':
      return ` (${operation.remedy.kind}, after the transaction)`;
  }
}

/** A whole object is easier to read member by member. */
function membersOf(entry: PatchEntry): readonly PatchEntry[] {
  if (entry.path !== '' || entry.op === 'replace') return [entry];
  const whole = entry.op === 'add' ? entry.value : entry.was;
  if (!isObject(whole)) return [entry];
  return Object.entries(whole).map(([name, value]): PatchEntry => {
    const path = childPointer('', name);
    return entry.op === 'add' ? { op: 'add', path, value } : { op: 'remove', path, was: value };
  });
}

function line(entry: PatchEntry, width: number, sealer: Sealer, paint: Paint): string {
  const path = printable(entry.path === '' ? '(all of it)' : entry.path).padEnd(width);
  const show = (value: Json) => shown(sealer.mask(value));
  switch (entry.op) {
    case 'add':
      return `${paint.added('+')} ${path}  ${paint.added(show(entry.value))}`;
    case 'remove':
      return `${paint.removed('-')} ${path}  ${paint.removed(show(entry.was))}`;
    case 'replace':
      return `${paint.changed('~')} ${path}  ${paint.removed(show(entry.was))} → ${paint.added(show(entry.value))}`;
  }
}

function shown(value: Json): string {
  // Masks are no values: they stand without quotes.
  if (value === SECRET_MASK || value === UNKNOWN_MASK) return value;
  return printable(JSON.stringify(value));
}
