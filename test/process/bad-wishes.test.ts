import { describe, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { expectRefusedByPlan, type BadWish } from './bad-input.ts';
import { type World } from './harness.ts';
import { SECRETS } from './leaks.ts';
import { CERTIFICATE, storeDocument } from './trust-store.ts';

const LISTING = '/api/configuration/trust_stores';
const CA = { 'ca.pem': CERTIFICATE };

/** Puts trust stores of these names beside the built-in one, their keys 91, 92 and so on. */
function live(...names: readonly string[]): (w: World) => void {
  return ({ simulator }) => {
    for (const [index, name] of names.entries()) {
      const authorities = [{ certificate: simulator.authorities[index] ?? '' }];
      const body = { name, authorities, crl_urls: [], revocation_check: 'none', type: 'custom' };
      simulator.setMember('trust_stores', `9${index + 1}`, body);
    }
  };
}

/** The same, and mail that refers to the first of them. */
function referredTo(...names: readonly string[]): (w: World) => void {
  return (w) => {
    live(...names)(w);
    const email = w.simulator.configuration('management/email') as JsonObject;
    const store = { key: '91', meta: { href: `${LISTING}/91` } };
    w.simulator.setConfiguration('management/email', { ...email, tls_store: store });
  };
}

const EMAIL = 'resource: management/email\nbody: { sender_address: null }\n';

const MEMBERS: readonly BadWish[] = [
  {
    name: 'the previous name and the name are both live',
    files: { ...CA, 'a.yaml': storeDocument('New', 'previousName: Old\n') },
    arrange: live('Old', 'New'),
    code: 'previous-name-live',
    findings: ['previous-name-live a.yaml:3:15 /previousName'],
    next: /leave previousName out/,
  },
  {
    name: 'a name that the appliance has twice, as what is to be renamed, to be gone, to be changed',
    files: {
      ...CA,
      'a.yaml': storeDocument('New', 'previousName: Double\n'),
      'b.yaml': 'resource: trust_stores\nname: Old\nstate: absent\n',
      'c.yaml': storeDocument('Twin'),
    },
    arrange: live('Twin', 'Twin', 'Double', 'Double', 'Old', 'Old'),
    code: 'ambiguous-name',
    findings: ['a', 'b', 'c'].map((file) => `ambiguous-name ${file}.yaml:2:7 /name`),
    next: /(?:rename or delete all but one of them[^]*){3}/,
  },
  {
    name: 'the built-in member, changed',
    files: { ...CA, 'a.yaml': storeDocument('Built-in') },
    ...{ code: 'built-in', findings: ['built-in a.yaml:2:7 /name'], next: /remove the document/ },
  },
  {
    name: 'the built-in member, gone',
    files: { 'a.yaml': 'resource: trust_stores\nname: Built-in\nstate: absent\n' },
    ...{ code: 'built-in', findings: ['built-in a.yaml:3:8 /state'], next: /remove the document/ },
  },
  {
    name: 'what something still refers to, gone by its document',
    files: { 'a.yaml': `# its place\nresource: trust_stores\nname: A\nstate: absent\n`, 'b.yaml': EMAIL },
    arrange: referredTo('A'),
    code: 'still-referenced',
    findings: ['still-referenced a.yaml:4:8 /state'],
    next: /remove or re-point the references/,
  },
  {
    name: 'what something still refers to, gone as no document names it',
    files: { 'a.yaml': 'resource: trust_stores\nprune: true\n', 'b.yaml': EMAIL },
    arrange: referredTo('A', 'B'),
    code: 'still-referenced',
    findings: ['still-referenced a.yaml:2:8 /prune'],
    next: /remove or re-point the references/,
  },
  {
    name: 'a new member without what it needs',
    files: { 'a.yaml': 'resource: trust_stores\nname: A\nbody: { revocation_check: none }\n' },
    code: 'missing-member',
    findings: ['missing-member a.yaml:3:7 /body', 'missing-member a.yaml:3:7 /body'],
    next: /"authorities" is missing[^]*"crl_urls" is missing/,
  },
  {
    name: 'a check of revocation, while the live member has no URL for it',
    files: { 'a.yaml': 'resource: trust_stores\nname: A\nbody: { revocation_check: leaf }\n' },
    arrange: live('A'),
    code: 'wrong-value',
    findings: ['wrong-value a.yaml:3:1 /body/crl_urls'],
    next: /at least one URL[^]*live body/,
  },
  {
    name: 'without a schema: a name and prune for a single object, no name for a collection',
    files: {
      'a.yaml': `resource: management/email\nname: ${SECRETS.unknown}\nbody: {}\n`,
      'b.yaml': 'resource: management/webinterface\nprune: true\n',
      'c.yaml': 'resource: policies/time_policies\nbody: {}\n',
    },
    code: 'name-on-singleton',
    findings: [
      'name-on-singleton a.yaml:2:1 /name',
      'prune-on-singleton b.yaml:2:1 /prune',
      'name-missing c.yaml:1:11 /resource',
    ],
    next: /leave "name" out[^]*leave "prune" out[^]*give the document a name/,
  },
  {
    name: 'members that nobody can make, and members without names',
    files: {
      'a.yaml': 'resource: network/nics\nname: nic9\nbody: {}\n',
      'b.yaml': 'resource: x509\nname: web\nbody: {}\n',
    },
    code: 'member-unknown',
    findings: ['member-unknown a.yaml:2:7 /name', 'members-without-name b.yaml:1:11 /resource'],
    next: /known are nic1, nic2, nic3[^]*path of a single object/,
  },
];

const REMOTE_ON = 'resource: starling\nbody: { remote_access: { enabled: true } }\n';

/** An appliance on which Safeguard Remote Access is on. */
function remoteAccess({ simulator }: World): void {
  const starling = simulator.configuration('starling') as JsonObject;
  simulator.setConfiguration('starling', { ...starling, remote_access: { enabled: true } });
}

const APPLIANCE: readonly BadWish[] = [
  {
    name: 'another license, and no file for it',
    files: { 'a.yaml': 'resource: management/license\nbody: { serial: 123-456-789, customer: Example }\n' },
    ...{ code: 'upload-missing', findings: ['upload-missing a.yaml:2:7 /body'], next: /name the file in "upload"/ },
  },
  {
    name: 'remote access without a join',
    files: { 'a.yaml': REMOTE_ON },
    appliance: { profile: '7.5', starling: 'not-joined' },
    code: 'wrong-value',
    findings: ['wrong-value a.yaml:2:35 /body/remote_access/enabled'],
    next: /join it on the web UI \(Basic Settings > Starling Integration\) first/,
  },
  {
    name: 'a join that there is not, and that of another appliance',
    files: {
      'a.yaml': `resource: starling/join\nbody:\n  joined: true\n  product_tims: ${SECRETS.unknown}\n`,
    },
    appliance: { profile: '8.0', starling: 'not-joined' },
    code: 'not-joined',
    findings: ['not-joined a.yaml:3:11 /body/joined', 'not-settable a.yaml:4:17 /body/product_tims'],
    next: /on the web UI: Basic Settings > Starling Integration[^]*write the live value/,
  },
  {
    name: 'the end of a join that remote access needs, which no document manages',
    files: { 'a.yaml': 'resource: starling/join\nbody: { joined: false }\n' },
    settings: 'safety: { allow: [starling/join] }\n',
    arrange: remoteAccess,
    code: 'remote-access-on',
    findings: ['remote-access-on a.yaml:2:17 /body/joined'],
    next: /switch it off as well: resource starling/,
  },
  {
    name: 'the end of a join that remote access needs, which a document wants on',
    files: { 'a.yaml': `${REMOTE_ON}---\nresource: starling/join\nbody: { joined: false }\n` },
    settings: 'safety: { allow: [starling/join] }\n',
    code: 'remote-access-on',
    findings: ['remote-access-on a.yaml:5:17 /body/joined'],
    next: /switch it off as well: resource starling/,
  },
  {
    name: 'what newer firmware does not have any more',
    files: { 'a.yaml': 'resource: management/soap\nbody: { enabled: false }\n' },
    ...{ code: 'unsupported-by-firmware', reason: 'Unsupported' },
    findings: ['unsupported-by-firmware a.yaml:1:11 /resource'],
    next: /optional: true/,
  },
  {
    name: 'what older firmware does not have yet',
    files: {
      'a.yaml': REMOTE_ON,
      'b.yaml': 'resource: starling/join\nbody: { joined: false }\n',
      'c.yaml': 'resource: trust_stores\nname: A\nstate: absent\n---\nresource: trust_stores\nprune: true\n',
    },
    appliance: { profile: '6.0' },
    ...{ code: 'unsupported-by-firmware', reason: 'Unsupported' },
    findings: ['a.yaml:1', 'b.yaml:1', 'c.yaml:1', 'c.yaml:5'].map(
      (place) => `unsupported-by-firmware ${place}:11 /resource`,
    ),
    next: /(?:optional: true[^]*){4}/,
  },
];

describe('files that are in order, but not with what is live', () => {
  test.each(MEMBERS)('members: $name', expectRefusedByPlan);
  test.each(APPLIANCE)('$name', expectRefusedByPlan);
});
