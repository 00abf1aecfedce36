import type { Json, JsonObject } from '../shared/json.ts';
import { withValueAt } from '../shared/pointer.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { htmlAnswer, jsonAnswer, methodNotAllowed, Refusal, syntacticError, type Answer } from './answer.ts';
import { requireJsonBody, writeAnswer } from './body.ts';
import { isString, requireMember, requireObject } from './checks.ts';
import { remainingSeconds } from './meta.ts';
import type { Session } from './sessions.ts';
import { isRemoteAccessOn, joinInfoOf, PRODUCT_INSTANCE, PRODUCT_TIMS } from './starling.ts';

const HREF = '/api/starling/join';

/**
 * `/api/starling/join`: shows, makes and ends the join, each at once and outside of transactions (endpoints-basic.md
 * §1.8). The facts lost the statuses and types of most refusals: an open transaction is refused as the quirk says, a
 * missing member with 400 `SyntacticError`, a second join with 403, the end while remote access is on with 403.
 */
export function handleStarlingJoin(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  switch (request.method) {
    case 'GET':
      return show(appliance, request, session);
    case 'POST':
      return join(appliance, request, session);
    case 'DELETE':
      return unjoin(appliance, session);
    default:
      throw methodNotAllowed(request.method, HREF);
  }
}

function show(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  const info = joinInfoOf(committed(appliance));
  if (request.header('accept').includes('text/html')) {
    const state = info === null ? 'not joined' : 'joined';
    return htmlAnswer(200, `<!doctype html><title>Starling</title><p>The appliance has ${state} Starling.</p>`);
  }
  const members = { joined: info !== null, ...particulars(appliance, info, request.query.get('product_tims')) };
  const meta = metaOf(appliance, session);
  return jsonAnswer(
    200,
    appliance.quirks.starlingJoinShape === 'bare' ? { ...members, meta } : { body: members, meta },
  );
}

/** What stands beside `joined`; without a join, as the quirk says. */
function particulars({ quirks }: Appliance, info: JsonObject | null, tims: string | null): JsonObject {
  if (info === null && quirks.starlingNotJoined === 'nothing') return {};
  if (info === null && quirks.starlingNotJoined === 'nulls') {
    return { product_instance: null, product_name: null, product_tims: null };
  }
  return {
    product_instance: info?.['product_instance'] ?? PRODUCT_INSTANCE,
    product_name: 'Safeguard',
    product_tims: info?.['product_tims'] ?? tims ?? PRODUCT_TIMS,
  };
}

function join(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  refuseInTransaction(appliance, session);
  const body = requireObject(requireJsonBody(request), HREF);
  isString(requireMember(body, 'credential_string', HREF), `${HREF}/credential_string`);
  const instance = isString(requireMember(body, 'product_instance', HREF), `${HREF}/product_instance`);
  if (joinInfoOf(committed(appliance)) !== null) {
    throw new Refusal(403, 'StarlingJoinError', 'The appliance has joined Starling already.');
  }
  become(appliance, {
    environment: body['environment'] ?? 'prod',
    product_instance: instance,
    product_tims: body['product_tims'] ?? PRODUCT_TIMS,
  });
  return writeAnswer(appliance, () => show(appliance, request, session), metaOf(appliance, session));
}

function unjoin(appliance: Appliance, session: Session): Answer {
  refuseInTransaction(appliance, session);
  const starling = committed(appliance);
  if (isRemoteAccessOn(starling)) {
    const { unjoinErrorType } = appliance.quirks;
    throw new Refusal(403, unjoinErrorType, 'Remote access is on.', { path: HREF });
  }
  if (joinInfoOf(starling) === null) throw syntacticError(HREF, 'The appliance has not joined Starling.');
  become(appliance, null);
  return jsonAnswer(200, { meta: metaOf(appliance, session) });
}

function refuseInTransaction({ quirks, transactions }: Appliance, session: Session): void {
  const { scope, status, type } = quirks.starlingInTransaction;
  const open = scope === 'any' ? transactions.openCount > 0 : transactions.isOpen(session.id);
  if (open) throw new Refusal(status, type, 'A transaction is open.', { path: HREF });
}

function committed(appliance: Appliance): Json | undefined {
  return appliance.transactions.committed.bodies.get('starling');
}

/** Changes the committed configuration at once, as the join does on the appliance. */
function become(appliance: Appliance, info: JsonObject | null): void {
  const joined = withValueAt(committed(appliance), '/join_info', info);
  appliance.transactions.write(new Map([['starling', joined]]));
}

function metaOf(appliance: Appliance, session: Session): JsonObject {
  return { href: HREF, parent: '/api/starling', ...remainingSeconds(appliance, session) };
}
