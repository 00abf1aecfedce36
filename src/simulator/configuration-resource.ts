import type { Json, JsonObject } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer, methodNotAllowed, notFound, syntacticError, type Answer } from './answer.ts';
import { requireJsonBody, writeAnswer } from './body.ts';
import { isUnlisted } from './collection-rules.ts';
import { childOf, keyOf, nodeAt, parentOf, type Configuration } from './configuration.ts';
import { createMember, deleteMember, reorderCollection, replaceMember } from './member-resource.ts';
import { hrefOf, remainingSeconds, resourceMeta } from './meta.ts';
import type { JsonQuirks } from './quirks.ts';
import { acceptedBody, writingMethod } from './resource-rules.ts';
import type { Session } from './sessions.ts';
import { shownBody } from './shown-body.ts';

/**
 * `/api/configuration` and everything below: listings, singletons and members are read; singletons are written, members
 * created, replaced and deleted. A query is refused with 400, because none is documented (core.md §3.3).
 */
export function handleConfiguration(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  const path = request.path.slice('/api/configuration/'.length);
  if (request.path.endsWith('/')) throw notFound(request.path);
  if (request.method !== 'GET') return write(appliance, request, session, path);
  const answer = show(appliance, session, path, appliance.transactions.view(session.id));
  refuseQuery(request);
  return answer;
}

function write(appliance: Appliance, request: ApplianceRequest, session: Session, path: string): Answer {
  // What is written is found where it is pending, whether or not reads show it.
  const pending = appliance.transactions.pending(session.id);
  const node = nodeAt(pending, path);
  const isNewMember = request.method === 'PUT' && pending.collections.has(parentOf(path) ?? '');
  if (node === undefined && !isNewMember) throw notFound(request.path);
  refuseQuery(request);
  switch (`${request.method} ${node?.kind ?? 'member'}`) {
    case 'POST collection':
      return createMember(appliance, request, session, path);
    case 'PUT collection':
      reorderCollection(appliance, request, session, path);
      return written(appliance, session, path);
    case 'PUT member':
      return replaceMember(appliance, request, session, path) ?? written(appliance, session, path);
    case 'DELETE member':
      return deleteMember(appliance, request, session, path);
    case 'PUT singleton':
    case 'POST singleton':
      writeSingleton(appliance, request, session, path);
      return written(appliance, session, path);
    default:
      throw methodNotAllowed(request.method, request.path);
  }
}

function writeSingleton(appliance: Appliance, request: ApplianceRequest, session: Session, path: string): void {
  if (request.method !== writingMethod(path, appliance.quirks)) throw methodNotAllowed(request.method, request.path);
  appliance.transactions.requireWritable(session.id);
  // The stored body is what a partial write keeps settings from, whether or not reads show it.
  const stored = appliance.transactions.pending(session.id).bodies.get(path) ?? null;
  appliance.transactions.stage(session, path, acceptedBody(path, requireJsonBody(request), stored, appliance.quirks));
}

function written(appliance: Appliance, session: Session, path: string): Answer {
  const { transactions } = appliance;
  const seen = transactions.view(session.id);
  // A member that was created in this transaction may be hidden from reads; the answer to its write is about it.
  const view = nodeAt(seen, path) === undefined ? transactions.pending(session.id) : seen;
  const meta = { ...resourceMeta(view, path), ...remainingSeconds(appliance, session) };
  return writeAnswer(appliance, () => show(appliance, session, path, view), meta);
}

function show(appliance: Appliance, session: Session, path: string, view: Configuration): Answer {
  const { quirks } = appliance;
  const node = nodeAt(view, path);
  if (node === undefined) throw notFound(hrefOf(path));
  const meta = { ...resourceMeta(view, path), ...remainingSeconds(appliance, session) };
  if ('body' in node) {
    const hidden = path === 'management/license' && node.body === null && quirks.licenseWhenNone === 'absent';
    const body = hidden ? {} : { body: shownBody(path, node.body, quirks) };
    return jsonAnswer(200, { ...body, key: keyOf(path), meta });
  }
  if (node.kind === 'directory') {
    return jsonAnswer(200, { items: node.children.map((key) => item(childOf(path, key), undefined)), meta });
  }
  if (isUnlisted(path)) throw methodNotAllowed('GET', hrefOf(path));
  const limit = quirks.incompleteListing;
  const keys = limit === null ? node.children : node.children.slice(0, limit);
  const items = keys.map((key) => item(childOf(path, key), listedBody(appliance, view, childOf(path, key))));
  return jsonAnswer(200, { items, meta: { ...meta, ...listingCounts(quirks, node.children.length) } });
}

function listingCounts({ incompleteListing: limit, listingCounts: form }: JsonQuirks, count: number): JsonObject {
  if (limit === null) return {};
  return {
    ...(form === 'match-count' ? {} : { limit }),
    ...(form === 'limit' ? {} : { match_count: count }),
  };
}

function listedBody({ quirks }: Appliance, view: Configuration, path: string): Json | undefined {
  const body = quirks.listingBodies === 'with' ? view.bodies.get(path) : undefined;
  return body === undefined ? undefined : shownBody(path, body, quirks);
}

function item(path: string, body: Json | undefined): JsonObject {
  return { ...(body === undefined ? {} : { body }), key: keyOf(path), meta: { href: hrefOf(path) } };
}

function refuseQuery(request: ApplianceRequest): void {
  if (request.query.size > 0) throw syntacticError(request.path, 'Configuration takes no query.');
}
