/**
 * Resources through which a change can cut the program itself off: its account and group, login methods, the addresses of
 * the administrator login, the web certificate, the idle time-out, network addresses and routes, cluster membership, the
 * root password. Paths as in the REST guides; that each of them can cut off is inferred from what it configures.
 */
export const CUT_OFF_PATHS: readonly string[] = [
  'aaa/**',
  'local_services/admin_web',
  'local_services/cluster',
  'management/certificates',
  'management/root_password',
  'management/webinterface',
  'network/naming',
  'network/nics',
  'network/nics/**',
  'network/routing',
  'passwords',
  'passwords/**',
  'private_keys',
  'private_keys/**',
  'x509',
  'x509/**',
];
