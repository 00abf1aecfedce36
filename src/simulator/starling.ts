import { equalJson, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { Refusal } from './answer.ts';
import { isBoolean, isNullOr, isRecord, isString, requireMember, requireObject } from './checks.ts';

const isJoinInfo = isNullOr(isRecord({ environment: isString, product_instance: isString, product_tims: isString }));
const isRemoteAccess = isRecord({ enabled: isBoolean });

/** The instance under which the simulated appliance is, or would be, known to Starling. */
export const PRODUCT_INSTANCE = 'starling-joiner-3c1f0a52-7a40-4c5e-9a0b-5d1f2e6b7c88';

/** The licence number that goes with it. */
export const PRODUCT_TIMS = '123-456-789';

/** The information of an appliance that has joined, as `starling` shows it. */
export const JOIN_INFO: JsonObject = {
  environment: 'prod',
  product_instance: PRODUCT_INSTANCE,
  product_tims: PRODUCT_TIMS,
};

/**
 * What a written body makes of `starling` (endpoints-basic.md §1.7). Refusals: 400 `SyntacticError` naming the place, 403
 * `StarlingJoinInfoIsReadOnlyError` when `join_info` is not what it was, 403 `RemoteAccessDependsOnStarlingJoinError`
 * when remote access goes on without it.
 */
export function acceptedStarling(body: Json, stored: Json, path: string): Json {
  const object = requireObject(body, path);
  const before = joinInfoOf(stored);
  const given = requireMember(object, 'join_info', path);
  // What is sent back untouched passes, members that these rules do not know included.
  const info = equalJson(given, before) ? before : isJoinInfo(given, `${path}/join_info`);
  const access = isRemoteAccess(requireMember(object, 'remote_access', path), `${path}/remote_access`);
  if (!equalJson(info, before)) {
    throw new Refusal(403, 'StarlingJoinInfoIsReadOnlyError', 'Joining is done at /api/starling/join.', {
      path: `${path}/join_info`,
    });
  }
  const written = { join_info: info, remote_access: access };
  if (isRemoteAccessOn(written) && info === null) {
    throw new Refusal(403, 'RemoteAccessDependsOnStarlingJoinError', 'The appliance has not joined Starling.', {
      path: `${path}/remote_access/enabled`,
    });
  }
  return written;
}

/** The join information of a body of `starling`, `null` without. */
export function joinInfoOf(body: Json | undefined): JsonObject | null {
  const info = isObject(body) ? body['join_info'] : undefined;
  return isObject(info) ? info : null;
}

/** Tells whether a body of `starling` has remote access switched on. */
export function isRemoteAccessOn(body: Json | undefined): boolean {
  const access = isObject(body) ? body['remote_access'] : undefined;
  return isObject(access) && access['enabled'] === true;
}
