import type { Json, JsonObject } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer, methodNotAllowed, notFound, notSimulated, syntacticError, type Answer } from './answer.ts';
import { requireJsonBody, writeAnswer } from './body.ts';
import { childOf, keyOf, nodeAt, type Configuration, type ConfigurationNode } from './configuration.ts';
import { hrefOf, remainingSeconds, resourceMeta } from './meta.ts';
import { acceptedBody, isUnlisted, writingMethod } from './resource-rules.ts';
import type { Session } from './sessions.ts';

/**
 * `/api/configuration` and everything below: listings, singletons and members are read; singletons are written.
 * A query is refused with 400, because none is documented (core.md §3.3).
 */
export function handleConfiguration(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  const path = request.path.slice('/api/configuration/'.length);
  const view = appliance.transactions.view(session.id);
  const node = nodeAt(view, path);
  if (node === undefined || request.path.endsWith('/')) throw notFound(request.path);
  if (request.query.size > 0) throw syntacticError(request.path, 'Configuration takes no query.');
  if (request.method === 'GET') return show(appliance, session, path);
  if (!['PUT', 'POST', 'DELETE'].includes(request.method)) throw methodNotAllowed(request.method, request.path);
  return write(appliance, request, session, node);
}

function write(appliance: Appliance, request: ApplianceRequest, session: Session, node: ConfigurationNode): Answer {
  const path = request.path.slice('/api/configuration/'.length);
  const operation = `${request.method} ${node.kind}`;
  if (['POST collection', 'PUT member', 'DELETE member'].includes(operation)) throw notSimulated(request.path);
  if (node.kind !== 'singleton' || request.method !== writingMethod(path, appliance.quirks)) {
    throw methodNotAllowed(request.method, request.path);
  }
  appliance.transactions.requireWritable(session.id);
  // The stored body is what a partial write keeps settings from, whether or not reads show it.
  const stored = appliance.transactions.pending(session.id).bodies.get(path) ?? node.body;
  const body = acceptedBody(path, requireJsonBody(request), stored, appliance.quirks);
  appliance.transactions.stage(session, path, body);
  const view = appliance.transactions.view(session.id);
  const meta = { ...resourceMeta(view, path), ...remainingSeconds(appliance, session) };
  return writeAnswer(appliance, () => show(appliance, session, path), meta);
}

function show(appliance: Appliance, session: Session, path: string): Answer {
  const view = appliance.transactions.view(session.id);
  const node = nodeAt(view, path);
  if (node === undefined) throw notFound(hrefOf(path));
  const meta = { ...resourceMeta(view, path), ...remainingSeconds(appliance, session) };
  if ('body' in node) return jsonAnswer(200, { body: node.body, key: keyOf(path), meta });
  if (node.kind === 'collection' && isUnlisted(path)) throw methodNotAllowed('GET', hrefOf(path));
  const bodies = node.kind === 'collection' && appliance.quirks.listingBodies === 'with' ? view.bodies : undefined;
  const items = node.children.map((key) => item(childOf(path, key), bodies));
  return jsonAnswer(200, { items, meta });
}

function item(path: string, bodies: Configuration['bodies'] | undefined): JsonObject {
  const body: Json | undefined = bodies?.get(path);
  return { ...(body === undefined ? {} : { body }), key: keyOf(path), meta: { href: hrefOf(path) } };
}
