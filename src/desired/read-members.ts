import type { YamlDocument, YamlValue } from '../yaml/read-yaml.ts';
import { childPointer } from '../shared/pointer.ts';
import { Tagged } from '../yaml/read-yaml.ts';
import { typeName, type YamlObject } from '../yaml/yaml-value.ts';
import type { Report } from './parsed-document.ts';
import { faultOfResource } from './resource-path.ts';

/** The members of one document, told apart by whether they could be read. */
export interface Members {
  /** As they are in the file. What is damaged is `null`. */
  readonly all: YamlObject;
  /** Those that could be read. What could not has its finding already, and is neither missing nor of a wrong type. */
  readonly sound: YamlObject;
}

/** Tells the sound members of a document from the damaged ones. */
export function membersOf(value: YamlObject, document: YamlDocument): Members {
  const damaged = new Set(document.damaged);
  const sound = Object.entries(value).filter(([name]) => !damaged.has(childPointer('', name)));
  return { all: value, sound: Object.fromEntries(sound) };
}

/** The path, or `undefined`: there is none, or none that can be used (`wrong-type`, `resource-path`). */
export function readResource({ sound }: Members, report: Report): string | undefined {
  const resource = sound['resource'];
  if (resource === undefined) return undefined;
  if (typeof resource !== 'string') {
    reportType('/resource', 'a string', resource, report);
    return undefined;
  }
  const fault = faultOfResource(resource);
  if (fault === undefined) return resource;
  report('/resource', 'value', { code: 'resource-path', ...fault });
  return undefined;
}

/** A member that is true or false, false when it is not there or of another type (`wrong-type`). */
export function readFlag(member: 'optional' | 'prune', { sound }: Members, report: Report): boolean {
  const flag = sound[member];
  if (flag === undefined || typeof flag === 'boolean') return flag ?? false;
  reportType(`/${member}`, 'true or false', flag, report);
  return false;
}

/**
 * The name of a member of a collection: `null` when the document has none, `undefined` when it has one that cannot be used
 * (`wrong-type`, `name-malformed`).
 */
export function readName(member: 'name' | 'previousName', members: Members, report: Report): string | null | undefined {
  if (!Object.hasOwn(members.all, member)) return null;
  const name = members.sound[member];
  if (name === undefined) return undefined;
  if (typeof name !== 'string') {
    const quotable = typeof name === 'number' || typeof name === 'boolean';
    reportType(`/${member}`, 'a string', name, report, quotable ? 'put the name in quotes' : undefined);
    return undefined;
  }
  const fault = faultOfName(name);
  if (fault === undefined) return name;
  report(`/${member}`, 'value', { code: 'name-malformed', message: `"${member}" ${fault}` });
  return undefined;
}

function faultOfName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(name)) return 'has a control character or half of a surrogate pair';
  return name.trim() === '' ? 'is blank' : undefined;
}

/** `present` unless the document says otherwise; `undefined` when what it says cannot be used (`wrong-type`, `wrong-value`). */
export function readState(members: Members, report: Report): 'present' | 'absent' | undefined {
  if (!Object.hasOwn(members.all, 'state')) return 'present';
  const state = members.sound['state'];
  if (state === undefined) return undefined;
  if (state === 'present' || state === 'absent') return state;
  if (typeof state === 'string') {
    report('/state', 'value', { code: 'wrong-value', message: '"state" is present or absent, and nothing else' });
  } else reportType('/state', 'present or absent', state, report);
  return undefined;
}

/** The path of the file to upload; `null` when there is none, or none that can be used (`wrong-type`, `wrong-value`). */
export function readUpload({ sound }: Members, report: Report): string | null {
  const upload = sound['upload'];
  if (upload === undefined) return null;
  const hint = 'write the path of the file as it is, relative to the YAML file';
  if (typeof upload !== 'string') {
    reportType('/upload', 'a string', upload, report, upload instanceof Tagged ? hint : undefined);
    return null;
  }
  if (upload !== '') return upload;
  report('/upload', 'value', { code: 'wrong-value', message: '"upload" is empty', hint });
  return null;
}

/** Reports that the document lacks a member. */
export function reportMissing(name: string, hint: string, report: Report): void {
  report('', 'value', { code: 'member-missing', message: `"${name}" is missing`, hint });
}

function reportType(pointer: string, wanted: string, value: YamlValue, report: Report, hint?: string): void {
  const message = `"${pointer.slice(1)}" is ${wanted}, not a ${typeName(value)}`;
  report(pointer, 'value', { code: 'wrong-type', message, ...(hint === undefined ? {} : { hint }) });
}
