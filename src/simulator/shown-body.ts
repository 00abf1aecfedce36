import type { Json } from '../shared/json.ts';
import { shownLicense } from './license-file.ts';
import type { JsonQuirks } from './quirks.ts';
import { shownTrustStore } from './trust-stores.ts';

/** The body at a path as the outside sees it: in GETs, listings and the change list, in the forms that the quirks choose. */
export function shownBody(path: string, body: Json, quirks: JsonQuirks): Json {
  if (path.startsWith('trust_stores/')) return shownTrustStore(body, quirks);
  return path === 'management/license' ? shownLicense(body, quirks.licenseDates) : body;
}
