const PROTOCOLS = ['http', 'ica', 'mssql', 'rdp', 'ssh', 'telnet', 'vnc'];
const PROTOCOL_ENDPOINTS = [
  'authentication_policies',
  'channel_policies',
  'connections',
  'options',
  'settings_policies',
];

const OTHERS = `
  aaa/acls aaa/ldap_servers aaa/local_database/groups aaa/local_database/users aaa/login_methods aaa/saml2
  aaa/settings
  alerting/system_alerts alerting/traffic_alerts
  datetime/ntp_servers datetime/timezone
  local_services/admin_web local_services/analytics local_services/cluster local_services/indexer
  local_services/postgresql local_services/snmp_agent local_services/ssh local_services/user_web
  management/accounting management/certificates management/disk_fillup_prevention management/email
  management/exported_configuration_encryption management/health_monitoring management/license
  management/root_password management/snmp/trap management/soap management/splunk_forwarder
  management/support_info management/syslog management/system_backup management/universal_siem_forwarder
  management/web_gateway_authentication management/webinterface
  network/dns network/ip_forwarding_rule_pairs network/naming network/nics network/routing
  passwords
  private_keys
  plugins/aa plugins/credentialstore
  policies/aa_plugin_instances policies/analytics policies/archive_cleanup_policies policies/audit_policies
  policies/backup_policies policies/content_policies policies/credentialstores policies/indexing
  policies/ldap_servers policies/signing_cas policies/ticketing_policies policies/time_policies
  policies/trusted_ca_lists policies/user_databases policies/userlists policies/usermapping_policies
  rdp/domain_membership
  reporting
  starling
  telnet/pattern_sets
  troubleshooting
  trust_stores
  x509
`;

/**
 * Paths below `/api/configuration` that the REST guides list (5.7 to 8.0), whether or not a schema describes them: a path
 * that nearly matches one of these is taken for a misspelling.
 */
export const KNOWN_PATHS: readonly string[] = [
  ...OTHERS.trim().split(/\s+/),
  ...PROTOCOLS.flatMap((protocol) => PROTOCOL_ENDPOINTS.map((endpoint) => `${protocol}/${endpoint}`)),
];

const COLLECTIONS = `
  aaa/ldap_servers aaa/local_database/groups aaa/local_database/users network/nics passwords private_keys plugins/aa
  plugins/credentialstore telnet/pattern_sets trust_stores x509
`;
const PROTOCOL_COLLECTIONS = PROTOCOL_ENDPOINTS.filter((endpoint) => endpoint !== 'options');

/** Those of the known paths that are collections: what lies below one is a member's key, which no file may name. */
export const COLLECTION_PATHS: ReadonlySet<string> = new Set([
  ...COLLECTIONS.trim().split(/\s+/),
  ...KNOWN_PATHS.filter((path) => path.startsWith('policies/')),
  ...PROTOCOLS.flatMap((protocol) => PROTOCOL_COLLECTIONS.map((endpoint) => `${protocol}/${endpoint}`)),
]);

/** Those of the collections whose members the appliance makes, under keys that are names. */
export const FIXED_KEYS: ReadonlySet<string> = new Set(['network/nics']);
