import { distance } from 'fastest-levenshtein';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { childPointer } from '../shared/pointer.ts';
import type { YamlDocument, YamlValue } from '../yaml/read-yaml.ts';
import { quoteName } from '../yaml/quote-name.ts';
import { isYamlObject, typeName, type YamlObject } from '../yaml/yaml-value.ts';
import { checkIgnore } from './ignore-pointers.ts';
import { findNotBuiltTags, resolveKeyTags } from './plain-tags.ts';
import type { ParsedDocument, Report } from './parsed-document.ts';
import { faultOfResource } from './resource-path.ts';

// The members of the contract, section 2; those that this version does not act on are refused rather than passed over.
const MEMBERS: Readonly<Record<string, 'built' | 'not-built'>> = {
  resource: 'built',
  name: 'not-built',
  previousName: 'not-built',
  body: 'built',
  state: 'not-built',
  prune: 'not-built',
  order: 'not-built',
  ignore: 'built',
  upload: 'not-built',
  optional: 'built',
};
const MOST_EDITS = 2;

/**
 * Reads the members of one document. `parsed` is missing when the document cannot be worked with further; findings do not
 * rule it out, so that later checks can add theirs.
 */
export function parseDocument(
  file: string,
  document: YamlDocument,
): { readonly parsed: ParsedDocument | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const report: Report = (pointer, at, finding) => {
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
  const present = presentMembers(value, document);
  const resource = readResource(present, report);
  const optional = readOptional(present, report);
  if (!Object.hasOwn(value, 'resource')) missing('resource', 'the path below /api/configuration', report);
  // A document that asks for what is not built needs no body for it.
  const wantsBody = !Object.keys(value).some((member) => MEMBERS[member] === 'not-built');
  if (wantsBody && !Object.hasOwn(value, 'body')) missing('body', 'the managed fields', report);
  const body = resolveKeyTags(value['body'] ?? null);
  const ignore = checkIgnore(present['ignore'], body, report);
  if (resource === undefined || !Object.hasOwn(value, 'body')) return { parsed: undefined, findings };
  return { parsed: { file, document, resource, body, ignore, optional }, findings };
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
  const nearest = Object.keys(MEMBERS)
    .map((member) => ({ member, edits: distance(name.slice(0, 100), member) }))
    .filter(({ edits }) => edits <= MOST_EDITS)
    .sort((left, right) => left.edits - right.edits)[0];
  const hint = nearest
    ? `did you mean "${nearest.member}"?`
    : `the members of a document are ${Object.keys(MEMBERS).join(', ')}`;
  report(pointer, 'key', { code: 'unknown-member', message: `unknown member ${quoteName(name)}`, hint });
}

// What could not be read has its finding already, and is neither missing nor of a wrong type.
function presentMembers(value: YamlObject, document: YamlDocument): YamlObject {
  const damaged = new Set(document.damaged);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !damaged.has(childPointer('', name))));
}

function readResource(members: YamlObject, report: Report): string | undefined {
  const resource = members['resource'];
  if (resource === undefined) return undefined;
  if (typeof resource !== 'string') {
    wrongType('/resource', 'a string', resource, report);
    return undefined;
  }
  const fault = faultOfResource(resource);
  if (fault === undefined) return resource;
  report('/resource', 'value', { code: 'resource-path', ...fault });
  return undefined;
}

function readOptional(members: YamlObject, report: Report): boolean {
  const optional = members['optional'] ?? false;
  if (typeof optional === 'boolean') return optional;
  wrongType('/optional', 'true or false', optional, report);
  return false;
}

function missing(name: string, what: string, report: Report): void {
  report('', 'value', { code: 'member-missing', message: `"${name}" is missing`, hint: `"${name}" is ${what}` });
}

function wrongType(pointer: string, wanted: string, value: YamlValue, report: Report): void {
  const message = `"${pointer.slice(1)}" is ${wanted}, not a ${typeName(value)}`;
  report(pointer, 'value', { code: 'wrong-type', message });
}
