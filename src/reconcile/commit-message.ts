import type { Revision } from '../desired/desired-state.ts';
import type { SecretBook } from '../shared/secret-book.ts';

/** Longer ones are cut; the appliance's own limit is not known (core.md §13 Q5). */
const MAX_LENGTH = 200;

const FALLBACK = 'sps-gitops {shortSha} {plan12} {run8}';

/** What the template's placeholders stand for. */
export interface MessageFacts {
  readonly revision: Revision;
  /** `sha256:…` */
  readonly planDigest: string;
  readonly runId: string;
}

/**
 * The appliance's commit message: the template's placeholders filled in, one line of printable ASCII (anything else becomes
 * `?`), at most 200 characters, cut at the end. A message that would be empty or hold a secret of this run falls back
 * to the ids.
 */
export function commitMessage(template: string, facts: MessageFacts, secrets: SecretBook): string {
  const filled = fill(template, facts);
  const message = inShape(filled);
  // Asked before the shaping too: a secret that lost a letter or its end still gives most of itself away.
  return message === '' || secrets.isIn(filled) || secrets.isIn(message) ? inShape(fill(FALLBACK, facts)) : message;
}

function fill(template: string, { revision, planDigest, runId }: MessageFacts): string {
  const digest = (text: string) => text.replace(/^sha256:/, '');
  const values = new Map([
    ['shortSha', (revision.commit ?? digest(revision.digest)).slice(0, 7)],
    ['plan12', digest(planDigest).slice(0, 12)],
    ['run8', runId.slice(0, 8)],
    ['author', revision.author ?? ''],
    ['subject', revision.subject ?? ''],
  ]);
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole);
}

function inShape(text: string): string {
  // By code point, so that a character outside of the basic plane becomes one `?`.
  const ascii = Array.from(text.replace(/\s+/g, ' ').trim(), (char) => (/[ -~]/.test(char) ? char : '?')).join('');
  // Without git the author and the subject are empty, and what joins them joins nothing.
  return ascii.replace(/[\s:]+$/, '').slice(0, MAX_LENGTH);
}
