import type { DesiredIdentity } from '../desired/desired-state.ts';
import type { SchemaFinding } from '../resources/resource-type.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';

/** The web UI page on which an appliance joins Starling; nothing else can. */
export const STARLING_PAGE = 'Basic Settings > Starling Integration';

/** The appliance has no such endpoint: a warning where the document is optional. */
export function unsupported(resource: string, optional: boolean): Diagnostic {
  const code = 'unsupported-by-firmware';
  if (optional) {
    const message = `the appliance has no ${resource}; skipped, as the document is optional`;
    return { severity: 'warning', code, message };
  }
  const message = `the appliance has no ${resource}`;
  const hint = 'remove the document, or set optional: true to skip it on such firmware';
  return { severity: 'error', code, message, hint };
}

/** A document without a name for something that has members. */
export function nameMissing(resource: string): Diagnostic {
  const message = `${resource} is a collection; a document describes one of its members, which its name tells apart`;
  return { severity: 'error', code: 'name-missing', message, hint: 'give the document a name' };
}

/** A document with a name, or one that prunes, for something that has no members. */
export function notCollection(resource: string, member: 'name' | 'prune'): Diagnostic {
  const message = `${resource} is a single object, not a collection`;
  return { severity: 'error', code: `${member}-on-singleton`, message, hint: `leave "${member}" out` };
}

/** A collection whose members have no names, or a directory. */
export function namelessMembers(resource: string): Diagnostic {
  const message = `the members of ${resource} have no name by which a document could mean one of them`;
  return { severity: 'error', code: 'members-without-name', message, hint: 'name the path of a single object' };
}

/** A member that nobody can make. */
export function notMade(resource: string, known: readonly string[]): Diagnostic {
  const message = `${resource} has no such member, and its members cannot be created`;
  return { severity: 'error', code: 'member-unknown', message, hint: `known are ${known.join(', ')}` };
}

/** A member whose name is the appliance's own key. */
export function notRenamed(resource: string): Diagnostic {
  const message = `the members of ${resource} have fixed names and cannot be renamed`;
  return { severity: 'error', code: 'not-renamable', message, hint: 'leave previousName out' };
}

/** Documents exchange names, and one of them leaves members of the body to what is there. */
export function partialExchange(unset: readonly string[]): Diagnostic {
  const message = `documents exchange names, so bodies move, but this one does not set ${unset.join(', ')}`;
  return { severity: 'warning', code: 'partial-exchange', message, hint: 'set all members, or leave previousName out' };
}

/** A member that the appliance brings along and does not let anybody touch. */
export function builtIn(): Diagnostic {
  const message = 'this member is built in: the appliance lets nobody change or delete it';
  return { severity: 'error', code: 'built-in', message, hint: 'remove the document' };
}

/** A deletion that would leave references into nothing. */
export function referenced(title: string, referrers: readonly string[]): Diagnostic {
  const message = `${title} cannot be deleted: it is still referenced by ${referrers.join(', ')}`;
  return { severity: 'error', code: 'still-referenced', message, hint: 'remove or re-point the references as well' };
}

/** What the schema says about a merged body. */
export function targetFinding({ pointer: _pointer, at: _at, ...finding }: SchemaFinding): Diagnostic {
  const message = `${finding.message} (in the live body with the desired fields laid over it)`;
  return { severity: 'error', ...finding, message };
}

/** What an operator has to do beside an upload. */
export function uploadNote(note: string): Diagnostic {
  return { severity: 'warning', code: 'upload-note', message: note };
}

/** Members that only the appliance sets differ, and the document names no file that could change that. */
export function uploadMissing(resource: string): Diagnostic {
  const message = `${resource} is not as the document says, and can only be changed by an upload`;
  return { severity: 'error', code: 'upload-missing', message, hint: 'name the file in "upload"' };
}

/** A member that nothing at all can set. */
export function notSettable(member: string): Diagnostic {
  const message = `${member} differs from the live value, and nothing can set it`;
  return { severity: 'error', code: 'not-settable', message, hint: 'leave the member out, or write the live value' };
}

/** The files want an appliance that is joined to Starling, and it is not. */
export function notJoined(): Diagnostic {
  const message = 'the appliance is not joined to Starling, and joining it needs a person';
  return { severity: 'error', code: 'not-joined', message, hint: `join it on the web UI: ${STARLING_PAGE}` };
}

/** Leaving Starling while remote access needs it. */
export function remoteAccessOn(): Diagnostic {
  const message = 'Starling cannot be left while remote access is on';
  const hint = 'switch it off as well: resource starling, body { remote_access: { enabled: false } }';
  return { severity: 'error', code: 'remote-access-on', message, hint };
}

/** Collects findings, each with the thing whose document it is about. */
export type Place = (of: DesiredIdentity, pointer: string, at: 'key' | 'value', finding: Diagnostic) => void;
