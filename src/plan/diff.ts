import jsonPatch, { type AddOperation, type RemoveOperation, type ReplaceOperation } from 'fast-json-patch';
import { equalJson, isList, isObject, type Json } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';

/** One step of an RFC 6902 patch; `was` is the live value that it replaces or removes. */
export type PatchEntry =
  | { readonly op: 'add'; readonly path: string; readonly value: Json }
  | { readonly op: 'replace'; readonly path: string; readonly value: Json; readonly was: Json }
  | {
      readonly op: 'remove';
      readonly path: string;
      readonly was: Json;
      /** Of a whole object: why it is to be gone. */
      readonly reason?: 'absent' | 'pruned';
    };

/**
 * The patch that turns `live` into `target`; empty when they are equal. A body that is a scalar is replaced at `""`. Its
 * order does not depend on the order of members in either body.
 */
export function diff(live: Json, target: Json): readonly PatchEntry[] {
  // Nearly always: what follows costs several copies of both.
  if (equalJson(live, target)) return [];
  // The library compares objects only: a bare string would be compared character by character.
  // It goes through the old members from the last to the first, and then through the new ones.
  const steps = jsonPatch.compare({ body: arranged(live, -1) }, { body: arranged(target, 1) }) as readonly Step[];
  const before = arranged(live, 1);
  return steps.map((step) => {
    const path = step.path.slice('/body'.length);
    switch (step.op) {
      case 'add':
        return { op: 'add', path, value: step.value };
      case 'replace':
        return { op: 'replace', path, value: step.value, was: valueAt(before, path) ?? null };
      case 'remove':
        return { op: 'remove', path, was: valueAt(before, path) ?? null };
    }
  });
}

/** What a comparison gives; the library's type knows all that a patch may hold. */
type Step = AddOperation<Json> | ReplaceOperation<Json> | RemoveOperation;

/** A copy with the members of every object in ascending (1) or descending (-1) order. */
function arranged(value: Json, direction: 1 | -1): Json {
  if (isList(value)) return value.map((item) => arranged(item, direction));
  if (!isObject(value)) return value;
  const names = Object.keys(value).toSorted((a, b) => (a < b ? -direction : direction));
  return Object.fromEntries(names.map((name) => [name, arranged(value[name] as Json, direction)]));
}
