import type { Json, JsonObject } from '../shared/json.ts';
import type { Configuration } from './configuration.ts';
import { withWrites } from './configuration.ts';
import type { Profile } from './profiles.ts';
import { JOIN_INFO } from './starling.ts';

/** What a configuration is seeded by. */
export interface SeedOptions {
  readonly profile: Profile;
  readonly starling: 'joined' | 'not-joined';
  /** The certificate in the built-in trust store, PEM. */
  readonly builtInAuthority: string;
}

/** The sixteen alerts of `alerting/traffic_alerts` (endpoints-basic.md §1.5). */
export const TRAFFIC_ALERTS: readonly string[] = [
  'scbAuthFailure',
  'scbAuthSuccess',
  'scbChannelDenied',
  'scbConnectionDenied',
  'scbConnectionFailed',
  'scbConnectionTimedout',
  'scbCredStoreClosed',
  'scbCredStoreDecryptError',
  'scbCredStoreUnlockFailure',
  'scbGWAuthFailure',
  'scbGWAuthSuccess',
  'scbProtocolViolation',
  'scbRealTimeAlert',
  'scbSshHostKeyLearned',
  'scbSshHostKeyMismatch',
  'scbUserMappingFailure',
];

const SYSTEM_ALERTS = ['xcbAlert', 'xcbBackupFailed', 'xcbConfigChange', 'xcbError', 'xcbLogin', 'xcbLoginFailure'];

const ALL: readonly Profile[] = ['6.0', '7.5', '8.0'];
const OLD: readonly Profile[] = ['6.0'];
const NEW: readonly Profile[] = ['7.5', '8.0'];
const NEWEST: readonly Profile[] = ['8.0'];

/** A body that the guide's readable parts do not show: the endpoint exists, what it holds is a placeholder. */
const UNKNOWN: JsonObject = {};

function alerts(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { email: false, snmp: false }]));
}

function reference(path: string, key: string): JsonObject {
  return { key, meta: { href: `/api/configuration/${path}/${key}` } };
}

/** The keys of the CA, the server's certificate and the timestamping authority. */
const IDENTITIES = ['a01', 'a02', 'a03'].map((end) => `6f0d3d4e-5a43-4c0c-9a55-0d2f2f7c6${end}`);

const ALL_DAY: Json = [['0:00', '23:59']];
const OLD_OPTIONS: Json = {
  audit: { cleanup: { enabled: false }, timestamping: { selection: 'local', signing_interval: 30 } },
  service: { enabled: true, log_level: 4 },
};
const NEW_OPTIONS: Json = { channel_database_cleanup: { enabled: false }, service: { enabled: false } };
const NIC_ADDRESS: Json = {
  key: 'nic1.interfaces.ff7574025754b3df1647001.addresses.1',
  meta: { href: '/api/configuration/network/nics/nic1#interfaces/ff7574025754b3df1647001/addresses/1' },
};

/** Path, the firmware that has it, body: shapes as in the guide's samples. */
const SINGLETONS: readonly (readonly [string, readonly Profile[], Json])[] = [
  ['aaa/acls', ALL, [{ group: 'basic-view', objects: ['/special/basic'], permission: 'read' }]],
  ['aaa/login_methods', NEW, UNKNOWN],
  ['aaa/saml2', NEWEST, UNKNOWN],
  ['aaa/settings', ALL, UNKNOWN],
  ['alerting/system_alerts', ALL, alerts(SYSTEM_ALERTS)],
  ['alerting/traffic_alerts', ALL, alerts(TRAFFIC_ALERTS)],
  ['datetime/ntp_servers', ALL, UNKNOWN],
  ['datetime/timezone', ALL, 'America/New_York'],
  ['local_services/admin_web', ALL, UNKNOWN],
  ['local_services/analytics', ALL, { enabled: false }],
  ['local_services/cluster', ALL, { enabled: false, listen_address: NIC_ADDRESS }],
  ['local_services/indexer', ALL, UNKNOWN],
  ['local_services/postgresql', ALL, UNKNOWN],
  ['local_services/snmp_agent', ALL, UNKNOWN],
  ['local_services/ssh', ALL, UNKNOWN],
  ['local_services/user_web', ALL, userWeb()],
  ['management/certificates', ALL, certificates()],
  ['management/disk_fillup_prevention', ALL, { archiving_enabled: false, enabled: true, used_space_ratio_limit: 80 }],
  ['management/email', ALL, email()],
  ['management/exported_configuration_encryption', NEW, UNKNOWN],
  ['management/health_monitoring', ALL, healthMonitoring()],
  ['management/license', ALL, license()],
  ['management/root_password', NEW, UNKNOWN],
  ['management/snmp/trap', ALL, snmpTrap()],
  ['management/soap', OLD, { enabled: true }],
  ['management/splunk_forwarder', ALL, { enabled: false }],
  ['management/support_info', ALL, { uri: null }],
  ['management/syslog', ALL, UNKNOWN],
  ['management/universal_siem_forwarder', ALL, UNKNOWN],
  ['management/web_gateway_authentication', NEW, { auto_assign: false, banner: { enabled: false } }],
  ['management/webinterface', ALL, { timeout: 10 }],
  ['network/dns', ALL, { primary: '192.0.2.1', secondary: null }],
  ['network/ip_forwarding_rule_pairs', NEW, []],
  ['network/naming', ALL, UNKNOWN],
  ['network/routing', ALL, [{ gateway: '192.0.2.1', target_network: '0.0.0.0/0' }]],
  ['starling', NEW, { join_info: JOIN_INFO, remote_access: { enabled: false } }],
  ['troubleshooting', NEWEST, { core_files: { retention_days: 14 }, debug_logging: { enabled: true } }],
  ...['http', 'ica', 'rdp', 'ssh', 'telnet', 'vnc'].flatMap((protocol) => protocolOptions(protocol, ALL)),
  ...protocolOptions('mssql', NEW),
];

/** Path, the firmware that has it, members by key in order. */
const COLLECTIONS: readonly (readonly [string, readonly Profile[], JsonObject])[] = [
  ['aaa/ldap_servers', NEW, {}],
  ['aaa/local_database/groups', ALL, {}],
  ['aaa/local_database/users', ALL, {}],
  ['network/nics', ALL, { nic1: nic(), nic2: UNKNOWN, nic3: UNKNOWN }],
  ['passwords', ALL, {}],
  ['plugins/aa', ALL, {}],
  ['plugins/configuration_sync', NEW, {}],
  ['plugins/credentialstore', ALL, {}],
  ['plugins/signingca', NEW, {}],
  ['policies/archive_cleanup_policies', ALL, {}],
  ['policies/audit_policies', ALL, { '78101850949e47437dd91d': auditPolicy() }],
  ['policies/backup_policies', ALL, {}],
  ['policies/content_policies', ALL, {}],
  ['policies/indexing', ALL, {}],
  ['policies/time_policies', ALL, { '-100': timePolicy() }],
  ['policies/trusted_ca_lists', OLD, {}],
  ['policies/user_databases', ALL, { '8235074425707e306abf39': { name: 'operators', users: [] } }],
  ['policies/userlists', ALL, {}],
  ['policies/usermapping_policies', ALL, userMappings()],
  ['private_keys', ALL, {}],
  ['reporting/reports', ALL, {}],
  ['trust_stores', NEW, { '-7001': builtInTrustStore() }],
  ['x509', ALL, Object.fromEntries(IDENTITIES.map((key) => [key, UNKNOWN]))],
  ...['http', 'ica', 'rdp', 'ssh', 'telnet', 'vnc'].flatMap((protocol) => protocolCollections(protocol, ALL)),
  ...protocolCollections('mssql', NEW),
];

/** The configuration of a freshly set-up appliance. */
export function seedConfiguration({ profile, starling, builtInAuthority }: SeedOptions): Configuration {
  const collections = COLLECTIONS.filter(([, profiles]) => profiles.includes(profile));
  const empty: Configuration = { bodies: new Map(), collections: new Map(collections.map(([path]) => [path, []])) };
  const writes = new Map<string, Json>();
  for (const [path, profiles, body] of SINGLETONS) if (profiles.includes(profile)) writes.set(path, body);
  for (const [path, , members] of collections) {
    for (const [key, body] of Object.entries(members)) writes.set(`${path}/${key}`, body);
  }
  if (collections.some(([path]) => path === 'trust_stores')) {
    writes.set('trust_stores/-7001', { ...builtInTrustStore(), authorities: [builtInAuthority] });
    if (starling === 'not-joined') writes.set('starling', { join_info: null, remote_access: { enabled: false } });
  }
  return withWrites(empty, writes);
}

function protocolOptions(protocol: string, since: readonly Profile[]): [string, readonly Profile[], Json][] {
  const path = `${protocol}/options`;
  return [
    [path, since.filter((profile) => profile === '6.0'), OLD_OPTIONS],
    [path, since.filter((profile) => profile !== '6.0'), NEW_OPTIONS],
  ];
}

function protocolCollections(
  protocol: string,
  profiles: readonly Profile[],
): [string, readonly Profile[], JsonObject][] {
  return ['channel_policies', 'connections'].map((name) => [`${protocol}/${name}`, profiles, {}]);
}

function userWeb(): JsonObject {
  return {
    access_restriction: { enabled: false },
    listen: [{ address: NIC_ADDRESS, http_port: 80, https_port: 443 }],
  };
}

function certificates(): JsonObject {
  const [ca = '', server = '', tsa = ''] = IDENTITIES;
  return {
    ca: { selection: 'identity', x509_identity: reference('x509', ca) },
    server: reference('x509', server),
    tsa: reference('x509', tsa),
  };
}

function email(): JsonObject {
  return {
    admin_address: 'admin@example.com',
    alerting_address: 'alerts@example.com',
    reporting_address: 'reports@example.com',
    sender_address: null,
    smtp_auth: { enabled: false },
    smtp_encryption: { selection: 'disabled' },
    smtp_server: { selection: 'ip', value: '192.0.2.25' },
  };
}

function healthMonitoring(): JsonObject {
  return {
    maximum_disk_utilization_ratio: 80,
    maximum_load1: null,
    maximum_load15: null,
    maximum_load5: null,
    maximum_swap_utilization_ratio: 70,
  };
}

function license(): JsonObject {
  return {
    customer: 'Example',
    limit: 5000,
    limit_type: 'host',
    serial: '5b8f1c52-0c1f-4a5e-9d0a-7a4d1f5f3c10',
    valid_not_after: '2030-12-31',
    valid_not_before: '2025-01-01',
  };
}

function snmpTrap(): JsonObject {
  const server = { selection: 'ip', value: '192.0.2.30' };
  return { enabled: false, version: { selection: '2c', value: { community: 'public', server } } };
}

function nic(): JsonObject {
  const id = 'ff7574025754b3df1647001';
  return { interfaces: { '@order': [id], [id]: { addresses: { '@order': ['1'], '1': '192.0.2.10/24' } } } };
}

function auditPolicy(): JsonObject {
  return {
    encryption: { enabled: false },
    name: 'default',
    signing: { enabled: false },
    signing_and_timestamping_interval: 30,
    timestamping: { enabled: false },
  };
}

function timePolicy(): JsonObject {
  const days = ['Fri', 'Mon', 'Sat', 'Sun', 'Thu', 'Tue', 'Wed'].map((day) => [day, ALL_DAY]);
  return { ...Object.fromEntries(days), name: '7x24' };
}

function userMappings(): JsonObject {
  return { '11581153055704544883f77': { name: 'auditors' }, '9328731525704545f5e3de': { name: 'operators' } };
}

function builtInTrustStore(): JsonObject {
  return { authorities: [], crl_urls: [], name: 'Built-in', revocation_check: 'none', type: 'built-in' };
}
