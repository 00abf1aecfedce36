import { isObject, type Json, type JsonObject } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { conflict, jsonAnswer, methodNotAllowed, notFound, Refusal, syntacticError, type Answer } from './answer.ts';
import { requireJsonBody, writeAnswer } from './body.ts';
import { remainingSeconds } from './meta.ts';
import type { Session } from './sessions.ts';

const HREF = '/api/transaction';

/** `/api/transaction`: status, open, commit, roll back (core.md §6.1). */
export function handleTransaction(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  switch (request.method) {
    case 'GET':
      return showStatus(appliance, session);
    case 'POST':
      return open(appliance, request, session);
    case 'PUT':
      return commit(appliance, request, session);
    case 'DELETE':
      return rollBack(appliance, session);
    default:
      throw methodNotAllowed(request.method, HREF);
  }
}

/** `GET /api/transaction/changes`: what is pending in this session; empty without a transaction (inferred). */
export function showChanges(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  return jsonAnswer(200, {
    changes: appliance.transactions.changes(session.id),
    meta: { href: request.path, parent: HREF, transaction: HREF, ...remainingSeconds(appliance, session) },
  });
}

function showStatus(appliance: Appliance, session: Session): Answer {
  const { transactions, quirks } = appliance;
  const status = transactions.isOpen(session.id) ? 'open' : 'closed';
  const meta = metaOf(appliance, session);
  if (quirks.transactionShape === 'transaction')
    return jsonAnswer(200, { key: 'transaction', meta, transaction: { status } });
  const policy = quirks.commitMessage === 'absent' ? {} : { commit_message: quirks.commitMessage };
  return jsonAnswer(200, { body: { ...policy, status }, key: 'transaction', meta });
}

function metaOf(appliance: Appliance, session: Session): JsonObject {
  const pending = appliance.transactions.changes(session.id).length > 0 ? { changes: `${HREF}/changes` } : {};
  return { href: HREF, parent: '/api', ...pending, ...remainingSeconds(appliance, session) };
}

function open(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  if (request.body.length > 0) throw syntacticError(HREF, 'Opening a transaction takes no body.');
  appliance.transactions.open(session);
  return done(appliance, session);
}

function commit(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  const body = requireJsonBody(request);
  if (!isObject(body) || body['status'] !== 'commit') {
    throw syntacticError(`${HREF}/status`, 'The status that can be written is "commit".');
  }
  appliance.transactions.commit(session.id, () => acceptedMessage(appliance, body['commit_message']));
  return done(appliance, session);
}

/** The message to record, or 400 of the type that the quirk names (Q5). */
function acceptedMessage(appliance: Appliance, message: Json | undefined): string | null {
  const { commitMessage, commitMessageField, commitMessageMaxLength, commitMessageError } = appliance.quirks;
  const refused = (text: string): Refusal =>
    new Refusal(400, commitMessageError, text, { path: `${HREF}/commit_message` });
  if (message !== undefined && commitMessageField === 'refuse')
    throw refused('The member commit_message is not known.');
  const used = commitMessageField === 'accept' ? message : undefined;
  if (used !== undefined && typeof used !== 'string') throw refused('The commit_message must be a string.');
  if (commitMessage === 'required' && (used ?? '').trim() === '') throw refused('The commit_message is required.');
  if (used !== undefined && commitMessageMaxLength !== null && used.length > commitMessageMaxLength) {
    throw refused('The commit_message is too long.');
  }
  return used ?? null;
}

function rollBack(appliance: Appliance, session: Session): Answer {
  const dropped = appliance.transactions.drop(session.id);
  const { rollbackWhenClosed } = appliance.quirks;
  if (!dropped && rollbackWhenClosed === 404) throw notFound(HREF);
  if (!dropped && rollbackWhenClosed === 409) throw conflict('There is no open transaction available.');
  return jsonAnswer(200, { meta: metaOf(appliance, session) });
}

function done(appliance: Appliance, session: Session): Answer {
  return writeAnswer(appliance, () => showStatus(appliance, session), metaOf(appliance, session));
}
