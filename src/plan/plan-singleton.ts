import type { DesiredResource } from '../desired/desired-state.ts';
import type { Remedy, ResourceType } from '../resources/resource-type.ts';
import { isObject } from '../shared/json.ts';
import { splitPointer } from '../shared/pointer.ts';
import { isTreeObject, revealTree } from '../shared/secret-tree.ts';
import { compareCondition, comparePresent, type ConditionComparison, type Wanted } from './comparison.ts';
import type { LiveResource } from './live-resource.ts';
import { notJoined, notSettable, uploadMissing, uploadNote } from './plan-findings.ts';
import { checkOperation, wantedBy, type Planning } from './planning.ts';

type LiveObject = Extract<LiveResource, { state: 'present' }>;

/** Plans one single object: an update, or what makes its condition true. */
export function planSingleton(desired: DesiredResource, live: LiveObject, planning: Planning): void {
  const { registry, options, operations, counts } = planning;
  const type = registry.find(desired.resource);
  const wanted = wantedBy(desired, type?.fields, 'key');
  counts.managed += 1;
  if (type?.remedy !== undefined) {
    // No body at all is an appliance without a license; anything else but an object is nonsense.
    if (live.body !== null && !isObject(live.body)) {
      planning.misshapen.push(`${desired.resource} (the whole body)`);
      return;
    }
    const condition = type.remedy.kind === 'unjoin' ? withoutJoin(wanted) : wanted;
    const comparison = compareCondition(condition, live.body, options);
    if (comparison.patch.length === 0) counts.unchanged += 1;
    else planRemedy({ desired, type, remedy: type.remedy, comparison }, planning);
    return;
  }
  const comparison = comparePresent(wanted, live.body, options);
  if (comparison.patch.length === 0) {
    counts.unchanged += 1;
    return;
  }
  checkOperation(desired, type, comparison, planning);
  const { resource, name, source } = desired;
  const { href, spell } = live;
  const writeFallback = type?.writeFallback;
  operations.push({ action: 'update', resource, name, href, source, comparison, member: null, spell, writeFallback });
}

/** Whoever wants no join wants none of its particulars. */
function withoutJoin(wanted: Wanted): Wanted {
  const { body } = wanted;
  const joined = isTreeObject(body) ? body['joined'] : undefined;
  if (joined === undefined || revealTree(joined) !== false) return wanted;
  return { ...wanted, body: { joined } };
}

interface Unmet {
  readonly desired: DesiredResource;
  readonly type: ResourceType;
  readonly remedy: Remedy;
  readonly comparison: ConditionComparison;
}

function planRemedy({ desired, type, remedy, comparison }: Unmet, planning: Planning): void {
  const { resource, name, source, upload } = desired;
  const base = { resource, name, href: type.href, source, comparison, member: null };
  checkOperation(desired, type, comparison, planning);
  switch (remedy.kind) {
    case 'upload':
      if (upload === null) planning.place(desired, '/body', 'value', uploadMissing(resource));
      else {
        planning.operations.push({ action: 'upload', ...base, remedy, file: upload });
        if (remedy.note !== null) planning.place(desired, '/upload', 'value', uploadNote(remedy.note));
      }
      return;
    case 'unjoin': {
      const others = comparison.patch.filter(({ path }) => path !== '/joined');
      for (const { path } of others) {
        planning.place(desired, `/body${path}`, 'value', notSettable(splitPointer(path).at(-1) ?? resource));
      }
      const joined = comparison.patch.find(({ path }) => path === '/joined');
      if (joined === undefined) return;
      // An answer that does not say whether it is joined is no ground to leave anything on.
      if (typeof planning.options.sealer.reveal(joined.was) !== 'boolean') {
        planning.misshapen.push(`${resource} ${joined.path}`);
        return;
      }
      if (planning.options.sealer.reveal(joined.value) === true) {
        planning.place(desired, '/body/joined', 'value', notJoined());
        return;
      }
      planning.operations.push({ action: 'action', ...base, remedy });
    }
  }
}
