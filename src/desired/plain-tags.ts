import { childPointer } from '../shared/pointer.ts';
import { Tagged, type TagName, type YamlValue } from '../yaml/read-yaml.ts';
import { isYamlObject } from '../yaml/yaml-value.ts';
import type { Report } from './parsed-document.ts';

/** The tags of desired-state files. `!ref` is read so that it can be refused by name. */
export const DESIRED_TAGS: readonly TagName[] = ['!env', '!env:int', '!env:bool', '!file', '!key', '!ref'];

/** Reports every tag of the contract that this version does not act on. */
export function findNotBuiltTags(value: YamlValue, pointer: string, report: Report): void {
  if (value instanceof Tagged) {
    if (value.tag !== '!ref') return;
    const hint = 'give the key of the object, as in !key "-100"';
    report(pointer, 'value', { code: 'not-built', message: 'the tag !ref is not built yet in this version', hint });
  } else if (isYamlObject(value)) {
    for (const [name, member] of Object.entries(value)) findNotBuiltTags(member, childPointer(pointer, name), report);
  } else if (typeof value === 'object' && value !== null) {
    value.forEach((element, index) => findNotBuiltTags(element, childPointer(pointer, index), report));
  }
}
