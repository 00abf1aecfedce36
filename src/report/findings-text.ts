import type { Diagnostic, Position } from '../shared/diagnostic.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** Findings for a person: `file:line:column  pointer  code  message`, the place in the file, the next step. */
export function findingsText(findings: readonly Diagnostic[], paint: Paint): string {
  return findings.map((finding) => findingText(finding, paint)).join('');
}

function findingText(finding: Diagnostic, paint: Paint): string {
  const { position, pointer, severity, hint } = finding;
  const code = severity === 'error' ? paint.removed(finding.code) : `${paint.changed('warning')} ${finding.code}`;
  const head = [
    ...(position === undefined ? [] : [paint.strong(printable(placeOf(position)))]),
    ...(pointer === undefined || pointer === '' ? [] : [printable(pointer)]),
    code,
    printable(finding.message),
  ];
  const next = hint === undefined ? [] : [`    next: ${printable(hint)}`];
  return `${[head.join('  '), ...(finding.excerpt ?? []).map(printable), ...next].join('\n')}\n`;
}

function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
