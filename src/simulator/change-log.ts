import { equalJson, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { changedPaths, type Configuration } from './configuration.ts';
import type { JsonQuirks } from './quirks.ts';
import { shownBody } from './shown-body.ts';

type Form = Pick<JsonQuirks, 'changePath' | 'changeValues'>;

/**
 * The entries of `changes` for the way from one configuration to another (core.md §7.1): creates, replaces and
 * deletes of bodies, and reorders of collections.
 */
export function changesBetween(before: Configuration, after: Configuration, quirks: JsonQuirks): readonly Json[] {
  const hidden = new Set(quirks.hiddenChanges);
  const bodies = changedPaths(before, after).filter((path) => !hidden.has(path));
  const shown = (path: string, body: Json | undefined): Json | undefined =>
    body === undefined ? undefined : shownBody(path, body, quirks);
  const entries = bodies.flatMap((path) =>
    entriesOf(path, shown(path, before.bodies.get(path)), shown(path, after.bodies.get(path)), quirks),
  );
  for (const [path, keys] of after.collections) {
    const old = before.collections.get(path) ?? [];
    const kept = old.filter((key) => keys.includes(key));
    const now = keys.filter((key) => old.includes(key));
    if (equalJson(kept, now) || hidden.has(path)) continue;
    entries.push({
      type: 'reorder',
      path: prefixed(path, quirks.changePath),
      new_order: [...keys],
      old_order: [...old],
    });
  }
  return entries;
}

function entriesOf(path: string, old: Json | undefined, now: Json | undefined, form: Form): JsonObject[] {
  const href = prefixed(path, form.changePath);
  if (form.changePath === 'object' || form.changePath === 'relative' || old === undefined || now === undefined) {
    return [entry(href, old, now, form)];
  }
  const separator = form.changePath === 'fragment' ? '#' : '/';
  return memberChanges([], old, now).map(([tokens, was, is]) =>
    entry(tokens.length === 0 ? href : `${href}${separator}${tokens.join('/')}`, was, is, form),
  );
}

type MemberChange = readonly [tokens: readonly string[], old: Json | undefined, now: Json | undefined];

function memberChanges(tokens: readonly string[], old: Json | undefined, now: Json | undefined): MemberChange[] {
  if (old !== undefined && now !== undefined && equalJson(old, now)) return [];
  if (!isObject(old) || !isObject(now)) return [[tokens, old, now]];
  const members = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...members].flatMap((member) => memberChanges([...tokens, member], old[member], now[member]));
}

function entry(path: string, old: Json | undefined, now: Json | undefined, form: Form): JsonObject {
  const shown = (value: Json): Json => (form.changeValues === 'string' ? JSON.stringify(value) : value);
  if (old === undefined) return { type: 'create', path, new_value: shown(now ?? null) };
  if (now === undefined) return { type: 'delete', path, old_value: shown(old) };
  return { type: 'replace', path, new_value: shown(now), old_value: shown(old) };
}

function prefixed(path: string, form: JsonQuirks['changePath']): string {
  return form === 'relative' ? `/${path}` : `/api/configuration/${path}`;
}
