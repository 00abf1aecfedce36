import { parseDuration } from '../shared/duration.ts';
import type { Findings } from './findings.ts';
import type { Members } from './members.ts';

/**
 * Milliseconds of the duration that `pointer` names, or of the default. What is no duration above zero gives 0 and, unless
 * there is one already, a finding.
 */
export function durationMember(
  pointer: string,
  otherwise: string,
  { members, findings }: { readonly members: Members; readonly findings: Findings },
): number {
  const milliseconds = parseDuration(members.text(pointer) ?? otherwise);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  // Texts that are no duration at all are the schema's to find.
  if (!findings.explains(pointer)) {
    findings.error(pointer, {
      code: 'out-of-range',
      message: 'must be longer than nothing and shorter than 24 days',
    });
  }
  return 0;
}
