import { isObject } from '../shared/json.ts';
import { isTreeObject } from '../shared/secret-tree.ts';
import type { DesiredResource } from '../desired/desired-state.ts';
import type { LiveResource } from './live-resource.ts';
import { remoteAccessOn } from './plan-findings.ts';
import type { Planning } from './planning.ts';

const STARLING = 'starling';

/**
 * Resources that have to be read although no document manages them: leaving Starling is refused while remote access is on,
 * so that has to be known before anything is opened. endpoints-basic §1.8.
 */
export function companionsOf(
  desired: readonly DesiredResource[],
  live: ReadonlyMap<string, LiveResource>,
): readonly string[] {
  if (live.has(STARLING)) return [];
  return desired.some((one) => wantsToLeave(one, live)) ? [STARLING] : [];
}

function wantsToLeave({ resource, body }: DesiredResource, live: ReadonlyMap<string, LiveResource>): boolean {
  const have = live.get(resource);
  if (resource !== 'starling/join' || have?.state !== 'present' || !isObject(have.body)) return false;
  if (!isTreeObject(body) || !Object.hasOwn(body, 'joined')) return false;
  return body['joined'] !== true && have.body['joined'] === true;
}

/** Refuses to leave Starling while remote access would still be on after the transaction. */
export function checkLeaving({ operations, live, options, place }: Planning): void {
  const leaving = operations.find((operation) => operation.action === 'action');
  if (leaving === undefined) return;
  const planned = operations.find((operation) => operation.resource === STARLING)?.comparison.target;
  const have = live.get(STARLING);
  const after = planned ?? (have?.state === 'present' ? have.body : undefined);
  const revealed = after === undefined ? undefined : options.sealer.reveal(after);
  const access = isObject(revealed) ? revealed['remote_access'] : undefined;
  if (!isObject(access) || access['enabled'] !== true) return;
  place(leaving, '/body/joined', 'value', remoteAccessOn());
}
