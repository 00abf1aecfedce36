import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer, methodNotAllowed, notFound, syntacticError, type Answer } from './answer.ts';
import { requireJsonBody } from './body.ts';
import { acceptedMember, isPermitted, newKey, refuseBuiltIn } from './collection-rules.ts';
import { childOf, keyOf, membersOf, parentOf } from './configuration.ts';
import { hrefOf, remainingSeconds, resourceMeta } from './meta.ts';
import type { JsonQuirks } from './quirks.ts';
import type { Session } from './sessions.ts';
import { shownBody } from './shown-body.ts';

/** POST to a collection: a new member under a key of the appliance. 201 in the form of the quirk (Q6). */
export function createMember(
  appliance: Appliance,
  request: ApplianceRequest,
  session: Session,
  collection: string,
): Answer {
  if (!isPermitted('POST', collection, appliance.facts)) throw methodNotAllowed('POST', request.path);
  return create(appliance, request, session, childOf(collection, newKey(collection)));
}

/** Stages a member under a key that was free; the answer tells the key, or hides it by quirk. */
function create(appliance: Appliance, request: ApplianceRequest, session: Session, path: string): Answer {
  appliance.transactions.requireWritable(session.id);
  const pattern = patternFor(appliance, session, path);
  const body = acceptedMember(path, requireJsonBody(request), { stored: undefined, pattern }, appliance.quirks);
  appliance.transactions.stage(session, path, body);
  return createdAnswer(appliance, request, session, path);
}

/**
 * Stages what PUT makes of a member. A key that no member has is refused with 404, or creates by quirk and gives the
 * answer; `undefined` says that the member was replaced. Refusals: 405, 400 for built-in members, 409.
 */
export function replaceMember(
  appliance: Appliance,
  request: ApplianceRequest,
  session: Session,
  path: string,
): Answer | undefined {
  const { facts, quirks, transactions } = appliance;
  const stored = transactions.pending(session.id).bodies.get(path);
  const creates = stored === undefined;
  if (creates && quirks.putCreates === 'refused') throw notFound(request.path);
  const needed = creates ? ['POST' as const, 'PUT' as const] : ['PUT' as const];
  const collection = parentOf(path) ?? '';
  if (!needed.every((operation) => isPermitted(operation, collection, facts))) {
    throw methodNotAllowed('PUT', request.path);
  }
  refuseBuiltIn('PUT', path);
  if (creates) return create(appliance, request, session, path);
  transactions.requireWritable(session.id);
  const pattern = patternFor(appliance, session, path);
  transactions.stage(session, path, acceptedMember(path, requireJsonBody(request), { stored, pattern }, quirks));
  return undefined;
}

/** DELETE of a member; the answer holds only its `meta`, with the walk as it was (core.md §5). */
export function deleteMember(appliance: Appliance, request: ApplianceRequest, session: Session, path: string): Answer {
  const { facts, transactions } = appliance;
  if (!isPermitted('DELETE', parentOf(path) ?? '', facts)) throw methodNotAllowed('DELETE', request.path);
  transactions.requireWritable(session.id);
  refuseBuiltIn('DELETE', path);
  const meta = resourceMeta(transactions.pending(session.id), path);
  transactions.stage(session, path, undefined);
  if (appliance.quirks.writeAnswer === 'empty') return { status: 200, headers: {}, text: '' };
  return jsonAnswer(200, { meta: { ...meta, ...remainingSeconds(appliance, session) } });
}

/** Stages the new order of a collection, in the form of the quirk (Q4): 405 without one, 400 unless a permutation. */
export function reorderCollection(
  appliance: Appliance,
  request: ApplianceRequest,
  session: Session,
  collection: string,
): void {
  const { quirks, transactions } = appliance;
  if (quirks.collectionOrder === 'refused') throw methodNotAllowed('PUT', request.path);
  transactions.requireWritable(session.id);
  const body = requireJsonBody(request);
  const wrapped = isObject(body) ? body['@order'] : undefined;
  const order = quirks.collectionOrder === 'list' ? body : wrapped;
  const keys: readonly Json[] = transactions.pending(session.id).collections.get(collection) ?? [];
  if (order === undefined || !isList(order) || order.length !== keys.length || !keys.every((k) => order.includes(k))) {
    throw syntacticError(request.path, 'The order must hold every key once.');
  }
  transactions.stage(session, collection, order);
}

/** Another member of the same collection: it shows where bodies of its kind have references. */
function patternFor(appliance: Appliance, session: Session, path: string): Json | undefined {
  const members = membersOf(appliance.transactions.pending(session.id), parentOf(path) ?? '') ?? [];
  return members.find(({ key }) => key !== keyOf(path))?.body;
}

function createdAnswer(appliance: Appliance, request: ApplianceRequest, session: Session, path: string): Answer {
  const { quirks, transactions } = appliance;
  const headers = locationOf(quirks.createAnswer, request, path);
  if (quirks.createAnswer === 'none' || headers !== null) return { status: 201, headers: headers ?? {}, text: '' };
  // What was staged shows here even where reads hide it: the answer is about this request alone.
  const pending = transactions.pending(session.id);
  const meta = { ...resourceMeta(pending, path), ...remainingSeconds(appliance, session) };
  if (quirks.createAnswer === 'href') return jsonAnswer(201, { meta });
  const body = pending.bodies.get(path);
  const shown: JsonObject =
    quirks.writeAnswer === 'resource' && body !== undefined ? { body: shownBody(path, body, quirks) } : {};
  return jsonAnswer(201, { ...shown, key: keyOf(path), meta });
}

/** The header of the forms that tell the key by it alone. */
function locationOf(
  form: JsonQuirks['createAnswer'],
  request: ApplianceRequest,
  path: string,
): { readonly Location: string } | null {
  if (form === 'location') return { Location: hrefOf(path) };
  return form === 'location-url' ? { Location: `https://${request.header('host')}${hrefOf(path)}` } : null;
}
