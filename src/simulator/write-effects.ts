import { equalJson, type Json } from '../shared/json.ts';
import { valueAt, withValueAt } from '../shared/pointer.ts';
import { withWrites, type Configuration, type Writes } from './configuration.ts';
import { integrityErrors } from './integrity.ts';
import type { Bodies, Quirks } from './quirks.ts';

/** What writing or deleting (`undefined`) stages: the normalised body, and the side effects on this and other resources. */
export function writesOf(path: string, body: Json | undefined, before: Configuration, quirks: Quirks): Writes {
  const kept = body === undefined ? undefined : normalised(quirks.normalise, path, body);
  const writes = new Map<string, Json | undefined>([[path, kept]]);
  addSideEffects(writes, before.bodies, quirks, 'write');
  return writes;
}

/** The configuration that a commit leaves: what was staged, changed once more by the hooks for the commit. */
export function afterCommit(target: Configuration, written: Writes, quirks: Quirks): Configuration {
  const writes = new Map<string, Json | undefined>();
  for (const path of written.keys()) {
    const body = target.bodies.get(path);
    if (body !== undefined) writes.set(path, normalised(quirks.normaliseAtCommit, path, body));
  }
  addSideEffects(writes, target.bodies, quirks, 'commit');
  return withWrites(target, writes);
}

/**
 * The errors that keep one configuration from becoming another: those that the consistency rules find, and breaches of
 * integrity that were not there before. None when all is well.
 */
export function semanticErrors(before: Configuration, after: Configuration, quirks: Quirks): readonly string[] {
  const known = new Set(integrityErrors(before, quirks));
  return [...ruleErrors(after.bodies, quirks), ...integrityErrors(after, quirks).filter((error) => !known.has(error))];
}

function ruleErrors(bodies: Bodies, quirks: Quirks): readonly string[] {
  const broken = quirks.semanticRules.filter(
    (rule) => holds(bodies, rule) && (rule.unless === undefined || !holds(bodies, rule.unless)),
  );
  return [...broken.map((rule) => rule.message), ...(quirks.semanticRule?.(bodies) ?? [])];
}

function normalised(hook: Quirks['normalise'], path: string, body: Json): Json {
  return hook === null ? body : hook(path, body);
}

function holds(
  bodies: Bodies,
  at: { readonly path: string; readonly pointer: string; readonly equals: Json },
): boolean {
  const value = valueAt(bodies.get(at.path), at.pointer);
  return value !== undefined && equalJson(value, at.equals);
}

function addSideEffects(
  writes: Map<string, Json | undefined>,
  before: Bodies,
  quirks: Quirks,
  at: 'write' | 'commit',
): void {
  const written = new Set(writes.keys());
  for (const effect of quirks.sideEffects) {
    if (effect.at !== at || !written.has(effect.on)) continue;
    const changed = withValueAt(writes.get(effect.path) ?? before.get(effect.path), effect.pointer, effect.value);
    if (changed !== undefined) writes.set(effect.path, changed);
  }
}
