import type { PatchEntry } from '../plan/diff.ts';
import type { Operation, Plan } from '../plan/plan.ts';
import { UNKNOWN_MASK, type Sealer } from '../plan/seal.ts';
import type { Json } from '../shared/json.ts';
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
  const parts = Object.entries(counts).flatMap(([action, count]) => (count > 0 ? [`${count} to ${action}`] : []));
  return `Plan: ${parts.join(', ')}; ${unchanged} unchanged.`;
}

function resources(count: number): string {
  return count === 1 ? '1 resource' : `${count} resources`;
}

function block(operation: Operation, sealer: Sealer, paint: Paint): string {
  const { resource, source, comparison } = operation;
  const head = `${paint.changed('~')} ${paint.strong(printable(resource))}  ${paint.faint(printable(`${source.file}:${source.line}`))}`;
  const width = Math.max(...comparison.patch.map((entry) => entry.path.length));
  const lines = comparison.patch.map((entry) => `    ${line(entry, width, sealer, paint)}`);
  return `${[head, ...lines].join('\n')}\n`;
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
