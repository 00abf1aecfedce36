import type { Json, JsonObject } from '../shared/json.ts';
import type { Appliance } from './appliance.ts';
import { parentOf, siblingsOf, type Configuration } from './configuration.ts';
import type { Session } from './sessions.ts';

/** The address of a path below `/api/configuration`. */
export function hrefOf(path: string): string {
  return path === '' ? '/api/configuration' : `/api/configuration/${path}`;
}

/** `meta` of a configuration resource: itself, its parent and the walk along its siblings (core.md §3.2). */
export function resourceMeta(configuration: Configuration, path: string): JsonObject {
  const siblings = siblingsOf(configuration, path);
  const place = siblings.indexOf(path);
  const parent = parentOf(path);
  const href = (at: number): Json => {
    const sibling = siblings[at];
    return sibling === undefined ? null : hrefOf(sibling);
  };
  return {
    first: href(0),
    href: hrefOf(path),
    last: href(siblings.length - 1),
    next: href(place + 1),
    parent: parent === null ? null : hrefOf(parent),
    previous: place === 0 ? null : href(place - 1),
    transaction: '/api/transaction',
    ...(path === 'management/license' ? { upload: '/api/upload/license' } : {}),
  };
}

/** `meta.remaining_seconds`, where the quirk puts it. */
export function remainingSeconds(appliance: Appliance, session: Session): JsonObject {
  const { remainingSeconds: where } = appliance.quirks;
  const shown = where === 'always' || (where === 'in-transaction' && appliance.transactions.isOpen(session.id));
  return shown ? { remaining_seconds: appliance.sessions.remainingSeconds(session) } : {};
}
