import { isList } from '../shared/json.ts';
import { childPointer, splitPointer } from '../shared/pointer.ts';
import type { YamlValue } from '../yaml/read-yaml.ts';
import { isYamlObject, typeName } from '../yaml/yaml-value.ts';
import type { Report } from './parsed-document.ts';

/** The pointers of `ignore` that can be used; the others are reported: not text, no pointer, or also set by `body`. */
export function checkIgnore(ignore: YamlValue | undefined, body: YamlValue, report: Report): readonly string[] {
  if (ignore === undefined) return [];
  if (typeof ignore !== 'object' || ignore === null || !isList(ignore)) {
    const message = `"ignore" is a list of JSON pointers, not a ${typeName(ignore)}`;
    report('/ignore', 'value', { code: 'wrong-type', message });
    return [];
  }
  return ignore.flatMap((pointer, index) => {
    const place = childPointer('/ignore', index);
    if (typeof pointer !== 'string') {
      const message = `"ignore" holds JSON pointers, not a ${typeName(pointer)}`;
      report(place, 'value', { code: 'wrong-type', message });
      return [];
    }
    return checkPointer(pointer, place, body, report) ? [pointer] : [];
  });
}

function checkPointer(pointer: string, place: string, body: YamlValue, report: Report): boolean {
  const tokens = tokensOf(pointer);
  if (tokens === undefined) {
    const hint = 'a JSON pointer begins with "/"; "~" is written "~0", and "/" in a name "~1"';
    report(place, 'value', { code: 'pointer-malformed', message: 'this is not a JSON pointer', hint });
    return false;
  }
  if (!setsPlace(body, tokens)) return true;
  const hint = 'leave it out of one of the two';
  report(place, 'value', { code: 'ignored-and-set', message: '"body" sets what is to be ignored here', hint });
  return false;
}

function tokensOf(pointer: string): readonly string[] | undefined {
  try {
    return splitPointer(pointer);
  } catch {
    return undefined;
  }
}

// A place is set when the body gives a value to it, to something inside of it, or to a list or scalar that it is part of.
function setsPlace(value: YamlValue, [token, ...rest]: readonly string[]): boolean {
  if (!isYamlObject(value)) return true;
  if (token === undefined) return Object.values(value).some((member) => setsPlace(member, []));
  const member = Object.hasOwn(value, token) ? value[token] : undefined;
  return member !== undefined && setsPlace(member, rest);
}
