import { expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource, SourceMap } from '../../../src/desired/desired-state.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, memberOf, present, pruning, registryOf, sealing, wanted } from './parts.ts';

const ODD = 'policies/odd';
const NICS = 'network/nics';
const JOIN = 'starling/join';
const LICENSE = 'management/license';

const BUILT_IN: JsonObject = {
  'x-sps': { resource: ODD, kind: 'collection', builtIn: ['5'] },
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: { type: 'string' }, a: { type: 'integer' }, b: {} },
};

/** What a finding says, and the place that it is given: of which thing, where in its document, and on what there. */
interface Told {
  readonly place: string;
  readonly says: string;
  readonly hint: string | undefined;
}

function told(
  live: readonly LiveResource[],
  resources: readonly DesiredResource[],
  collections: readonly DesiredCollection[] = [],
  schema?: JsonObject,
): readonly Told[] {
  const found: Told[] = [];
  const sources: SourceMap = {
    place: ({ resource, name }, pointer, at, finding) => {
      const { severity, code, message, hint } = finding;
      found.push({ place: `${resource} ${name} ${pointer} ${at}`, says: `${severity} ${code}: ${message}`, hint });
      return finding;
    },
  };
  const registry = schema === undefined ? realRegistry() : registryOf(schema);
  computePlan(
    { resources, collections, sources },
    new Map(live.map((one) => [one.resource, one])),
    registry,
    sealing(),
  );
  return found;
}

const missing: LiveResource = { resource: ODD, state: 'unsupported' };
const single = [...present({ [ODD]: { a: 1 } }).values()];
const directory = collectionOf(ODD, { acls: {}, settings: {} });
const joined = [...present({ [JOIN]: { joined: true, product_name: 'SPS' } }).values()];
const staying = [...present({ starling: { join_info: {}, remote_access: { enabled: true } } }).values()];
const license = [...present({ [LICENSE]: { serial: 'one' } }).values()];
const referring: LiveResource = {
  resource: 'reporting',
  state: 'present',
  href: '/api/configuration/reporting',
  body: { to: '1' },
  references: [{ pointer: '/to', href: `/api/configuration/${ODD}/1` }],
  spell: (body) => body,
};
const named = collectionOf(ODD, { 1: { name: 'x', a: 1 } });
const built = collectionOf(ODD, { 5: { name: 'x', a: 1 } });
const exchanged = collectionOf(ODD, { 1: { name: 'x', a: 1, b: 1 }, 2: { name: 'y', a: 2, b: 2 } });
const file = { name: 'new.license', bytes: new Uint8Array() };

type Case = readonly [
  what: string,
  found: readonly Told[],
  ...expected: readonly (readonly [place: string, says: string, hint?: string])[],
];

test.each<Case>([
  [
    'a resource that the firmware lacks',
    told([missing], [wanted(ODD, {})], [pruning(ODD)]),
    [
      `${ODD} null /resource value`,
      `error unsupported-by-firmware: the appliance has no ${ODD}`,
      'remove the document, or set optional: true to skip it on such firmware',
    ],
    [
      `${ODD} null /resource value`,
      `error unsupported-by-firmware: the appliance has no ${ODD}`,
      'remove the document, or set optional: true to skip it on such firmware',
    ],
  ],
  [
    'an optional one',
    told([missing], [memberOf(ODD, 'x', {}, { optional: true })], [pruning(ODD, { optional: true })]),
    [
      `${ODD} x /resource value`,
      `warning unsupported-by-firmware: the appliance has no ${ODD}; skipped, as the document is optional`,
    ],
    [
      `${ODD} null /resource value`,
      `warning unsupported-by-firmware: the appliance has no ${ODD}; skipped, as the document is optional`,
    ],
  ],
  [
    'a name, and pruning, on a single object',
    told(single, [memberOf(ODD, 'x')], [pruning(ODD)]),
    [`${ODD} x /name key`, `error name-on-singleton: ${ODD} is a single object, not a collection`, 'leave "name" out'],
    [
      `${ODD} null /prune key`,
      `error prune-on-singleton: ${ODD} is a single object, not a collection`,
      'leave "prune" out',
    ],
  ],
  [
    'no name in a collection',
    told([named], [wanted(ODD, {})]),
    [
      `${ODD} null /resource value`,
      `error name-missing: ${ODD} is a collection; a document describes one of its members, which its name tells apart`,
      'give the document a name',
    ],
  ],
  [
    'members without names',
    told([directory], [wanted(ODD, {}), memberOf(ODD, 'x')]),
    [
      `${ODD} null /resource value`,
      `error members-without-name: the members of ${ODD} have no name by which a document could mean one of them`,
      'name the path of a single object',
    ],
    [
      `${ODD} x /resource value`,
      `error members-without-name: the members of ${ODD} have no name by which a document could mean one of them`,
      'name the path of a single object',
    ],
  ],
  [
    'members that nobody can make',
    told([{ ...collectionOf(NICS, { eth0: {}, eth1: {} }), identity: 'key' }], [memberOf(NICS, 'eth9')]),
    [
      `${NICS} eth9 /name value`,
      `error member-unknown: ${NICS} has no such member, and its members cannot be created`,
      'known are eth0, eth1',
    ],
  ],
  [
    'members that nobody can rename',
    told(
      [{ ...collectionOf(NICS, { eth0: {} }), identity: 'key' }],
      [memberOf(NICS, 'eth1', {}, { previousName: 'eth0' })],
    ),
    [
      `${NICS} eth1 /previousName value`,
      `error not-renamable: the members of ${NICS} have fixed names and cannot be renamed`,
      'leave previousName out',
    ],
  ],
  [
    'an exchange of names that sets a part',
    told(
      [exchanged],
      [memberOf(ODD, 'x', { a: 2, b: 2 }, { previousName: 'y' }), memberOf(ODD, 'y', { a: 1 }, { previousName: 'x' })],
    ),
    [
      `${ODD} y /previousName value`,
      'warning partial-exchange: documents exchange names, so bodies move, but this one does not set b',
      'set all members, or leave previousName out',
    ],
  ],
  [
    'what is built in, to be changed and to be gone',
    [
      ...told([built], [memberOf(ODD, 'x', { a: 2 })], [], BUILT_IN),
      ...told([built], [absentFrom(ODD, 'x')], [], BUILT_IN),
    ],
    [
      `${ODD} x /name value`,
      'error built-in: this member is built in: the appliance lets nobody change or delete it',
      'remove the document',
    ],
    [
      `${ODD} x /state value`,
      'error built-in: this member is built in: the appliance lets nobody change or delete it',
      'remove the document',
    ],
  ],
  [
    'what is referred to, to be absent and to be pruned',
    [...told([named, referring], [absentFrom(ODD, 'x')]), ...told([named, referring], [], [pruning(ODD)])],
    [
      `${ODD} x /state value`,
      `error still-referenced: ${ODD} "x" cannot be deleted: it is still referenced by reporting /to`,
      'remove or re-point the references as well',
    ],
    [
      `${ODD} null /prune value`,
      `error still-referenced: ${ODD} "x" cannot be deleted: it is still referenced by reporting /to`,
      'remove or re-point the references as well',
    ],
  ],
  [
    'what the schema refuses',
    told([named], [memberOf(ODD, 'x', { a: 'text' })], [], BUILT_IN),
    [
      `${ODD} x /body/a value`,
      'error wrong-type: must be an integer (in the live body with the desired fields laid over it)',
    ],
  ],
  [
    'names that are ambiguous, and names that are both live',
    told(
      [collectionOf(ODD, { 1: { name: 'x' }, 2: { name: 'x' }, 3: { name: 'y' }, 4: { name: 'z' } })],
      [absentFrom(ODD, 'x'), memberOf(ODD, 'y', {}, { previousName: 'z' })],
      [pruning(ODD)],
    ),
    [
      `${ODD} x /name value`,
      'error ambiguous-name: the appliance has 2 members with this name: ambiguous, not managed',
      'rename or delete all but one of them on the web UI',
    ],
    [
      `${ODD} y /previousName value`,
      'error previous-name-live: members with the name and with the previous name are both live',
      'leave previousName out, and say what becomes of the other member in a document of its own',
    ],
  ],
  [
    'what cannot be pruned',
    told([collectionOf(ODD, { 1: {}, 2: { name: 'x' }, 3: { name: 'x' } })], [], [pruning(ODD)]),
    [
      `${ODD} null /prune value`,
      'warning not-pruned: 3 members have no name, or one that occurs twice: not deleted',
      'rename or delete them on the web UI',
    ],
  ],
  [
    'one that cannot be pruned',
    told([collectionOf(ODD, { 1: {}, 2: { name: 'x' } })], [memberOf(ODD, 'x')], [pruning(ODD)]),
    [
      `${ODD} null /prune value`,
      'warning not-pruned: 1 member has no name, or one that occurs twice: not deleted',
      'rename or delete them on the web UI',
    ],
  ],
  [
    'a license, with a file and without one',
    [
      ...told(license, [wanted(LICENSE, { serial: 'two' }, { upload: file })]),
      ...told(license, [wanted(LICENSE, { serial: 'two' })]),
    ],
    [
      `${LICENSE} null /upload value`,
      'warning upload-note: the license takes full effect when all traffic is restarted on the web UI (Basic Settings > System > Traffic control)',
    ],
    [
      `${LICENSE} null /body value`,
      `error upload-missing: ${LICENSE} is not as the document says, and can only be changed by an upload`,
      'name the file in "upload"',
    ],
  ],
  [
    'what nothing can set',
    told(joined, [wanted(JOIN, { product_name: 'other' })]),
    [
      `${JOIN} null /body/product_name value`,
      'error not-settable: product_name differs from the live value, and nothing can set it',
      'leave the member out, or write the live value',
    ],
  ],
  [
    'joining',
    told([...present({ [JOIN]: { joined: false } }).values()], [wanted(JOIN, { joined: true })]),
    [
      `${JOIN} null /body/joined value`,
      'error not-joined: the appliance is not joined to Starling, and joining it needs a person',
      'join it on the web UI: Basic Settings > Starling Integration',
    ],
  ],
  [
    'leaving while remote access is on',
    told([...joined, ...staying], [wanted(JOIN, { joined: false })]),
    [
      `${JOIN} null /body/joined value`,
      'error remote-access-on: Starling cannot be left while remote access is on',
      'switch it off as well: resource starling, body { remote_access: { enabled: false } }',
    ],
  ],
])('%s is told in full, and where it stands', (_what, found, ...expected) => {
  expect(found).toEqual(expected.map(([place, says, hint]) => ({ place, says, hint })));
});
