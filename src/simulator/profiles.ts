/** The firmware that the simulator stands for. */
export type Profile = '6.0' | '7.5' | '8.0';

/** What core.md §14 says about a firmware, as far as the simulator needs it. */
export interface ProfileFacts {
  readonly profile: Profile;
  /** `firmware_version` of `/api/info`, three numbers. */
  readonly firmware: string;
  /** `version` of `/api/info`, the marketing name. */
  readonly version: string;
  readonly listingBodies: 'with' | 'without';
  readonly transactionShape: 'transaction' | 'body';
  readonly writeMode: 'explicit' | 'implicit';
  readonly parallelTransactions: 'allowed' | 'refused';
  readonly commitMessage: 'absent' | 'optional';
  /** How login methods are listed without a login (core.md §2.2). */
  readonly loginDiscovery: 'types' | 'login_methods';
  /** Whether agents that look like a browser must send `X-Token` on writes (core.md §1, from 7.5 on). */
  readonly browserGuard: 'on' | 'off';
  /** Whether Starling can be joined (endpoints-basic.md §1.7, from 7.0 on). */
  readonly starling: 'present' | 'absent';
}

/** The firmware versions that can be simulated. */
export const PROFILES: { readonly [P in Profile]: ProfileFacts } = {
  '6.0': {
    profile: '6.0',
    firmware: '6.0.12',
    version: '6.0 LTS',
    listingBodies: 'without',
    transactionShape: 'transaction',
    writeMode: 'explicit',
    parallelTransactions: 'refused',
    commitMessage: 'absent',
    loginDiscovery: 'types',
    browserGuard: 'off',
    starling: 'absent',
  },
  '7.5': {
    profile: '7.5',
    firmware: '7.5.1',
    version: '7.5.1',
    listingBodies: 'with',
    transactionShape: 'transaction',
    writeMode: 'implicit',
    parallelTransactions: 'allowed',
    commitMessage: 'absent',
    loginDiscovery: 'login_methods',
    browserGuard: 'on',
    starling: 'present',
  },
  '8.0': {
    profile: '8.0',
    firmware: '8.0.0',
    version: '8.0 LTS',
    listingBodies: 'with',
    transactionShape: 'body',
    writeMode: 'implicit',
    parallelTransactions: 'allowed',
    commitMessage: 'optional',
    loginDiscovery: 'login_methods',
    browserGuard: 'on',
    starling: 'present',
  },
};
