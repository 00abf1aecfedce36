import type { Diagnostic } from '../shared/diagnostic.ts';

/** More findings than this help nobody, and placing each one in its file takes time. */
export const MAX_FINDINGS = 1000;

/**
 * The findings themselves, or 1000 of too many, errors first to stay; then `too-many-findings` is the last. Warnings alone
 * all stay: nothing is refused because of them.
 */
export function limitFindings(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (findings.length <= MAX_FINDINGS || errors.length === 0) return findings;
  const others = findings.filter(({ severity }) => severity !== 'error');
  const kept = new Set([...errors, ...others].slice(0, MAX_FINDINGS));
  const message = `${findings.length - kept.size} more findings are left out, and there may be still more`;
  const hint = 'correct the others first';
  const tooMany = { severity: 'error', code: 'too-many-findings', message, hint } as const;
  return [...findings.filter((finding) => kept.has(finding)), tooMany];
}
