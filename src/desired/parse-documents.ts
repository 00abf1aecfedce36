import { childPointer } from '../shared/pointer.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { nearest } from '../shared/nearest.ts';
import type { YamlDocument, YamlValue } from '../yaml/read-yaml.ts';
import { quoteName } from '../yaml/quote-name.ts';
import { isYamlObject, typeName, type YamlObject } from '../yaml/yaml-value.ts';
import { checkIgnore } from './ignore-pointers.ts';
import { MAX_FINDINGS } from './limit-findings.ts';
import { findNotBuiltTags } from './plain-tags.ts';
import type { DocumentHead, ParsedCollection, ParsedDocument, ParsedThing, Report } from './parsed-document.ts';
import {
  membersOf,
  readFlag,
  readName,
  readResource,
  readState,
  readUpload,
  reportMissing,
  type Members,
} from './read-members.ts';

// The members of the contract, section 2; those that this version does not act on are refused rather than passed over.
const MEMBERS: Readonly<Record<string, 'built' | 'not-built'>> = {
  resource: 'built',
  name: 'built',
  previousName: 'built',
  body: 'built',
  state: 'built',
  prune: 'built',
  order: 'not-built',
  ignore: 'built',
  upload: 'built',
  optional: 'built',
};

/** What is said of a member that is to be gone, by the member that says it. */
const BESIDE_ABSENT = {
  body: 'absent-with-body',
  ignore: 'absent-with-ignore',
  upload: 'absent-with-upload',
  previousName: 'absent-with-previous-name',
} as const;

/** What is said of one thing in a document about a whole collection, by the member that says it. */
const BESIDE_PRUNE = {
  name: 'prune-with-name',
  previousName: 'prune-with-previous-name',
  body: 'prune-with-body',
  state: 'prune-with-state',
  ignore: 'prune-with-ignore',
  upload: 'prune-with-upload',
} as const;

/**
 * Reads the members of one document. `parsed` is missing when the document cannot be worked with further; findings do not
 * rule it out, so that later checks can add theirs. Of more than 1001 findings the rest is left out.
 */
export function parseDocument(
  file: string,
  document: YamlDocument,
): { readonly parsed: ParsedDocument | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const report: Report = (pointer, at, finding) => {
    // Enough to refuse the document; what is left out would only take its time.
    if (findings.length > MAX_FINDINGS) return;
    findings.push(document.place(pointer, at, { severity: 'error', ...finding }));
  };
  const { value } = document;
  if (!isYamlObject(value)) {
    if (!document.damaged.includes('')) {
      report('', 'value', {
        code: 'document-not-object',
        message: `a document is an object, not a ${typeName(value)}`,
      });
    }
    return { parsed: undefined, findings };
  }
  checkMembers(value, report);
  findNotBuiltTags(value, '', report);
  const members = membersOf(value, document);
  const resource = readResource(members, report);
  const optional = readFlag('optional', members, report);
  if (!Object.hasOwn(value, 'resource')) {
    reportMissing('resource', '"resource" is the path below /api/configuration', report);
  }
  const described = Object.hasOwn(value, 'prune') ? readCollection(members, report) : readThing(members, report);
  if (resource === undefined || described === undefined) return { parsed: undefined, findings };
  return { parsed: { file, document, resource, optional, ...described }, findings };
}

function checkMembers(value: YamlObject, report: Report): void {
  for (const name of Object.keys(value)) {
    const pointer = childPointer('', name);
    const known = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : undefined;
    if (known === 'not-built') {
      const message = `${quoteName(name)} is not built yet in this version`;
      report(pointer, 'key', { code: 'not-built', message, hint: 'leave the member out' });
    }
    if (known === undefined) reportUnknown(name, pointer, report);
  }
}

function reportUnknown(name: string, pointer: string, report: Report): void {
  const known = Object.keys(MEMBERS);
  const near = nearest(name, known);
  const hint = near === undefined ? `the members of a document are ${known.join(', ')}` : `did you mean "${near}"?`;
  report(pointer, 'key', { code: 'unknown-member', message: `unknown member ${quoteName(name)}`, hint });
}

function readCollection(members: Members, report: Report): Omit<ParsedCollection, keyof DocumentHead> {
  const hint = '"prune" speaks of the collection as a whole: give each member a document of its own';
  refuseBeside(BESIDE_PRUNE, '"prune"', hint, members, report);
  return { kind: 'collection', name: null, prune: readFlag('prune', members, report) };
}

function readThing(members: Members, report: Report): Omit<ParsedThing, keyof DocumentHead> | undefined {
  const name = readName('name', members, report);
  const state = readState(members, report);
  if (state === 'absent') return readAbsent(name, members, report);
  const previousName = readName('previousName', members, report) ?? null;
  checkPreviousName(previousName, name, report);
  const upload = readUpload(members, report);
  const hasBody = Object.hasOwn(members.all, 'body');
  const body = members.all['body'] ?? null;
  // Without a sound body nothing is set, and nothing of `ignore` can be set as well.
  const sound = Object.hasOwn(members.sound, 'body') ? body : {};
  // The name of a member is managed like what the body sets.
  const managed = typeof name === 'string' && isYamlObject(sound) ? { ...sound, name } : sound;
  const ignore = checkIgnore(members.sound['ignore'], managed, report);
  if (hasBody) {
    if (name !== null) refuseNameInBody(body, report);
    return { kind: 'thing', name, previousName, state: 'present', body, ignore, upload };
  }
  // A document that asks for what is not built, or for a state that cannot be read, may be one that needs no body.
  const wantsBody = state === 'present' && !Object.keys(members.all).some((member) => MEMBERS[member] === 'not-built');
  if (wantsBody) reportMissing('body', '"body" is the managed fields', report);
  return undefined;
}

function readAbsent(
  name: string | null | undefined,
  members: Members,
  report: Report,
): Omit<ParsedThing, keyof DocumentHead> | undefined {
  const hint = 'leave it out: of a member that is to be gone nothing but its name counts';
  refuseBeside(BESIDE_ABSENT, '"state: absent"', hint, members, report);
  if (name !== null) {
    return { kind: 'thing', name, previousName: null, state: 'absent', body: {}, ignore: [], upload: null };
  }
  reportMissing('name', '"state: absent" deletes a member of a collection, which is told by its "name"', report);
  return undefined;
}

function refuseBeside(
  codes: Readonly<Record<string, string>>,
  what: string,
  hint: string,
  { all }: Members,
  report: Report,
): void {
  for (const [member, code] of Object.entries(codes)) {
    if (!Object.hasOwn(all, member)) continue;
    report(`/${member}`, 'key', { code, message: `"${member}" does not go with ${what}`, hint });
  }
}

function checkPreviousName(previousName: string | null, name: string | null | undefined, report: Report): void {
  if (previousName === null) return;
  if (name === null) {
    const message = '"previousName" is for a member that has a "name" too';
    report('/previousName', 'key', {
      code: 'previous-name-without-name',
      message,
      hint: 'write the new name as "name"',
    });
  }
  if (previousName !== name) return;
  const hint = 'leave "previousName" out';
  report('/previousName', 'value', { code: 'same-name', message: '"previousName" is the same as "name"', hint });
}

function refuseNameInBody(body: YamlValue, report: Report): void {
  if (!isYamlObject(body) || !Object.hasOwn(body, 'name')) return;
  const hint = 'write "name" beside "resource" alone';
  report('/body/name', 'key', { code: 'name-in-body', message: 'the name of a member is not part of its body', hint });
}
